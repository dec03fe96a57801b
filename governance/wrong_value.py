"""What is wrong with a value, in words for people and not in those of the library that found it."""

import re

from msgspec import Struct

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
_COUNTED = {"str": "character", "array": "item"}
_BOUNDS = {
    ">=": ("at least", "too short", "too small"),
    "<=": ("at most", "too long", "too large"),
}


class WrongValue(Struct, frozen=True):
    """What was found, as a sentence says it behind "is", and what would be good instead."""

    found: str
    good: str


def wrong_value(found: str) -> WrongValue | None:
    """Return what the library found, if it is of another kind, or beyond a bound."""
    if other := _OTHER_KIND.fullmatch(found):
        meant = " or ".join(_KINDS.get(each, each) for each in other["meant"].split(" | "))
        return WrongValue(_KINDS.get(other["sent"], other["sent"]), meant)
    if bound := _BOUND.fullmatch(found):
        most, of_length, otherwise = _BOUNDS[bound["sign"]]
        said = of_length if bound["kind"] in _COUNTED else otherwise
        return WrongValue(said, f"{most} {_counted(bound['at'], bound['kind'])}")
    return None


def _counted(number: str, kind: str) -> str:
    if kind not in _COUNTED:
        return number
    return f"{number} {_COUNTED[kind]}{'' if number == '1' else 's'}"
