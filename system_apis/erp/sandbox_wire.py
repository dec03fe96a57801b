"""How the sandbox ERP is asked: pages by offset, writes as JSON, refusals with a code of ours."""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import timedelta
from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct

from system_apis.connector import Reply, Request, Upstream
from system_apis.dedupe import DedupeMode, LookUpFirst, NativeKey, Parts
from system_apis.erp.sandbox_records import ErpError
from system_apis.errors import Refused, TryAgain, Unknown

M = TypeVar("M")
T = TypeVar("T")
R = TypeVar("R", bound="Record")
S = TypeVar("S", covariant=True)
ROOT = "/record/v1"
_CODES = {
    "DUP_ENTITY": "NUMBER_TAKEN",
    "INVALID_SUBSIDIARY": "LEGAL_ENTITY_UNKNOWN",
    "INVALID_CUSTOMER": "CLIENT_UNKNOWN",
    "INVALID_JOB": "PROJECT_UNKNOWN",
    "INVALID_INVOICE": "INVOICE_UNKNOWN",
    "TRANDATE_BEFORE_LAST": "NUMBER_ORDER",
    "ALREADY_APPLIED": "APPLIED_OTHERWISE",
    "RECORD_VOIDED": "VOID",
    "POSTED_IS_FINAL": "ALREADY_POSTED",
}


# The longest time that the ERP may still be busy with a request, as its makers declare it.
SETTLES_AFTER = timedelta(seconds=2)
# How each write is made safe: what is posted, applied, held or voided stays so when told again.
WRITES: Mapping[str, DedupeMode] = {
    "create_client": LookUpFirst("client_by_key", SETTLES_AFTER),
    "create_ledger_project": LookUpFirst("ledger_project_by_key", SETTLES_AFTER),
    "close_ledger_project": NativeKey(),
    "create_invoice": LookUpFirst(
        "invoice_by_key", SETTLES_AFTER, Parts("has_every_line", "void_invoice")
    ),
    "post_invoice": NativeKey(),
    "void_invoice": NativeKey(),
    "create_credit_note": LookUpFirst(
        "credit_note_by_key", SETTLES_AFTER, Parts("has_every_line", "void_credit_note")
    ),
    "post_credit_note": NativeKey(),
    "record_payment": LookUpFirst("payment_by_key", SETTLES_AFTER),
    "apply_payment": NativeKey(),
    "create_payable": LookUpFirst(
        "payable_by_key", SETTLES_AFTER, Parts("owes_every_line", "void_payable")
    ),
    "post_payable": NativeKey(),
    "release_payable": NativeKey(),
    "record_journal": LookUpFirst("journal_by_key", SETTLES_AFTER),
}


class Record(Protocol):
    """A record of the ERP."""

    @property
    def id(self) -> str:
        """The ERP's id."""


class Spoken(Protocol[S]):
    """A record in the ERP's words that can say the same in ours."""

    @property
    def id(self) -> str:
        """The ERP's id."""

    def canonical(self, ours: str, instance: str, /) -> S:
        """Say the same in our words."""


class Items(Protocol):
    """One page of the ERP's records."""

    @property
    def offset(self) -> int:
        """How many records came before."""

    @property
    def has_more(self) -> bool:
        """Whether more come after."""


class Wire:
    """One ERP over HTTP."""

    def __init__(self, upstream: Upstream, page_size: int) -> None:
        self._upstream = upstream
        self._page_size = page_size

    async def page(
        self, operation: str, record: str, asked: Mapping[str, str | None], into: type[T]
    ) -> T:
        """Return one page of records; what is None is not asked for."""
        query = {name: value for name, value in asked.items() if value is not None}
        return await self.read(
            operation, f"{ROOT}/{record}", {"limit": str(self._page_size)} | query, into
        )

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
        """Return the record that was made, as the ERP answered it."""
        return _read(
            await self._post(operation, f"{ROOT}/{record}", msgspec.json.encode(wish)), into
        )

    async def act(
        self, operation: str, record: str, action: str, into: type[R], *, wish: Struct | None = None
    ) -> R:
        """Let the ERP do something with a record, and return the record."""
        body = msgspec.json.encode(wish) if wish else b"{}"
        reply = await self._post(operation, f"{ROOT}/{record}/{action}", body)
        found = _read(reply, into)
        if found.id != record.rpartition("/")[2]:
            raise Unknown(self._upstream.instance, f"asked for {record}, was given {found.id}")
        return found

    async def _post(self, operation: str, path: str, body: bytes) -> Reply:
        return await self._upstream.send(
            Request(
                operation=operation,
                method="POST",
                path=path,
                headers={"Content-Type": "application/json"},
                body=body,
                writes=True,
            )
        )


def next_cursor(page: Items, size: int) -> str | None:
    """Return the offset of the next page, if there is one."""
    return str(page.offset + size) if page.has_more else None


def only(instance: str, found: Sequence[M], key: str) -> M | None:
    """Return the one record with a key; two are for a person to look at."""
    if len(found) > 1:
        raise Refused(instance, f"{len(found)} with {key}", code="DUPLICATE_EFFECT")
    return found[0] if found else None


async def seen(instance: str, found: Awaitable[M | None], key: str) -> M:
    """Return what was written as the ERP has it; what is not to be seen may still be there."""
    try:
        made = await found
    except TryAgain as lost:
        raise Unknown(instance, lost.reason, settles_after=SETTLES_AFTER) from lost
    if made is None:
        reason = f"{key} was written and is not to be seen yet"
        raise Unknown(instance, reason, settles_after=SETTLES_AFTER)
    return made


def _read(reply: Reply, into: type[T]) -> T:
    """Return the reply as a record; a refusal says in our words what is wrong."""
    if reply.status == 400:
        raise _refused(reply)
    return reply.read(into)


def _refused(reply: Reply) -> Refused:
    try:
        first = msgspec.json.decode(reply.body, type=ErpError).details[0]
    except (msgspec.MsgspecError, UnicodeDecodeError, IndexError):
        return Refused(reply.system, f"HTTP {reply.status}: {reply.body[:500]!r}")
    return Refused(reply.system, first.detail, code=_CODES.get(first.code, first.code))
