"""How the sandbox procurement system is asked: pages without a total, refusals by field."""

from collections.abc import Mapping
from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct

from system_apis.connector import Reply, Request, Upstream
from system_apis.errors import Refused, TryAgain, Unknown
from system_apis.procurement.sandbox_records import FieldErrors

T = TypeVar("T")
R = TypeVar("R", bound="Record")
ROOT = "/api"
# What the system says of a field, and our code for it; anything else keeps the field's name.
_CODES = {
    ("supplier", "does not exist"): "VENDOR_UNKNOWN",
    ("supplier", "is not active"): "VENDOR_INACTIVE",
    ("account-type", "does not exist"): "LEGAL_ENTITY_UNKNOWN",
    ("version", "is stale"): "VERSION_CONFLICT",
    ("order-lines", "can't be less than received"): "BELOW_RECEIVED",
    ("order-lines", "can't be blank"): "ORDER_EMPTY",
    ("status", "is cancelled"): "ORDER_FINAL",
    ("status", "is closed"): "ORDER_FINAL",
    ("status", "is not released"): "ORDER_NOT_APPROVED",
    ("status", "has been received against"): "ORDER_RECEIVED",
    ("order-line", "does not exist"): "ORDER_LINE_UNKNOWN",
    ("order-line", "is not open for receiving"): "ORDER_NOT_SENT",
    ("quantity", "can't be more than ordered"): "OVER_RECEIPT",
    ("status", "has been invoiced"): "RECEIPT_BILLED",
    ("quantity", "has been invoiced"): "RECEIPT_BILLED",
    ("invoice-number", "has already been taken"): "DUPLICATE_BILL",
    ("invoice-lines", "can't be blank"): "BILL_EMPTY",
    ("status", "is disputed"): "BILL_DISPUTED",
    ("status", "is final"): "BILL_FINAL",
}


class Record(Protocol):
    """A record of the system."""

    @property
    def id(self) -> str:
        """The system's id."""


class Wire:
    """One procurement system over HTTP."""

    def __init__(self, upstream: Upstream, page_size: int) -> None:
        self._upstream, self._page_size = upstream, page_size

    async def page(
        self,
        operation: str,
        record: str,
        asked: Mapping[str, str | None],
        into: type[list[T]],
        cursor: str | None = None,
    ) -> tuple[list[T], str | None]:
        """Return records and the cursor of the next page, which may turn out to be empty.

        The system does not say whether there are more: only a page that is not full is the last.
        """
        query = {name: value for name, value in asked.items() if value is not None}
        paging = {"limit": str(self._page_size), "offset": cursor or "0"}
        found = await self.read(operation, f"{ROOT}/{record}", paging | query, into)
        if len(found) < self._page_size:
            return found, None
        return found, str(int(cursor or "0") + len(found))

    async def one(self, operation: str, record: str, record_id: str, into: type[R]) -> R:
        """Return the record that was asked for, and no other one."""
        found = await self.read(operation, f"{ROOT}/{record}/{record_id}", {}, into)
        if found.id != record_id:
            raise TryAgain(self._upstream.instance, f"asked for {record_id}, was given {found.id}")
        return found

    async def read(self, operation: str, path: str, query: dict[str, str], into: type[T]) -> T:
        """Return what is at an address."""
        reply = await self._upstream.send(
            Request(operation=operation, method="GET", path=path, query=query)
        )
        return _read(reply, into)

    async def create(self, operation: str, record: str, wish: Struct, into: type[R]) -> R:
        """Return the record that was made, as the system answered it."""
        return _read(await self._write(operation, "POST", f"{ROOT}/{record}", wish), into)

    async def act(self, operation: str, record: str, action: str, wish: Struct, into: type[R]) -> R:
        """Let the system change a record, and return the record."""
        path = f"{ROOT}/{record}/{action}".rstrip("/")
        found = _read(await self._write(operation, "PUT", path, wish), into)
        if found.id != record.rpartition("/")[2]:
            raise Unknown(self._upstream.instance, f"asked for {record}, was given {found.id}")
        return found

    async def _write(self, operation: str, method: str, path: str, wish: Struct) -> Reply:
        return await self._upstream.send(
            Request(
                operation=operation,
                method=method,
                path=path,
                headers={"Content-Type": "application/json"},
                body=msgspec.json.encode(wish),
                writes=True,
            )
        )


def _read(reply: Reply, into: type[T]) -> T:
    """Return the reply as a record; a refusal says in our words what is wrong."""
    if reply.status in {400, 409, 422}:
        raise _refused(reply)
    return reply.read(into)


def _refused(reply: Reply) -> Refused:
    try:
        errors = msgspec.json.decode(reply.body, type=FieldErrors).errors
        field, [said, *_] = next(iter(errors.items()))
    except (msgspec.MsgspecError, UnicodeDecodeError, StopIteration, ValueError):
        return Refused(reply.system, f"HTTP {reply.status}: {reply.body[:500]!r}")
    code = _CODES.get((field, said), field.upper().replace("-", "_"))
    return Refused(reply.system, f"{field} {said}", code=code)
