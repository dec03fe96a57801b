"""How the sandbox contract system is asked: pages by token, writes as JSON, refusals by code."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from msgspec import Struct

from system_apis.connector import Reply, Request, Upstream
from system_apis.contracts.sandbox_papers import refusal_in
from system_apis.errors import Refused

T = TypeVar("T")
ROOT = "/api/v2"
_CODES = {
    "ORDER_NUMBER_TAKEN": "NUMBER_TAKEN",
    "AMENDMENT_NUMBER_TAKEN": "NUMBER_TAKEN",
    "DELIVERABLE_UNKNOWN": "MILESTONE_UNKNOWN",
    "EVIDENCE_THERE": "EVIDENCE_FILED",
    "STATE": "STATUS_NOT_ALLOWED",
    "NOT_COUNTERSIGNED": "CLIENT_APPROVAL_MISSING",
    "CURRENCY": "CURRENCY_OF_CONTRACT",
}


class Wire:
    """One contract system over HTTP."""

    def __init__(self, upstream: Upstream, page_size: int) -> None:
        self._upstream, self._page_size = upstream, page_size

    async def page(
        self, operation: str, path: str, asked: Mapping[str, str | None], into: type[T]
    ) -> T:
        """Return one page of records; what is None is not asked for."""
        query = {name: value for name, value in asked.items() if value is not None}
        query["pageSize"] = str(self._page_size)
        return await self.read(operation, f"{ROOT}/{path}", query, into)

    async def read(self, operation: str, path: str, query: Mapping[str, str], into: type[T]) -> T:
        """Return what is at an address."""
        reply = await self._upstream.send(
            Request(operation=operation, method="GET", path=path, query=query)
        )
        return _read(reply, into)

    async def write(self, operation: str, method: str, path: str, wish: Struct, into: type[T]) -> T:
        """Return what the system answers to a wish."""
        reply = await self._upstream.send(
            Request(
                operation=operation,
                method=method,
                path=f"{ROOT}/{path}",
                headers={"Content-Type": "application/json"},
                body=msgspec.json.encode(wish),
                writes=True,
            )
        )
        return _read(reply, into)


def _read(reply: Reply, into: type[T]) -> T:
    """Return the reply as a record; a refusal says in our words what is wrong."""
    told = refusal_in(reply.body) if reply.status in {400, 422} else None
    if told is not None:
        raise Refused(reply.system, told.message, code=_CODES.get(told.code, told.code))
    return reply.read(into)
