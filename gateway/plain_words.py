"""What is wrong with a value, in words for people and not in those of the library that found it."""

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
    "Expected `bool`, got `str`": ("This is neither true nor false.", "Send true or false."),
}
_BEGINNINGS = {
    "Expected `str` matching regex": "This text does not have its documented form.",
    "Invalid enum value": "This is none of the values that there are.",
}


def said_plainly(found: str) -> tuple[str, str]:
    """Return what the library found in words for people, and what to do about it."""
    if found in _SAID:
        return _SAID[found]
    plain = (words for begins, words in _BEGINNINGS.items() if found.startswith(begins))
    return next(plain, found), DOCUMENTED
