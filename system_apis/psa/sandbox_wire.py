"""How the sandbox PSA is asked: pages by number, writes as JSON, refusals with a code of ours."""

from typing import TypeVar

import msgspec
from msgspec import Struct

from system_apis.connector import Reply, Request, Upstream
from system_apis.errors import Refused, TryAgain, Unknown
from system_apis.psa.sandbox_records import Errors, Listing

ROOT = "/api/v1"
_CODES = {"taken": "NUMBER_TAKEN"}
T = TypeVar("T", bound=Listing)


class Wire:
    """One PSA over HTTP."""

    def __init__(self, upstream: Upstream, page_size: int) -> None:
        self._upstream, self._page_size = upstream, page_size

    async def page(
        self, operation: str, path: str, asked: dict[str, str], cursor: str | None, into: type[T]
    ) -> T:
        """Return one page of records."""
        paging = {"page": cursor or "1", "per_page": str(self._page_size)}
        return await self.read(operation, f"{ROOT}{path}", asked | paging, into)

    async def all(self, operation: str, path: str, asked: dict[str, str], into: type[T]) -> list[T]:
        """Return every page of records."""
        pages = [await self.page(operation, path, asked, None, into)]
        while (cursor := pages[-1].next_cursor) is not None:
            pages.append(await self.page(operation, path, asked, cursor, into))
        return pages

    async def read(self, operation: str, path: str, query: dict[str, str], into: type[T]) -> T:
        """Return what is at an address."""
        reply = await self._upstream.send(
            Request(operation=operation, method="GET", path=path, query=query)
        )
        return _read(reply, into)

    async def one(self, operation: str, path: str, record_id: str, into: type[T]) -> T:
        """Return a page with the one record that was asked for, and no other."""
        reply = await self._upstream.send(
            Request(operation=operation, method="GET", path=f"{ROOT}{path}/{record_id}")
        )
        return self._only(reply, record_id, into)

    async def create(self, operation: str, path: str, wish: Struct, into: type[T]) -> T:
        """Write a new record, and return the page that it is answered with."""
        return _read(await self._write(operation, "POST", path, wish), into)

    async def put(
        self, operation: str, path: str, record_id: str, part: str, wish: Struct, into: type[T]
    ) -> T:
        """Write a part of a record, and return a page with that record and no other."""
        reply = await self._write(operation, "PUT", f"{path}/{record_id}/{part}", wish)
        return self._only(reply, record_id, into)

    async def _write(self, operation: str, method: str, path: str, wish: Struct) -> Reply:
        return await self._upstream.send(
            Request(
                operation=operation,
                method=method,
                path=f"{ROOT}{path}",
                headers={"Content-Type": "application/json"},
                body=msgspec.json.encode(wish),
                writes=True,
            )
        )

    def _only(self, reply: Reply, record_id: str, into: type[T]) -> T:
        page = _read(reply, into)
        if page.ids != [record_id]:
            lost = Unknown if reply.writes else TryAgain
            raise lost(self._upstream.instance, f"asked for {record_id}, was given {page.ids}")
        return page


def _read(reply: Reply, into: type[T]) -> T:
    """Return the reply as a record; a refusal keeps the PSA's own reason as its code."""
    if reply.status in {400, 409, 422}:
        raise _refused(reply)
    return reply.read(into)


def _refused(reply: Reply) -> Refused:
    try:
        first = msgspec.json.decode(reply.body, type=Errors).errors[0]
    except (msgspec.MsgspecError, UnicodeDecodeError, IndexError):
        return Refused(reply.system, f"HTTP {reply.status}: {reply.body[:500]!r}")
    return Refused(reply.system, first.message, code=_CODES.get(first.type, first.type.upper()))
