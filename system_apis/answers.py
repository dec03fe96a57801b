"""What the HTTP faces of all systems share: tags, command keys and pages across systems."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, TypeVar, cast

import msgspec
from litestar import Response
from litestar.exceptions import ValidationException
from litestar.params import HeaderParameter
from msgspec import Meta, Struct

from governance.access import Forbidden, current_caller
from governance.pages import NoSuchPage
from system_apis.canonical.record import Page
from system_apis.effects import fingerprint
from system_apis.errors import NotFound

R = TypeVar("R")
S = TypeVar("S")
IfNoneMatch = Annotated[str | None, HeaderParameter(name="If-None-Match")]
Fields = Annotated[
    str,
    Meta(
        pattern=r"\A[a-z][a-z0-9_]*(,[a-z][a-z0-9_]*){0,31}\Z",
        description="The fields to answer with, with commas between.",
        examples=["number,legal_name"],
    ),
]
IdempotencyKey = Annotated[str, HeaderParameter(name="Idempotency-Key")]


def tagged(record: R, if_none_match: str | None = None) -> Response[R | None]:
    """Return a record with its tag, or 304 when the caller has it as it is."""
    tag = f'"{getattr(record, "version", 1)}-{fingerprint(record)[:16]}"'
    known = {each.strip().removeprefix("W/") for each in (if_none_match or "").split(",")}
    if tag in known or "*" in known:
        return Response(None, status_code=304, headers={"ETag": tag})
    return Response(record, headers={"ETag": tag})


def fields_of(kind: type[Struct], fields: str | None) -> list[str]:
    """Return the fields of a record that a query names, none when it names none."""
    names = fields.split(",") if fields else []
    for name in names:
        if name not in kind.__struct_fields__:
            known = ", ".join(sorted(kind.__struct_fields__))
            message = f"There is no field {name[:40]!r}; there are {known}."
            told = {"message": message, "key": "fields", "source": "query"}
            raise ValidationException("no such field", extra=[told])
    return names


def part_of(record: R, names: list[str]) -> Response[R | None]:
    """Return no more of a record than some of its fields."""
    part = msgspec.json.encode({name: getattr(record, name) for name in names})
    # A part of a record is no record, so it travels as the bytes that it is answered with.
    return Response(cast(R, part), media_type="application/json")


def command_key(idempotency_key: str) -> str:
    """Return the business key of a command that came over HTTP: one person's own."""
    caller = current_caller()
    return f"api:{caller.client_id}:{caller.subject}:{idempotency_key.strip().strip(chr(34))}"


def existing(system: str, found: R | None) -> R:
    """Return what was looked for, or raise `NotFound`."""
    if found is None:
        raise NotFound(system, "no such record")
    return found


def require_entity(legal_entity: str) -> None:
    """Raise `Forbidden` unless the caller sees a legal entity's records."""
    if not current_caller().sees(legal_entity):
        raise Forbidden(f"records of {legal_entity} are not yours to see")


async def page_across(
    systems: Mapping[str, S],
    cursor: str | None,
    fetch: Callable[[S, str | None], Awaitable[Page[R]]],
) -> Page[R]:
    """Return a page of what several systems have, one system after the other.

    The cursor says which system comes next and what it calls its own next page.
    """
    names = list(systems)
    if not names:
        return Page([])
    name, inner = read_cursor(cursor) if cursor else (names[0], None)
    if name not in systems:
        raise NoSuchPage
    page = await fetch(systems[name], inner)
    if page.next_cursor is not None:
        return msgspec.structs.replace(page, next_cursor=_cursor(name, page.next_cursor))
    following = names[names.index(name) + 1 :]
    if following:
        return msgspec.structs.replace(page, next_cursor=_cursor(following[0], None))
    return page


def _cursor(name: str, inner: str | None) -> str:
    return urlsafe_b64encode(msgspec.json.encode((name, inner))).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[str, str | None]:
    """Return which system comes next and its own cursor, or raise `NoSuchPage`."""
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(text, type=tuple[str, str | None])
    except (ValueError, msgspec.MsgspecError) as error:
        raise NoSuchPage from error
