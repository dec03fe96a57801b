"""How the ERP lists, by offset and limit, and how it says no."""

from typing import TypeVar

from msgspec import Struct, field, structs

from system_apis.sandbox.books import Kept, Shelf
from system_apis.sandbox.erp.records import (
    CreditMemo,
    Customer,
    CustomerPayment,
    Invoice,
    Job,
    JournalEntry,
    VendorBill,
)
from system_apis.sandbox.exchange import Answer, Call, Refusal, numbers

R = TypeVar("R", Customer, Job, Invoice, CreditMemo, CustomerPayment, VendorBill, JournalEntry)
_LARGEST_PAGE = 1000


class Items(Struct, frozen=True, rename="camel"):
    """A page of records."""

    items: list[Struct]
    count: int
    has_more: bool
    offset: int
    total_results: int


class Detail(Struct, frozen=True):
    """One reason, with the ERP's own code."""

    detail: str
    code: str = field(name="o:errorCode")


class ErpError(Struct, frozen=True):
    """Why the ERP says no."""

    title: str
    status: int
    details: tuple[Detail, ...] = field(name="o:errorDetails")


def error(refusal: Refusal) -> ErpError:
    """Return a refusal in the ERP's shape."""
    return ErpError("Invalid request", refusal.status, (Detail(refusal.message, refusal.code),))


def page(call: Call, shelf: Shelf[R], filters: dict[str, str]) -> Answer:
    """Return the page of a shelf that was asked for; `filters` name the query's parameters."""
    equal = {own: call.query[name] for name, own in filters.items() if name in call.query}
    size, offset = min(call.number("limit", 50), _LARGEST_PAGE), call.number("offset", 0)
    total = shelf.count(equal)
    found: list[Struct] = [shown(k) for k in shelf.find(equal, offset=offset, limit=size)]
    more = offset + len(found) < total
    return Answer(body=numbers(Items(found, len(found), more, offset, total)))


def one(call: Call, shelf: Shelf[R]) -> Answer:
    """Return one record, or refuse."""
    return answer(known(call, shelf))


def known(call: Call, shelf: Shelf[R]) -> Kept[R]:
    """Return the record that the address names, or refuse."""
    kept = shelf.get(call.path["id"])
    if kept is None:
        raise Refusal(404, "NONEXISTENT_ID", "That record does not exist.")
    return kept


def answer(kept: Kept[R], *, status: int = 200) -> Answer:
    """Return one record as the ERP shows it."""
    return Answer(body=numbers(shown(kept)), status=status, record=kept.record.id)


def shown(kept: Kept[R]) -> R:
    """Return a record with its version and the time of its last change."""
    return structs.replace(kept.record, revision=kept.version, last_modified_date=kept.updated_at)
