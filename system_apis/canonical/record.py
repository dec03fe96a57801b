"""What every canonical record carries: where it came from, and pages of it."""

from datetime import datetime
from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct

Id = Annotated[
    str,
    Meta(
        pattern=r"\A[a-z]{2,4}_[0-9A-HJKMNP-TV-Z]{26}\Z",
        description="An opaque id.",
        examples=["pr_01J9ZC3K6ZD0W5Y9Q8R7S6T5V4"],
    ),
]
Text = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        pattern=r"\A[^\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]+\Z",
        description="One line of text, without control or direction characters.",
    ),
]
Country = Annotated[
    str, Meta(pattern=r"\A[A-Z]{2}\Z", description="ISO 3166-1 alpha-2 code.", examples=["US"])
]
T = TypeVar("T")


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """The record in the vendor's system that a canonical record was read from."""

    system: str
    instance: str
    record_type: str
    record_id: str
    updated_at: datetime | None = None


class Page(Struct, Generic[T], frozen=True):
    """One page of records; `next_cursor` is absent on the last."""

    items: list[T]
    next_cursor: str | None = None


class Change(Struct, frozen=True):
    """One line of a system's change feed: the record with this id of ours is now at this version.

    `record_type` is our word: opportunity, client, contract, project, time_entry,
    expense_line, timesheet, invoice, credit_note, payment, document, change_request,
    service_level_report, employee, time_off, work_calendar, vendor, purchase_order,
    receipt, bill.
    """

    sequence: int
    record_type: str
    id: Id
    version: int
    changed_at: datetime
