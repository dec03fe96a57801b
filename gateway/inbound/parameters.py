"""The parameters of a request: only those that the handler takes, once, and of their form.

Nor does a request bring a body that its handler does not take.

The web framework drops the patterns of our types here, so they are held here.
"""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from urllib.parse import unquote_plus

from litestar.connection import Request
from litestar.datastructures import State
from msgspec import Struct

from gateway.inbound.heads import SHOWN_ONCE
from gateway.inbound.identify import not_taken
from gateway.inbound.stage import exchange_of_now
from gateway.plain_words import A_DAY, DOCUMENTED
from gateway.problem_types import Slug
from gateway.problems import Fault, Refusal
from gateway.promised_types import example_of, pattern_of, promised_type, reached_types
from governance.access import Caller

MOST_ITEMS = 1_000
_LIMIT = re.compile(r"([1-9][0-9]{0,2}|1000)\Z")
_WHOLE = re.compile(r"(0|[1-9][0-9]{0,17})\Z")
_CURSOR = re.compile(r"[A-Za-z0-9._~=-]{1,512}\Z")
_IN_PATH = re.compile(r"[A-Za-z0-9._:~-]{1,128}\Z")
_ANY = re.compile(r"[^\x00-\x1f\x7f\ufffd]{0,512}\Z")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_BY_NAME = {
    "limit": (_LIMIT, f"Send a whole number from 1 to {MOST_ITEMS}."),
    "cursor": (_CURSOR, "Send the `next_cursor` of a page as it is."),
}


class Parameter(Struct, frozen=True):
    """A query parameter: whether it may be repeated, and what its values look like."""

    repeats: bool
    form: re.Pattern[str]
    remedy: str


class Parameters(Struct, frozen=True):
    """The parameters of a handler, by their names in the address; some take a body beside them."""

    query: dict[str, Parameter]
    path: dict[str, re.Pattern[str]]
    takes_body: bool


def parameters_of(
    query: Mapping[str, bool],
    path: Mapping[str, object],
    types: Mapping[str, object],
    *,
    takes_body: bool,
) -> Parameters:
    """Return a handler's parameters by the types that it promises for them."""
    return Parameters(
        {
            name: Parameter(repeats, *_query_form(name, types.get(name)))
            for name, repeats in query.items()
        },
        {name: _form(types.get(name), _IN_PATH) for name in path},
        takes_body,
    )


async def check_parameters(request: Request[Caller, str, State]) -> None:
    """Raise `Refusal` for a parameter that is unknown, repeated, or not of its form.

    So does a HEAD for what is shown once: answered, it would be used up.
    """
    known = request.route_handler.opt.get("parameters")
    if not isinstance(known, Parameters):
        return
    exchange = exchange_of_now.get()
    if exchange.is_head and request.route_handler.opt.get(SHOWN_ONCE):
        raise not_taken(request.scope)
    if exchange.has_body and not known.takes_body:
        # Whoever sends one believes that it is read, and it would be dropped.
        fault = Fault(detail="Nothing here takes a body.", remedy="Leave it out.", pointer="")
        raise Refusal(Slug.BAD_BODY, fault.detail, faults=(fault,))
    scope = request.scope
    for name, form in known.path.items():
        if not form.match(str(scope["path_params"].get(name))):
            raise Refusal(Slug.NOT_FOUND)
    if query := scope["query_string"]:
        faults = tuple(_faults(query.decode("latin-1"), known.query))
        if faults:
            raise Refusal(Slug.BAD_QUERY, faults=faults)


def _faults(text: str, known: dict[str, Parameter]) -> list[Fault]:
    faults: list[Fault] = []
    seen: set[str] = set()
    for pair in text.split("&"):
        if _BROKEN_ESCAPE.search(pair):
            faults.append(_fault(pair[:40], "is badly escaped", "Escape % as %25."))
            continue
        name, _, value = (unquote_plus(part) for part in pair.partition("="))
        if name not in known:
            taken = ", ".join(sorted(known)) or "none"
            faults.append(_fault(name[:40], "is not known here", f"Known are: {taken}."))
        elif name in seen and not known[name].repeats:
            faults.append(_fault(name, "is there twice", "Send it once."))
        elif not known[name].form.match(value):
            faults.append(_fault(name, "has no good value", known[name].remedy))
        seen.add(name)
    return faults[:10]


def _query_form(name: str, annotation: object) -> tuple[re.Pattern[str], str]:
    """Return what the values of a parameter look like, and what to send instead of others."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    kinds = list(reached_types(annotation))
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            form = re.compile(rf"(?:{'|'.join(map(re.escape, kind))})\Z")
            return form, f"Send one of: {', '.join(kind)}."
    if promised_type(annotation) is int:
        return _WHOLE, "Send a whole number."
    if date in kinds:
        return _DAY, A_DAY
    example = example_of(annotation)
    remedy = f"Send a value such as {example}." if example else DOCUMENTED
    return _form(annotation, _ANY), remedy


def _form(annotation: object, otherwise: re.Pattern[str]) -> re.Pattern[str]:
    pattern = pattern_of(annotation)
    return re.compile(pattern) if pattern else otherwise


def _fault(name: str, what: str, remedy: str) -> Fault:
    return Fault(detail=f"The parameter {name!r} {what}.", remedy=remedy, parameter=name)
