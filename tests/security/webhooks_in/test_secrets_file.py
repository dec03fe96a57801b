"""Secrets of the systems that send to us rotate while they send, and without a gap."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from process_apis.intake.secrets_file import SecretsFile, UnusableFile
from tests.security.webhooks_in.office import CUT_OFF, NEW, NOW, OLD, OTHER, Office, office

UNTIL = f"{CUT_OFF:%Y-%m-%dT%H:%M:%SZ}"
NEXT = f'crm = [{{ secret = "{OTHER}" }}, {{ secret = "{NEW}", until = {UNTIL} }}]'


class Rotated(Office):
    """An office whose secrets lie in a file."""

    def __init__(self, office: Office, path: Path) -> None:
        super().__init__(office.house, office.caller, office.inbox)
        self.path, self._office = path, office
        receiving = office.house.governance.receiving
        assert receiving is not None
        self.file = SecretsFile(path, receiving.sources, office.house.audit)

    async def says(self, text: str, mode: int = 0o600) -> None:
        """Put another file in its place, and look at it as the rounds do."""
        beside = self.path.with_suffix(".new")
        beside.write_text(text)
        beside.chmod(mode)
        beside.replace(self.path)
        await self.file.look()

    async def taken(self, *secrets: str) -> list[int]:
        """Return how messages are answered that are signed with each of some secrets."""
        at = self._office.now
        return [(await self.tell(by=each, at=at, name=f"m{each[-9:]}")).status for each in secrets]

    def at(self, moment: timedelta) -> None:
        """Let time go by."""
        self._office.set_clock(NOW + moment)

    async def told(self) -> list[tuple[str, str]]:
        """Return what the audit tells of secrets, oldest first."""
        found = await self.house.audit.records(limit=50)
        ours = [each for each in found if each.action == "settings.webhook_secrets"]
        return [(each.subject, each.reason or "") for each in sorted(ours, key=lambda e: e.at)]


@pytest_asyncio.fixture
async def rotated(tmp_path: Path) -> AsyncIterator[Rotated]:
    """The office at nine o'clock, with no file yet."""
    async with office(tmp_path / "office") as found:
        yield Rotated(found, tmp_path / "secrets.toml")


async def test_a_secret_rotates_while_messages_come_and_both_are_good_for_a_time(
    rotated: Rotated,
) -> None:
    """The one that is not in the file any more is good no longer; the audit names no secret."""
    before = await rotated.taken(OLD, NEW, OTHER)
    await rotated.says(NEXT)
    await rotated.file.look()
    both = await rotated.taken(OLD, NEW, OTHER)
    rotated.at(timedelta(hours=1))
    after = await rotated.taken(NEW, OTHER)
    told = await rotated.told()

    assert (before, both, after) == ([202, 202, 401], [401, 202, 202], [401, 202])
    assert [subject for subject, _ in told] == ["crm"]
    assert "until 2026-11-28T10:00:00Z" in told[0][1]
    assert not [each for each in (NEW, OTHER) if each.removeprefix("whsec_") in told[0][1]]


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        (NEXT, 0o640, "others can read it"),
        ("crm = [", 0o600, "no TOML of secrets"),
        ("crm = []", 0o600, "no TOML of secrets"),
        (f'{NEXT}\nnobody = [{{ secret = "{OTHER}" }}]', 0o600, "nobody has no webhook_secrets"),
        (f'{NEXT}\nhr-a = [{{ secret = "short" }}]', 0o600, "a secret "),
    ],
)
async def test_a_file_that_is_not_usable_changes_nothing_and_is_on_record(
    rotated: Rotated, text: str, mode: int, why: str
) -> None:
    """All of it or none; at a start it is refused, and readiness says so meanwhile."""
    before = await rotated.file.is_usable()
    await rotated.says(text, mode)
    after = await rotated.file.is_usable()
    kept = await rotated.taken(OLD, NEW, OTHER)
    [(subject, reason)] = await rotated.told()
    with pytest.raises(UnusableFile, match=why):
        rotated.file.read()

    assert kept == [202, 202, 401]
    assert (before, after) == (True, False)
    assert (subject, why in reason) == (str(rotated.path), True)
    assert OTHER.removeprefix("whsec_") not in reason


async def test_a_file_that_is_taken_away_leaves_what_was_trusted(rotated: Rotated) -> None:
    """Whoever meant to move it puts it back."""
    await rotated.says(NEXT)
    rotated.path.unlink()
    await rotated.file.look()
    gone, kept = await rotated.file.is_usable(), await rotated.taken(NEW, OTHER)
    await rotated.says(NEXT)

    assert kept == [202, 202]
    assert (gone, await rotated.file.is_usable()) == (False, True)
    assert [("refused" in reason) for _, reason in await rotated.told()] == [False, True, False]


async def test_a_place_that_nobody_lets_us_look_at_stops_no_round(rotated: Rotated) -> None:
    """Such as below a file, or in a folder that is not ours."""
    lost = SecretsFile(Path("/dev/null/secrets.toml"), {}, rotated.house.audit)
    await lost.look()

    with pytest.raises(UnusableFile, match="cannot be read"):
        lost.read()
