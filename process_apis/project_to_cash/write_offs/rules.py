"""What may be written off, and what comes first. Pure decisions."""

import hashlib
from collections.abc import Iterator, Sequence

import msgspec

from process_apis.project_to_cash.records import (
    BillingEvent,
    BillingKind,
    Blocker,
    EventStatus,
)
from process_apis.project_to_cash.rules import MORE_MAY_COME, Prepared
from system_apis.canonical.billing import LineKind
from system_apis.canonical.money import Money

# What is in doubt is decided first: hours to come, documents of another hand, disputes.
COME_FIRST = MORE_MAY_COME | {"B10", "B14"}
_INSTEAD = {
    EventStatus.PLANNED: "it has not been looked at: have it checked first",
    EventStatus.READY: "nothing keeps it back: let it be invoiced",
    EventStatus.INVOICED: "have its draft sent back, or credit what is posted",
    EventStatus.NOTHING_TO_BILL: "there is nothing to give up",
    EventStatus.CANCELLED: "its project never opened",
    EventStatus.WRITTEN_OFF: "it is given up already",
}


def why_not(
    event: BillingEvent, prepared: Prepared, found: Sequence[Blocker], amount: Money
) -> str | None:
    """Return why an event may not be written off at an amount, with the remedy, if it may not."""
    return next(_refusals(event, prepared, found, amount), None)


def _refusals(
    event: BillingEvent, prepared: Prepared, found: Sequence[Blocker], amount: Money
) -> Iterator[str]:
    if event.status in _INSTEAD:
        yield f"{event.id} is {event.status}: {_INSTEAD[event.status]}"
    if event.kind is BillingKind.DOWN_PAYMENT:
        yield f"{event.id} asks for a down payment, which is no work: change the contract"
    if event.sequence > 1:
        yield f"{event.id} bills a period again, of which more may follow: bill or credit it"
    first = [each for each in found if each.code in COME_FIRST]
    if first:
        yield "; ".join(f"{each.reason}: {each.remedy}" for each in first)
    if any(each.kind is LineKind.DOWN_PAYMENT_APPLIED for each in prepared.draft.lines):
        yield f"a down payment pays for some of {event.id}: bill it, and the rest is owed"
    if not prepared.billed:
        yield f"{event.id} bills nothing: there is nothing to give up"
    if prepared.draft.gross != amount:
        yield f"{event.id} comes to {prepared.draft.gross} by now, not {amount}: look again"


def ground_of(prepared: Prepared) -> str:
    """Return what tells the lines of an invoice and their sources from others."""
    return hashlib.sha256(msgspec.json.encode(prepared.billed)).hexdigest()
