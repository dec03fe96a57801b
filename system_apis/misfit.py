"""What of a setting its own code would refuse: where it stands, what is wrong, what mends it."""

import re
from collections.abc import Collection
from difflib import get_close_matches

import msgspec
from msgspec import Struct

from governance.wrong_value import wrong_value

_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]+)`\Z")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<field>[^`]+)`\Z")


class Misfit(Struct, frozen=True):
    """One setting that would be refused; `at` is its key, tables and all."""

    at: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.at}: {self.what}; {self.remedy}"


class Misfitting(Exception):
    """A setting is none that its code takes."""

    def __init__(self, misfit: Misfit) -> None:
        super().__init__(str(misfit))
        self.misfit = misfit


def misread(at: str, error: msgspec.ValidationError) -> Misfit:
    """Return what a table of settings has wrong, in plain words, by how it could not be read.

    A value is told only where it is a word of a closed set, since any other may be a secret.
    """
    found, _, inside = str(error).partition(" - at `$")
    return Misfit(f"{at}{inside.rstrip('`')}", *_said(found))


def one_of(known: Collection[str], name: str) -> str:
    """Return which of the known names somebody means, or all that there are."""
    [close] = get_close_matches(name, known, 1) or [""]
    return f"is `{close}` meant?" if close else f"name one of {', '.join(sorted(known))}"


def _said(found: str) -> tuple[str, str]:
    if missing := _MISSING.match(found):
        return f"`{missing['field']}` is missing", "write it there"
    if unknown := _UNKNOWN.match(found):
        return f"`{unknown['field']}` is no setting there", "take it out, or correct its name"
    if wrong := wrong_value(found):
        return f"it is {wrong.found}", f"write {wrong.good} there"
    return found, "correct it"
