"""Another firm's two files, looked through before anything is started."""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Union, get_args, get_origin

from msgspec import Struct
from msgspec.structs import fields

from gateway.demo.facts import StoryFacts
from gateway.demo.references import Wrong, wrong_references
from gateway.firm import FIXTURE, Firm, UnreadableFirm, read_facts
from system_apis.sandbox.firm import Firm as SandboxFirm

EXPECTED = "expected.json"
READERS: tuple[type[Struct], ...] = (Firm, SandboxFirm, StoryFacts)
ALIKE = 0.8


class WhyNot(Struct, frozen=True, omit_defaults=True):
    """Why a demo was not played, for programs."""

    reason: str
    file: str | None = None
    field: str | None = None
    remedy: str | None = None


def why_not(error: Exception) -> WhyNot:
    """Say an error in its parts, as far as it has any."""
    if isinstance(error, UnreadableFirm):
        return WhyNot(error.reason, error.file, error.field or None, error.remedy)
    return WhyNot(str(error))


def check_firm(firm_dir: Path) -> None:
    """Raise `UnreadableFirm` at the first thing that keeps a firm from being played."""
    fixture = firm_dir / FIXTURE
    written = read_facts(fixture, dict[str, object])
    read_facts(firm_dir / EXPECTED, dict[str, object])
    for found in _misspelled(written, READERS, ""):
        raise UnreadableFirm(fixture, found.field, found.reason, found.remedy)
    firm, held, story = (
        read_facts(fixture, Firm),
        read_facts(fixture, SandboxFirm),
        read_facts(fixture, StoryFacts),
    )
    for found in wrong_references(firm, held, story):
        raise UnreadableFirm(fixture, found.field, found.reason, found.remedy)


def _misspelled(value: object, types: tuple[object, ...], at: str) -> Iterator[Wrong]:
    """Yield fields that nobody reads and that are all but one that is read and not there.

    A firm may tell more than is read: what is like nothing else is passed over.
    """
    if isinstance(value, list):
        below = tuple(one for each in types for one in get_args(each) if one is not Ellipsis)
        for n, item in enumerate(value):
            yield from _misspelled(item, _alternatives(below), f"{at}[{n}]")
    known = _known_fields(types)
    if not isinstance(value, dict) or not known:
        return
    for name, inner in value.items():
        here = f"{at}.{name}".lstrip(".")
        if name in known:
            yield from _misspelled(inner, _alternatives(known[name]), here)
        elif alike := get_close_matches(name, known.keys() - value.keys(), 1, ALIKE):
            yield Wrong(here, "is not known", f"did you mean `{alike[0]}`?")


def _known_fields(types: tuple[object, ...]) -> dict[str, tuple[object, ...]]:
    """Return the fields that any of some types has, with what they may hold."""
    known: dict[str, tuple[object, ...]] = {}
    for each in types:
        if isinstance(each, type) and issubclass(each, Struct):
            for one in fields(each):
                known[one.encode_name] = (*known.get(one.encode_name, ()), one.type)
    return known


def _alternatives(types: tuple[object, ...]) -> tuple[object, ...]:
    """Return types with each union taken apart."""
    return tuple(
        one
        for each in types
        for one in (get_args(each) if get_origin(each) in {Union, UnionType} else (each,))
    )
