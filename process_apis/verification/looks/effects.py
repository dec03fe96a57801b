"""What was written into the systems: nothing lost, nothing twice, nothing that nobody ordered."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from process_apis.engagements import EngagementStatus
from process_apis.project_to_cash.credit_records import ClientCreditNote
from process_apis.project_to_cash.ledger.allocations import DONE
from process_apis.project_to_cash.records import ClientInvoice
from process_apis.verification.evidence import Booked, Kept, Written
from process_apis.verification.looks.telling import looked
from process_apis.verification.records import Break, Looked
from system_apis.canonical.billing import Invoice
from system_apis.canonical.credits import CreditNote
from system_apis.canonical.payables import PayableStatus
from system_apis.canonical.procurement import BillStatus, OrderStatus, normalised
from system_apis.effect_ledger import EffectState

Ours = ClientInvoice | ClientCreditNote
Theirs = Invoice | CreditNote
Key = tuple[str, str, str]
# What our own references of documents begin with.
OURS = ("INV:", "CN:")
_GONE_BILLS = {BillStatus.DUPLICATE, BillStatus.VOID}


def nothing_lost(kept: Kept, booked: Booked) -> Looked:
    """Look for each document and project of ours in its system, as we have it."""
    posted = [
        each
        for each in kept.documents
        if each.stage in DONE and kept.span.has(each.draft.issue_date)
    ]
    opened = [each for each in kept.engagements if each.status is EngagementStatus.ACTIVE]
    projects = {each.number for some in booked.projects.values() for each in some}
    standing = {each.id: each for _, each in booked.documents}
    breaks = [
        *_lost_documents(posted, standing),
        *(
            Break(
                subject=each.project_number,
                reason="it is active, and no PSA has its project",
                look_at=f"/system/psa/v1/projects?number={each.project_number}",
                legal_entity=each.legal_entity,
            )
            for each in opened
            if each.project_number not in projects
        ),
    ]
    return looked(breaks, posted_documents=posted, active_engagements=opened)


def _lost_documents(posted: Iterable[Ours], standing: Mapping[str, Theirs]) -> Iterator[Break]:
    for each in posted:
        found = standing.get(each.ledger_id or "")
        wrong = "the ERP has it no more" if found is None else _other(each, found)
        if wrong:
            yield Break(
                subject=each.number or each.id,
                reason=wrong,
                look_at=f"the books of {each.instance}; strata why invoice {each.number}",
                legal_entity=each.draft.legal_entity,
                amount=each.posted,
            )


def _other(ours: Ours, theirs: Theirs) -> str | None:
    """Return what a document says otherwise in the books than with us."""
    said = {
        "number": (ours.number, theirs.number),
        "company": (ours.draft.legal_entity, theirs.legal_entity),
        "total": (ours.posted, theirs.gross),
    }
    wrong = [f"{name} {them}, ours {us}" for name, (us, them) in said.items() if us != them]
    return f"the ERP says {'; '.join(wrong)}" if wrong else None


def nothing_twice(kept: Kept, booked: Booked) -> Looked:
    """Count what stands in each system under one business key."""
    keys = [*_documents(kept, booked), *_kept_once(kept, booked), *_bought(booked)]
    breaks = [
        Break(
            subject=key,
            reason=f"{name} holds {count} of the {what}",
            look_at=f"the {what}s of {name} under {key}: one of them is to be voided",
        )
        for (name, what, key), count in Counter(keys).items()
        if count > 1
    ]
    return looked(breaks, business_keys=keys)


def _documents(kept: Kept, booked: Booked) -> Iterator[Key]:
    """Yield the keys of what clients were sent."""
    for name, each in booked.documents:
        if each.reference and kept.span.has(each.issue_date):
            yield name, "document", each.reference


def _kept_once(kept: Kept, booked: Booked) -> Iterator[Key]:
    """Yield the keys of money, debts and projects."""
    for name, payments in booked.payments.items():
        for paid in payments:
            if paid.reference and kept.span.has(paid.date):
                yield name, "payment", f"{paid.reference} of {paid.date} for {paid.invoice_number}"
    for name, payables in booked.payables.items():
        for owed in payables:
            if owed.reference and owed.status is not PayableStatus.VOID:
                yield name, "payable", owed.reference
    for name, projects in booked.projects.items():
        yield from ((name, "project", each.number) for each in projects)


def _bought(booked: Booked) -> list[Key]:
    """Return the keys of what procurement holds."""
    orders = [each for each in booked.orders if each.status is not OrderStatus.CANCELLED]
    bills = [each for each in booked.bills if each.status not in _GONE_BILLS]
    return [
        *(("procurement", "order", each.reference) for each in orders if each.reference),
        *(
            ("procurement", "receipt", each.reference)
            for each in booked.receipts
            if each.reference and not each.is_reversed
        ),
        *(
            ("procurement", "bill", f"{normalised(each.number)} of {each.vendor_id}")
            for each in bills
        ),
    ]


def no_phantoms(kept: Kept, booked: Booked) -> Looked:
    """Look for documents in the books that nobody ordered here, and nobody told us of."""
    seen = [each for each in booked.documents if kept.span.has(each[1].issue_date)]
    breaks = [*_unordered(kept, seen), *_untold(kept, seen)]
    return looked(breaks, documents=seen, effects=kept.effects)


def _unordered(kept: Kept, seen: Iterable[tuple[str, Theirs]]) -> Iterator[Break]:
    """Yield what names a command of ours, when there is no such; who sees a part cannot tell."""
    ordered = {(each.instance, each.key) for each in kept.effects}
    for instance, each in seen:
        ours = (each.reference or "").startswith(OURS)
        if kept.whole and ours and (instance, each.reference) not in ordered:
            yield _phantom(instance, each, "names a command of ours that there is not")


def _untold(kept: Kept, seen: Iterable[tuple[str, Theirs]]) -> Iterator[Break]:
    """Yield the invoices of other hands on work of ours that no finding tells of."""
    known = {each.ledger_id for each in kept.documents}
    known |= {each.record_id for each in kept.findings}
    carried = {each.project_number: each.opened_at.date() for each in kept.engagements}
    for instance, each in seen:
        since = carried.get(each.project_number or "")
        ours = (each.reference or "").startswith(OURS) or each.id in known
        if isinstance(each, Invoice) and not ours and since and each.issue_date >= since:
            yield _phantom(instance, each, "was keyed in, and no finding says so")


def _phantom(instance: str, document: Theirs, reason: str) -> Break:
    return Break(
        subject=document.number or document.reference or document.id,
        reason=f"{instance} holds it: it {reason}",
        look_at=f"/governance/v1/audit?subject={document.id}",
        legal_entity=document.legal_entity,
        amount=document.gross,
    )


def tries_are_bounded(kept: Kept, _: Booked) -> Looked:
    """Look for writes that were sent more often than patience allows."""
    asked = _asked(kept)
    breaks = [
        Break(
            subject=each.key,
            reason=f"{each.action} at {each.instance} was sent {each.attempts} times,"
            f" and {kept.patience} are allowed",
            look_at=f"/process/exceptions/v1; the log for {each.key}",
        )
        for each in asked
        if each.attempts > kept.patience
    ]
    return looked(breaks, effects=asked)


def what_was_written_is_read(kept: Kept, _: Booked) -> Looked:
    """Look whether whatever was written can be read by the id that was answered."""
    known = {each.canonical_id for each in kept.references}
    done = [
        each for each in _asked(kept) if each.state is EffectState.DONE and _is_id(each.record_id)
    ]
    breaks = [
        Break(
            subject=each.record_id or each.key,
            reason=f"{each.action} of {each.key} was answered with it, and nothing has that id",
            look_at=f"{each.instance}; /governance/v1/audit?subject={each.record_id}",
        )
        for each in done
        if each.record_id not in known
    ]
    return looked(breaks, answered_ids=done)


def _asked(kept: Kept) -> list[Written]:
    return [each for each in kept.effects if kept.span.has(each.updated_at)]


def _is_id(record_id: str | None) -> bool:
    """Whether this is an opaque id of ours, and not a key that the system knows it by."""
    prefix, _, rest = (record_id or "").partition("_")
    return prefix.islower() and len(prefix) <= 4 and len(rest) == 26
