"""What is wrong with what was sent, and what to send instead, in words for people."""

from governance.wrong_value import wrong_value

PLAIN_DECIMAL = 'Write decimals as strings of digits, such as "7.50".'
A_DAY = "Send a day of the calendar, such as 2026-10-31."
DOCUMENTED = "Send a value of the documented form."
_SAID = {
    "Invalid RFC3339 encoded date": ("This is no day of the calendar.", A_DAY),
    "Invalid RFC3339 encoded datetime": (
        "This is no moment.",
        "Send a moment with its offset, such as 2026-10-31T08:00:00Z.",
    ),
    "Invalid decimal string": ("This is no decimal.", PLAIN_DECIMAL),
}
_BEGINNINGS = {
    "Expected `str` matching regex": "This text does not have its documented form.",
    "Invalid enum value": "This is none of the values that there are.",
}


def said_plainly(found: str) -> tuple[str, str]:
    """Return what the library found in words for people, and what to do about it."""
    if found in _SAID:
        return _SAID[found]
    if wrong := wrong_value(found):
        return f"This is {wrong.found}.", f"Send {wrong.good}."
    plain = (words for begins, words in _BEGINNINGS.items() if found.startswith(begins))
    return next(plain, found), DOCUMENTED
