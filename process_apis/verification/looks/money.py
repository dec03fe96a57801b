"""What amounts make up: sources their lines, lines their documents, bills what was received."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from process_apis.project_to_cash.invoicing.worked import COUNTED
from process_apis.project_to_cash.ledger.allocations import DONE
from process_apis.project_to_cash.records import (
    ClientInvoice,
    EventStatus,
    InvoiceStage,
    SourceType,
)
from process_apis.project_to_cash.write_offs.records import WriteOff
from process_apis.verification.evidence import Allocated, Booked, Kept
from process_apis.verification.looks.telling import looked
from process_apis.verification.records import Break, Looked
from system_apis.canonical.billing import Invoice, InvoiceLine, InvoiceStatus
from system_apis.canonical.credits import CreditNote
from system_apis.canonical.money import Money
from system_apis.canonical.procurement import BillStatus
from system_apis.canonical.revenue import RevenueMethod
from system_apis.canonical.time import ExpenseLine, TimeEntry

_NUMBERED = re.compile(r"(?P<series>.*?)(?P<number>[0-9]+)\Z")
_WORK = {SourceType.TIME_ENTRY, SourceType.EXPENSE_LINE}
_GONE = {BillStatus.VOID, BillStatus.DUPLICATE, BillStatus.DISPUTED, BillStatus.EXCEPTION}


def money_is_conserved(kept: Kept, booked: Booked) -> Looked:
    """Add up what was worked, billed, posted, paid, earned and bought, to the last digit."""
    billed = [each for each in kept.invoices if kept.span.has(each.draft.issue_date)]
    breaks = [
        *_lines(kept),
        *_given_up(kept),
        *_sources(kept),
        *_approved(kept, booked),
        *_owed(kept, booked),
        *_earned(kept),
        *_bought(booked),
    ]
    return looked(
        breaks,
        invoices=billed,
        write_offs=kept.write_offs,
        allocations=kept.allocations,
        hours=booked.entries,
        expenses=booked.expenses,
        standings=kept.standings,
        purchase_orders=booked.orders,
    )


def _lines(kept: Kept) -> Iterator[Break]:
    """Yield each line whose sources come to something else, in its own books or in its total."""
    rows: dict[tuple[str, int], list[Allocated]] = defaultdict(list)
    for row in kept.allocations:
        rows[row.document_id, row.line].append(row)
    for document in kept.documents:
        sign = 1 if isinstance(document, ClientInvoice) else -1
        rejected = document.stage is InvoiceStage.REJECTED
        if rejected or not kept.span.has(document.draft.issue_date):
            continue
        for number, line in enumerate(document.draft.lines):
            billed = _effect(rows[document.id, number], line, sign)
            if billed != line.net:
                yield Break(
                    subject=document.number or document.id,
                    reason=f"line {number + 1} says {line.net}, its sources {billed}",
                    look_at=f"strata why invoice {document.number} --line {number + 1}",
                    legal_entity=document.draft.legal_entity,
                    amount=billed - line.net,
                )


def _given_up(kept: Kept) -> Iterator[Break]:
    """Yield each write-off that gives up something else than its lines say, or its event is.

    What is put back stands on nothing, and its event is to bill.
    """
    rows: dict[tuple[str, int], list[Allocated]] = defaultdict(list)
    for row in kept.allocations:
        rows[row.document_id, row.line].append(row)
    standing = {each.billing_event_id: each for each in kept.write_offs if each.stands}
    over = {each.id: each for each in kept.events if each.status is EventStatus.WRITTEN_OFF}
    for each in kept.write_offs:
        for number, line in enumerate(each.draft.lines):
            gone = _effect(rows[each.id, number], line, 1)
            if gone != (line.net if each.stands else line.net - line.net):
                reason = f"line {number + 1} gives {line.net} up, its sources {gone}"
                yield _write_off(each, reason, gone - line.net)
        if each.stands and each.billing_event_id not in over:
            reason = f"{each.billing_event_id} is not written off, and its work is given up"
            yield _write_off(each, reason, each.draft.net)
    for gone_id in over.keys() - standing.keys():
        event = over[gone_id]
        yield Break(
            subject=event.id,
            reason="it is written off, and nothing says what is given up",
            look_at=f"/governance/v1/audit?subject={event.id}",
            legal_entity=event.legal_entity,
            amount=event.amount_expected,
        )


def _write_off(of: WriteOff, reason: str, amount: Money) -> Break:
    return Break(
        subject=of.id,
        reason=reason,
        look_at=f"/process/project-to-cash/v1/billing-events/{of.billing_event_id}/write-off",
        legal_entity=of.draft.legal_entity,
        amount=amount,
    )


def _effect(rows: Sequence[Allocated], line: InvoiceLine, sign: int) -> Money:
    amounts = (row.amount if row.sign == sign else -row.amount for row in rows)
    return Money.total(amounts, line.net.currency)


def _sources(kept: Kept) -> Iterator[Break]:
    """Yield each source that is billed below nothing, or beyond what was approved."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    last: dict[tuple[str, str], Allocated] = {}
    for row in kept.allocations:
        source = (row.source_type, row.source_id)
        sums[source] += row.sign * row.quantity
        last[source] = row
    for source, billed in sums.items():
        row = last[source]
        if not 0 <= billed <= row.approved:
            yield Break(
                subject=row.source_number or row.source_id,
                reason=f"{billed:f} of it is billed, and {row.approved:f} was approved",
                look_at=f"strata why invoice {row.document_id}",
                amount=row.amount,
            )


def _approved(kept: Kept, booked: Booked) -> Iterator[Break]:
    """Yield each billed hour or expense of which the PSA has no approved, billable row so large.

    An entry that was corrected since is credited on an occasion of its own.
    """
    recorded: dict[tuple[str, str], Decimal] = {
        **{(SourceType.TIME_ENTRY, e.id): e.hours for e in booked.entries if _counts(e)},
        **{(SourceType.EXPENSE_LINE, e.id): e.amount.value for e in booked.expenses if _counts(e)},
    }
    corrected = {each.adjusts for each in booked.entries}
    not_ours = {e.id for e in kept.invoices if e.adopted or e.stage is InvoiceStage.REJECTED}
    billed: dict[tuple[str, str], list[Allocated]] = defaultdict(list)
    for row in kept.allocations:
        if row.source_type in _WORK and row.document_id not in not_ours:
            billed[row.source_type, row.source_id].append(row)
    for source, rows in billed.items():
        quantity = sum((row.sign * row.quantity for row in rows), start=Decimal(0))
        if quantity > recorded.get(source, Decimal(0)) and source[1] not in corrected:
            yield Break(
                subject=rows[0].source_number or rows[0].source_id,
                reason=f"{quantity:f} of it is billed, and the PSA has no approved row of so much",
                look_at=f"strata why invoice {rows[0].document_id}",
                amount=rows[0].amount,
            )


def _counts(row: TimeEntry | ExpenseLine) -> bool:
    return row.billable and row.status in COUNTED


def _owed(kept: Kept, booked: Booked) -> Iterator[Break]:
    """Yield each posted invoice with more paid, or more credited, than posted, or than booked.

    A credit may come after the payment: the client has money to its good then.
    """
    books = {each.id: each for some in booked.invoices.values() for each in some}
    for each in kept.invoices:
        if each.stage not in DONE or not kept.span.has(each.draft.issue_date):
            continue
        nothing = Money.zero(each.draft.currency)
        posted, paid = each.posted or nothing, each.paid or nothing
        credited, found = each.credited or nothing, books.get(each.ledger_id or "")
        if posted < paid:
            reason, amount = f"{paid} is paid of {posted}", paid - posted
        elif posted < credited:
            reason, amount = f"{credited} is credited of {posted}", credited - posted
        elif each.stage is InvoiceStage.PAID and found is not None and found.paid != paid:
            reason, amount = f"{paid} is paid with us, {found.paid} in the books", found.paid - paid
        else:
            continue
        yield Break(
            subject=each.number or each.id,
            reason=reason,
            look_at=f"/system/erp/v1/payments?invoice_number={each.number}",
            legal_entity=each.draft.legal_entity,
            amount=amount,
        )


def _earned(kept: Kept) -> Iterator[Break]:
    """Yield each project of which more is recognized than its fixed price."""
    for each in kept.standings:
        at_price = each.method is not RevenueMethod.RIGHT_TO_INVOICE
        if at_price and each.price is not None and each.price < each.recognized:
            yield Break(
                subject=f"{each.project_number} {each.month}",
                reason=f"{each.recognized} is recognized of a price of {each.price}",
                look_at=f"strata why revenue {each.project_number} --period {each.month}",
                legal_entity=each.legal_entity,
                amount=each.recognized - each.price,
            )


def _bought(booked: Booked) -> Iterator[Break]:
    """Yield each order's line with more received than ordered, or more billed than received."""
    billed, accepted = _billed(booked), _received(booked)
    for order in booked.orders:
        for each in order.lines:
            received, owed = accepted[order.number, each.number], billed[order.number, each.number]
            most = each.quantity * (1 + each.receipt_tolerance)
            if received > most or owed > received > 0:
                yield Break(
                    subject=f"{order.number} line {each.number}",
                    reason=f"{each.quantity:f} ordered, {received:f} received, {owed:f} billed",
                    look_at=f"/system/procurement/v1/bills?purchase_order_number={order.number}",
                    legal_entity=order.legal_entity,
                    amount=each.amount,
                )


def _billed(booked: Booked) -> dict[tuple[str | None, int | None], Decimal]:
    billed: dict[tuple[str | None, int | None], Decimal] = defaultdict(Decimal)
    for bill in booked.bills:
        for line in bill.lines:
            if bill.status not in _GONE:
                key = (line.purchase_order_number, line.purchase_order_line)
                billed[key] += line.quantity
    return billed


def _received(booked: Booked) -> dict[tuple[str, int], Decimal]:
    accepted: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for each in booked.receipts:
        if not each.is_reversed:
            accepted[each.purchase_order_number, each.line] += each.quantity
    return accepted


def numbers_have_no_gaps(kept: Kept, booked: Booked) -> Looked:
    """Look for numbers of a company's documents that none of its books has, or two.

    Credit notes may have a series of their own, or be numbered with the invoices.
    """
    numbered, breaks = [], []
    for instance, invoices in booked.invoices.items():
        series: dict[tuple[str, str], list[int]] = defaultdict(list)
        documents: list[Invoice | CreditNote] = [
            *invoices,
            *booked.credit_notes.get(instance, ()),
        ]
        for each in documents:
            said = _NUMBERED.match(each.number or "")
            if said and each.status is not InvoiceStatus.DRAFT:
                numbered.append(each.id)
                series[each.legal_entity, said["series"]].append(int(said["number"]))
        for (entity, name), numbers in series.items():
            taken = Counter(numbers)
            gone = [one for one in range(min(taken), max(taken)) if one not in taken]
            twice = [one for one, count in taken.items() if count > 1]
            breaks += [
                _number(instance, entity, f"{name}{one}", "no document has it") for one in gone
            ]
            breaks += [
                _number(instance, entity, f"{name}{one}", "two documents have it") for one in twice
            ]
    return looked(breaks, numbered_documents=numbered)


def _number(instance: str, entity: str, number: str, reason: str) -> Break:
    return Break(
        subject=number,
        reason=f"{reason} in {instance}",
        look_at=f"/system/erp/v1/invoices?number={number}; a void document explains a gap",
        legal_entity=entity,
    )
