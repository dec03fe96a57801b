"""Access that is taken away is gone for every token of every issuer, until it is given back."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from msgspec.structs import replace

from governance.access import Caller, Forbidden, acting_as
from governance.authorization_server.access_tokens import Holder
from governance.authorization_server.clients import StaticClients
from governance.authorization_server.config import Config
from governance.authorization_server.keys import SigningKeys
from governance.authorization_server.server import AuthorizationServer
from governance.roles import scopes_of
from governance.tokens import InvalidToken, TokenVerifier
from governance.withdrawals import NoSuchWithdrawal, Taken, Target, left_to
from tests.governance.identity.records import ISSUER, PARTNER, Shared

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OPERATOR = Caller(subject="U-OP1", client_id="office", scopes=frozenset())
CLERK = Caller(
    subject="U-FI1",
    client_id="console",
    scopes=scopes_of(["finance", "executive"]),
    roles=frozenset({"finance", "executive"}),
    entities=frozenset({"NWA-US", "NWA-DE"}),
)


@pytest_asyncio.fixture
async def here(tmp_path: Path) -> AsyncIterator[Shared]:
    """The process at which an operator takes access away."""
    shared = Shared(tmp_path, lambda: NOW)
    with acting_as(OPERATOR):
        yield shared
    shared.store.close()


@pytest_asyncio.fixture
async def there(here: Shared, tmp_path: Path) -> AsyncIterator[Shared]:
    """Another process on the same database."""
    shared = Shared(tmp_path, lambda: NOW)
    yield shared
    shared.store.close()


def taken(target: Target, **what: list[str]) -> Taken:
    """Return what is taken away, for a reason."""
    body = {"target": msgspec.to_builtins(target), "reason": "left the firm", **what}
    return msgspec.convert(body, Taken)


@pytest.mark.parametrize(
    ("target", "issuer"),
    [
        (Target(subject="U-FI1"), ISSUER),
        (Target(client_id="console"), ISSUER),
        (Target(issuer=PARTNER), PARTNER),
        (Target(issuer=PARTNER, subject="U-FI1"), PARTNER),
        (Target(issuer=PARTNER, client_id="console"), PARTNER),
    ],
)
async def test_whoever_is_named_has_nothing_left_in_any_process(
    here: Shared, there: Shared, target: Target, issuer: str
) -> None:
    """Here at once, elsewhere when it is next read; nobody else loses anything."""
    await here.withdrawals.withdraw(taken(target))
    await there.withdrawals.refresh()

    for shared in (here, there):
        assert shared.withdrawals.narrowed(issuer, CLERK) is None
        assert shared.withdrawals.narrowed("https://another.example", CLERK) == CLERK
    assert ("U-OP1", "access.withdraw", "left the firm") in await here.told()


async def test_a_token_of_an_issuer_that_revokes_nothing_is_refused(
    here: Shared, tmp_path: Path
) -> None:
    """The partner's token is as good as before, and opens nothing here."""
    config = Config(issuer=PARTNER, audience="https://gateway.example")
    keys = SigningKeys(tmp_path / "partner", timedelta(seconds=360), lambda: NOW)
    partner = AuthorizationServer(config, keys, StaticClients([]), lambda: NOW)
    token = partner.issue(Holder(subject="P-7", client_id="partner-app", scopes=CLERK.scopes))
    verifier = TokenVerifier(
        [partner.as_issuer()], here.revocations, lambda: NOW, withdrawn=here.withdrawals
    )
    assert verifier.verify(token).subject == "P-7"

    await here.withdrawals.withdraw(taken(Target(issuer=PARTNER, subject="P-7")))

    with pytest.raises(InvalidToken, match="withdrawn"):
        verifier.verify(token)


async def test_a_part_of_access_can_be_taken_alone(here: Shared) -> None:
    """A scope, a company, and a role with what it alone gives."""
    part = taken(
        Target(subject="U-FI1"),
        scopes=["system:erp:read"],
        roles=["executive"],
        entities=["NWA-DE"],
    )
    await here.withdrawals.withdraw(part)

    left = here.withdrawals.narrowed(ISSUER, CLERK)

    assert left is not None
    assert left.entities == {"NWA-US"}
    assert left.roles == {"finance"}
    assert left.scopes == scopes_of(["finance"]) - {"system:erp:read"}


@pytest.mark.parametrize(
    ("bound", "left"),
    [
        (frozenset({"US-TAX", "US-DATA"}), {"US-DATA"}),
        (frozenset({"US-TAX"}), set()),
        (frozenset({"US-DATA"}), {"US-DATA"}),
        (None, set()),
    ],
)
async def test_who_moved_to_another_unit_sees_the_old_one_no_more(
    here: Shared, bound: frozenset[str] | None, left: set[str]
) -> None:
    """AZ-25: the token that still names it opens what is left; nothing is left of all of them."""
    await here.withdrawals.withdraw(taken(Target(subject="U-FI1"), units=["US-TAX"]))

    narrowed = here.withdrawals.narrowed(ISSUER, replace(CLERK, units=bound))

    assert narrowed is not None
    assert narrowed.units == left
    assert narrowed.scopes == CLERK.scopes


def test_a_role_takes_with_it_what_no_other_role_gives() -> None:
    """What another role of the caller gives as well stays."""
    left = left_to(CLERK, [taken(Target(subject="U-FI1"), roles=["finance"])])

    assert left is not None
    assert left.scopes == scopes_of(["executive"])


async def test_what_is_taken_anew_takes_the_place_of_what_was(here: Shared) -> None:
    """One withdrawal for each that is named; the same again changes nothing."""
    first = await here.withdrawals.withdraw(taken(Target(subject="U-FI1"), entities=["NWA-DE"]))
    whole = await here.withdrawals.withdraw(taken(Target(subject="U-FI1")))
    again = await here.withdrawals.withdraw(taken(Target(subject="U-FI1")))

    assert first.id == whole.id == again.id
    assert here.withdrawals.listed() == [whole]
    assert len(await here.told()) == 2


async def test_what_is_given_back_is_there_again(here: Shared, there: Shared) -> None:
    """In every process, and on record."""
    gone = await here.withdrawals.withdraw(taken(Target(subject="U-FI1")))
    await there.withdrawals.refresh()

    ended = await there.withdrawals.give_back(gone.id, "came back")
    await here.withdrawals.refresh()

    assert ended == gone
    assert here.withdrawals.narrowed(ISSUER, CLERK) == CLERK
    assert (await here.told())[-1] == ("U-OP1", "access.give_back", "came back")
    with pytest.raises(NoSuchWithdrawal):
        await here.withdrawals.give_back(gone.id, "once more")


@pytest.mark.parametrize(
    "target", [Target(subject="U-OP1"), Target(client_id="office"), Target(issuer=ISSUER)]
)
async def test_nobody_takes_their_own_access_away(here: Shared, target: Target) -> None:
    """The firm is never left without an operator by one person's slip."""
    with pytest.raises(Forbidden, match="another operator"):
        await here.withdrawals.withdraw(taken(target))

    assert here.withdrawals.listed() == []


@pytest.mark.parametrize(
    "target",
    [
        Target(issuer=PARTNER, subject="partner:ana"),
        Target(issuer=PARTNER, client_id="partner:office"),
        Target(issuer=PARTNER),
    ],
)
async def test_nor_does_an_operator_of_another_issuer(here: Shared, target: Target) -> None:
    """Where they come from does not matter."""
    outside = Caller(
        subject="partner:ana", client_id="partner:office", scopes=frozenset(), issuer=PARTNER
    )

    with acting_as(outside), pytest.raises(Forbidden, match="another operator"):
        await here.withdrawals.withdraw(taken(target))

    assert here.withdrawals.listed() == []


@pytest.mark.parametrize("target", [Target(subject="U-FI1"), Target(client_id="console")])
async def test_nobody_gives_their_own_access_back(here: Shared, target: Target) -> None:
    """An operator who has lost a part of their access does not take it back by what is left."""
    gone = await here.withdrawals.withdraw(taken(target, entities=["NWA-DE"]))

    with acting_as(CLERK), pytest.raises(Forbidden, match="another operator"):
        await here.withdrawals.give_back(gone.id, "it is mine")

    assert here.withdrawals.listed() == [gone]


@pytest.mark.parametrize(
    ("target", "scopes", "said"),
    [
        (Target(issuer="https://typo.example", subject="U-FI1"), [], "no token of https://typo"),
        (Target(subject="U-FI1"), ["system:crm:raed"], "system:crm:raed is no scope"),
    ],
)
async def test_what_would_take_nothing_away_is_refused(
    here: Shared, target: Target, scopes: list[str], said: str
) -> None:
    """An operator's slip of the pen is told, and not taken for a withdrawal."""
    with pytest.raises(ValueError, match=said):
        await here.withdrawals.withdraw(taken(target, scopes=scopes))

    assert here.withdrawals.listed() == []


@pytest.mark.parametrize("body", [{}, {"subject": "U-1", "client_id": "c"}, {"subject": "a b"}])
def test_a_target_that_names_nobody_or_two_is_refused(body: dict[str, str]) -> None:
    """It is said whose access it is."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(body, Target)
