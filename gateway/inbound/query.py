"""The query of a request: only what the handler takes, and once."""

import re
from urllib.parse import unquote_plus

from litestar.connection import Request
from litestar.datastructures import State
from msgspec import Struct

from gateway.problem_types import Slug
from gateway.problems import Fault, Refusal
from governance.access import Caller

MOST_ITEMS = 1_000
_FORMS = {
    "limit": (re.compile(r"[1-9][0-9]{0,3}\Z"), f"Send a whole number from 1 to {MOST_ITEMS}."),
    "cursor": (re.compile(r"[A-Za-z0-9._~=-]{1,512}\Z"), "Send `next_cursor` of a page as it is."),
}
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class KnownQuery(Struct, frozen=True):
    """The query parameters of a handler, and which of them may be repeated."""

    names: dict[str, bool]


async def check_query(request: Request[Caller, str, State]) -> None:
    """Raise `Refusal` for a parameter that is unknown, repeated, or of no good form."""
    text = request.scope["query_string"].decode("latin-1")
    if not text:
        return
    known = request.route_handler.opt.get("query")
    names = known.names if isinstance(known, KnownQuery) else {}
    faults = tuple(_faults(text, names))
    if faults:
        raise Refusal(Slug.BAD_QUERY, faults=faults)


def _faults(text: str, names: dict[str, bool]) -> list[Fault]:
    faults: list[Fault] = []
    seen: set[str] = set()
    for pair in text.split("&"):
        if _BROKEN_ESCAPE.search(pair):
            faults.append(_fault(pair[:40], "is badly escaped", "Escape % as %25."))
            continue
        name, _, value = (unquote_plus(part) for part in pair.partition("="))
        if name not in names:
            taken = ", ".join(sorted(names)) or "none"
            faults.append(_fault(name[:40], "is not known here", f"Known are: {taken}."))
        elif name in seen and not names[name]:
            faults.append(_fault(name, "is there twice", "Send it once."))
        elif name in _FORMS and not _fits(name, value):
            faults.append(_fault(name, "has no good value", _FORMS[name][1]))
        seen.add(name)
    return faults[:10]


def _fits(name: str, value: str) -> bool:
    form, _ = _FORMS[name]
    return bool(form.match(value)) and (name != "limit" or int(value) <= MOST_ITEMS)


def _fault(name: str, what: str, remedy: str) -> Fault:
    return Fault(detail=f"The parameter {name!r} {what}.", remedy=remedy, parameter=name)
