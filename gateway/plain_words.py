"""What is wrong with a value, in words for people and not in those of the library that found it."""

import re

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
_KINDS = {
    "array": "a list",
    "bool": "true or false",
    "date": "a day",
    "datetime": "a moment",
    "decimal": "a decimal",
    "float": "a number",
    "int": "a whole number",
    "null": "null",
    "object": "an object",
    "str": "text",
}
_OTHER_KIND = re.compile(r"Expected `(?P<meant>[a-z| ]+)`, got `(?P<sent>[a-z]+)`")
_BOUND = re.compile(r"Expected `(?P<kind>[a-z]+)`( of length)? (?P<sign>>=|<=) (?P<at>-?\d+)")
_TOO_LITTLE = {"str": "This text is too short.", "array": "This list is too short."}
_TOO_MUCH = {"str": "This text is too long.", "array": "This list is too long."}
_COUNTED = {"str": " character", "array": " item"}


def said_plainly(found: str) -> tuple[str, str]:
    """Return what the library found in words for people, and what to do about it."""
    if found in _SAID:
        return _SAID[found]
    if other := _OTHER_KIND.fullmatch(found):
        meant = " or ".join(_KINDS.get(each, each) for each in other["meant"].split(" | "))
        return f"This is {_KINDS.get(other['sent'], other['sent'])}.", f"Send {meant}."
    if bound := _BOUND.fullmatch(found):
        return _beyond(bound["kind"], bound["at"], is_too_little=bound["sign"] == ">=")
    plain = (words for begins, words in _BEGINNINGS.items() if found.startswith(begins))
    return next(plain, found), DOCUMENTED


def _beyond(kind: str, at: str, *, is_too_little: bool) -> tuple[str, str]:
    """Return what is said of a value that is shorter, longer, smaller or larger than it may be."""
    counted = _COUNTED.get(kind, "")
    bound = f"{at}{counted}s" if counted and at != "1" else f"{at}{counted}"
    if is_too_little:
        return _TOO_LITTLE.get(kind, "This number is too small."), f"Send at least {bound}."
    return _TOO_MUCH.get(kind, "This number is too large."), f"Send at most {bound}."
