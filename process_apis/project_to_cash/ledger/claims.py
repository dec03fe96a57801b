"""The periods that a contract's other billing events bill, as the ledger has them."""

import msgspec
from sqlalchemy import Connection, select

from process_apis.project_to_cash.ledger.tables import billing_events, client_invoices
from process_apis.project_to_cash.records import (
    BillingEvent,
    BillingKind,
    ClientInvoice,
    EventStatus,
    InvoiceStage,
    PeriodClaim,
)
from system_apis.canonical.billing import LineKind
from system_apis.canonical.money import Money

_GONE = [EventStatus.NOTHING_TO_BILL, EventStatus.CANCELLED]
# The lines of another hand's invoice that bill a period as such, and not single sources of it.
_OF_A_PERIOD = {LineKind.RETAINER, LineKind.SUBSCRIPTION, LineKind.ADOPTED}


def period_claims(connection: Connection, event: BillingEvent) -> tuple[PeriodClaim, ...]:
    """Return the periods that others bill, or will bill, and that reach into this event's own.

    They are of its kind and contract. An invoice that was credited in full claims nothing any
    more, nor does an event whose invoice another document took the place of. What is written off
    claims its period as before.
    """
    events = connection.execute(
        select(billing_events.c.record).where(
            billing_events.c.contract_number == event.contract_number,
            billing_events.c.kind == event.kind,
            billing_events.c.period_end >= event.period_start,
            billing_events.c.period_start <= event.period_end,
            billing_events.c.id != event.id,
            billing_events.c.status.not_in(_GONE),
        )
    )
    others = [msgspec.json.decode(each.record, type=BillingEvent) for each in events]
    firsts = [each for each in others if each.sequence == 1]
    standing = _standing(connection, [each.id for each in firsts]) if firsts else {}
    found = (_claim(each, standing.get(each.id)) for each in firsts)
    return tuple(each for each in found if each is not None)


def _standing(connection: Connection, event_ids: list[str]) -> dict[str, ClientInvoice]:
    """Return what bills some events, by their ids."""
    invoices = connection.execute(
        select(client_invoices.c.record).where(
            client_invoices.c.billing_event_id.in_(event_ids),
            client_invoices.c.stage != InvoiceStage.REJECTED,
        )
    )
    written = [msgspec.json.decode(each.record, type=ClientInvoice) for each in invoices]
    return {each.billing_event_id: each for each in written if not _is_credited(each)}


def _claim(event: BillingEvent, invoice: ClientInvoice | None) -> PeriodClaim | None:
    if event.status is EventStatus.INVOICED and (invoice is None or not _bills(event, invoice)):
        return None
    return PeriodClaim(
        kind=event.kind,
        event_id=event.id,
        start=event.period_start,
        end=event.period_end,
        invoice=(invoice.number or invoice.id) if invoice else None,
        written_off=event.status is EventStatus.WRITTEN_OFF,
    )


def _bills(event: BillingEvent, invoice: ClientInvoice) -> bool:
    """Whether an invoice bills its event's period; another hand's may bill single sources."""
    if not invoice.adopted:
        return True
    lines = {each.kind for each in invoice.draft.lines}
    return event.kind is not BillingKind.TIME and bool(lines & _OF_A_PERIOD)


def _is_credited(invoice: ClientInvoice) -> bool:
    credited = invoice.credited or Money.zero(invoice.draft.currency)
    return invoice.posted is not None and invoice.posted <= credited
