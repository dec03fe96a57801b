"""A firm's terms change from a day on, and what was decided before stays by the terms then."""

from datetime import date

import msgspec
import pytest
from msgspec import Struct

from governance.editions import Edition, Editions


class Tolerance(Struct, frozen=True):
    """Terms of the test."""

    percent: int = 2


USUAL = Tolerance()
FIRST = Edition(date(2026, 1, 1), 1, Tolerance(3))
SECOND = Edition(date(2026, 7, 1), 4, Tolerance(5))


@pytest.mark.parametrize(
    ("day", "version", "percent"),
    [
        (date(2025, 12, 31), 0, 2),
        (date(2026, 1, 1), 1, 3),
        (date(2026, 6, 30), 1, 3),
        (date(2026, 7, 1), 4, 5),
        (date(2030, 1, 1), 4, 5),
    ],
)
def test_a_day_has_the_edition_that_began_last(day: date, version: int, percent: int) -> None:
    """Before the firm's first edition the usual terms hold, as version 0."""
    found = Editions(USUAL, (FIRST, SECOND)).on(day)

    assert (found.version, found.terms.percent) == (version, percent)


@pytest.mark.parametrize(
    "own",
    [
        (SECOND, FIRST),
        (FIRST, Edition(date(2026, 1, 1), 2, Tolerance())),
        (FIRST, Edition(date(2026, 2, 1), 1, Tolerance())),
        (Edition(date(2026, 1, 1), 0, Tolerance()),),
    ],
)
def test_editions_that_do_not_rise_are_refused(own: tuple[Edition[Tolerance], ...]) -> None:
    """Which of two holds on a day is never a question."""
    with pytest.raises(ValueError, match="editions of terms rise by day and version"):
        Editions(USUAL, own)


def test_a_firm_writes_an_edition_with_the_day_it_holds_from() -> None:
    """As its file has it; a word that is none of an edition's is refused."""
    told = b'[{"from": "2026-01-01", "version": 1, "terms": {"percent": 3}}]'

    assert msgspec.json.decode(told, type=tuple[Edition[Tolerance], ...]) == (FIRST,)
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.json.decode(told.replace(b"from", b"form"), type=tuple[Edition[Tolerance], ...])
