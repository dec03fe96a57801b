"""Links that we sign: tampered, expired, or for something else, they lead nowhere."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from governance.key_file import KeyFile, UnsafeKeyFile
from governance.signed_links import KEYS, LIFE, ROTATED_AFTER, BadLink, LinkKeys, Place

PLACE = Place(purpose="worklist", subject="approval:apr_1", person="U-FI1")


class Wall:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 28, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the moment."""
        return self.at


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def links(tmp_path: Path, wall: Wall) -> LinkKeys:
    return LinkKeys(tmp_path, wall.now)


def test_a_link_leads_where_it_was_signed_for(links: LinkKeys) -> None:
    """Also when another process reads it."""
    assert links.place(links.sign(PLACE), "worklist") == PLACE


def _swapped(word: str) -> str:
    said, seal = word.split(".")
    return f"{said[:-2]}{'AA' if said[-2:] != 'AA' else 'BB'}.{seal}"


@pytest.mark.parametrize(
    "spoil",
    [
        _swapped,
        lambda word: word[:-1],
        lambda word: word + "=",
        lambda word: word + ".",
        lambda word: word.split(".")[0] + ".",
        lambda word: "." + word.split(".")[1],
        lambda word: word.replace(".", ""),
        lambda word: word.upper(),
        lambda word: " " + word,
        lambda word: word * 20,
        lambda _: "é.é",
    ],
)
def test_a_tampered_link_leads_nowhere(links: LinkKeys, spoil: Callable[[str], str]) -> None:
    """Whatever is changed of it."""
    with pytest.raises(BadLink, match="no link of ours"):
        links.place(spoil(links.sign(PLACE)), "worklist")


def test_a_link_expires(links: LinkKeys, wall: Wall) -> None:
    """To the second, and it never lives longer than its keys."""
    word = links.sign(PLACE, life=LIFE * 9)
    wall.at += LIFE - timedelta(seconds=1)
    assert links.place(word, "worklist") == PLACE
    wall.at += timedelta(seconds=1)

    with pytest.raises(BadLink, match="expired"):
        links.place(word, "worklist")


def test_a_link_is_good_for_one_purpose(links: LinkKeys) -> None:
    """One to the worklist signs nobody in."""
    with pytest.raises(BadLink, match="something else"):
        links.place(links.sign(PLACE), "login")


def test_keys_rotate_by_themselves_and_old_links_live_out_their_time(
    links: LinkKeys, wall: Wall, tmp_path: Path
) -> None:
    """After that the old key is good for nothing."""
    links.sign(PLACE)
    wall.at += ROTATED_AFTER - timedelta(seconds=1)
    old = links.sign(PLACE)
    wall.at += timedelta(seconds=1)
    new = LinkKeys(tmp_path, wall.now).sign(PLACE)

    before, after = KeyFile(tmp_path / KEYS).load()
    assert before.retired_at == after.created_at == wall.at
    assert links.place(old, "worklist") == links.place(new, "worklist") == PLACE
    wall.at += LIFE
    links.rotate()
    assert old not in {links.sign(PLACE)}
    with pytest.raises(BadLink):
        links.place(old, "worklist")


def test_another_house_signs_other_links(links: LinkKeys, tmp_path: Path, wall: Wall) -> None:
    """The keys are this house's own."""
    stranger = LinkKeys(tmp_path / "elsewhere", wall.now)

    with pytest.raises(BadLink):
        links.place(stranger.sign(PLACE), "worklist")


def test_keys_that_others_can_read_are_not_used(links: LinkKeys, tmp_path: Path) -> None:
    """The file is made for its owner alone."""
    links.sign(PLACE)
    assert (tmp_path / KEYS).stat().st_mode & 0o777 == 0o600
    (tmp_path / KEYS).chmod(0o644)

    with pytest.raises(UnsafeKeyFile):
        links.sign(PLACE)
