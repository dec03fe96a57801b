"""What the library finds wrong is told in words for people, with what to send instead."""

from datetime import date, datetime
from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from gateway.plain_words import DOCUMENTED, said_plainly

REFUSED = [
    ("a", int, ("This is text.", "Send a whole number.")),
    (1.5, int, ("This is a number.", "Send a whole number.")),
    (1, str, ("This is a whole number.", "Send text.")),
    (None, str, ("This is null.", "Send text.")),
    ([], dict[str, int], ("This is a list.", "Send an object.")),
    (1, str | None, ("This is a whole number.", "Send text or null.")),
    ("x", int | bool, ("This is text.", "Send true or false or a whole number.")),
    (1, date, ("This is a whole number.", "Send a day.")),
    ("", Annotated[str, Meta(min_length=1)], "Send at least 1 character."),
    ("abc", Annotated[str, Meta(max_length=2)], "Send at most 2 characters."),
    ([], Annotated[list[int], Meta(min_length=1)], "Send at least 1 item."),
    ([1, 2], Annotated[list[int], Meta(max_length=1)], "Send at most 1 item."),
    (0, Annotated[int, Meta(ge=1)], ("This is too small.", "Send at least 1.")),
    (9, Annotated[int, Meta(le=5)], ("This is too large.", "Send at most 5.")),
    ("soon", date, "Send a day of the calendar, such as 2026-10-31."),
    ("soon", datetime, "Send a moment with its offset, such as 2026-10-31T08:00:00Z."),
    ("x", Annotated[str, Meta(pattern="^y$")], DOCUMENTED),
]


@pytest.mark.parametrize(("value", "promised", "said"), REFUSED)
def test_what_is_not_as_promised_is_told_without_the_librarys_words(
    value: object, promised: object, said: str | tuple[str, str]
) -> None:
    """Nobody who calls knows what a `str` is; what to send instead is in the remedy."""
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(value, promised)
    detail, remedy = said_plainly(str(refused.value))
    assert "`" not in detail
    assert said in {remedy, (detail, remedy)}
