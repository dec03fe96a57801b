"""Why an invoice is what it is: its lines, down to the hours, expenses and terms. Pure."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from process_apis.explanations.tree import Fact, Part, facts
from process_apis.project_to_cash.credit_records import ClientCreditNote
from process_apis.project_to_cash.records import (
    Allocation,
    BillingEvent,
    ClientInvoice,
    Grounds,
    SourceType,
)
from system_apis.canonical.billing import InvoiceLine
from system_apis.canonical.contracts import Contract, MilestoneTerms
from system_apis.canonical.money import Money
from system_apis.canonical.record import Source
from system_apis.canonical.time import ExpenseLine, TimeEntry


class InvoiceFacts(Struct, frozen=True, kw_only=True):
    """What an invoice is explained from; `sources` are those of each of its lines."""

    invoice: ClientInvoice
    event: BillingEvent | None
    contract: Contract
    sources: Sequence[Sequence[Allocation]]
    entries: Mapping[str, TimeEntry]
    expenses: Mapping[str, ExpenseLine]
    credits: Sequence[ClientCreditNote]


def why_invoice(of: InvoiceFacts, trail: Sequence[Part], *, line: int | None = None) -> Part:
    """Return why an invoice is what it is, or why one of its lines is."""
    draft = of.invoice.draft
    lines = [_line(of, number, each) for number, each in enumerate(draft.lines)]
    if line is not None:
        return lines[line - 1]
    return Part(
        what=f"invoice {of.invoice.number or of.invoice.id}",
        amount=draft.gross,
        facts=facts(
            stage=of.invoice.stage,
            project=draft.project_number,
            company=draft.legal_entity,
            client=draft.client_number,
            issued=draft.issue_date,
            due=draft.due_date,
            purchase_order=draft.purchase_order,
            adopted="somebody else wrote it" if of.invoice.adopted else None,
        ),
        parts=(
            Part(what="net of tax", amount=draft.net, parts=tuple(lines)),
            Part(
                what="tax",
                amount=draft.tax,
                facts=facts(
                    category=draft.tax_category,
                    rate=draft.tax_rate,
                    of=draft.net,
                    rounded_by=f"the terms of {of.invoice.instance}",
                    instead=draft.exemption_reason,
                ),
            ),
        ),
        because=(*_standing(of), *_terms(of), *trail),
    )


def _line(of: InvoiceFacts, number: int, line: InvoiceLine) -> Part:
    sources = of.sources[number] if number < len(of.sources) else ()
    return Part(
        what=f"line {number + 1}: {line.description}",
        amount=line.net,
        quantity=line.quantity if _is_hours(sources) else None,
        facts=facts(
            kind=line.kind,
            unit_price=_price(line.unit_price.amount, line.unit_price.currency),
            person=line.employee,
            milestone=line.milestone,
        ),
        parts=tuple(_source(of, each) for each in sources),
    )


def _is_hours(sources: Sequence[Allocation]) -> bool:
    kinds = {each.source_type for each in sources}
    return kinds == {SourceType.TIME_ENTRY}


def _price(amount: str, currency: str) -> str:
    return f"{amount} {currency}"


def _source(of: InvoiceFacts, each: Allocation) -> Part:
    match each.source_type:
        case SourceType.TIME_ENTRY:
            return _hours(of, each)
        case SourceType.EXPENSE_LINE:
            return _expense(of, each)
        case SourceType.ADJUSTMENT:
            return _adjustment(of, each)
        case SourceType.MILESTONE:
            return _milestone(of, each)
        case _:
            return Part(
                what=f"{each.source_type} {each.source_number}".replace("_", " "),
                amount=each.effect,
                facts=facts(of=of.contract.number, contract_version=_version(of)),
            )


def _hours(of: InvoiceFacts, each: Allocation) -> Part:
    entry = of.entries.get(each.source_id)
    rate = _price(each.unit_rate.amount, each.unit_rate.currency)
    if entry is None:
        said: tuple[Fact, ...] = facts(rate=rate, recorded="the PSA has it no more")
    else:
        said = facts(
            by=entry.employee,
            role=entry.role,
            on=entry.work_date,
            rate=rate,
            rate_by=f"the rate of {entry.role} in {of.contract.number} version {_version(of)}",
            approved_hours=each.approved,
            status=entry.status,
            task=entry.task,
            **_fetched(entry.source, entry.version),
        )
    return Part(
        what=f"time entry {each.source_number}",
        amount=each.effect,
        quantity=each.sign * each.quantity,
        facts=said,
    )


def _fetched(source: Source, version: int) -> dict[str, object]:
    """Return which record of which system was read, and as of when it was so."""
    at = source.updated_at.isoformat() if source.updated_at else None
    return {
        "source": f"{source.instance}:{source.record_id}",
        "source_version": version,
        "as_of": at,
    }


def _expense(of: InvoiceFacts, each: Allocation) -> Part:
    spent = of.expenses.get(each.source_id)
    if spent is None:
        return Part(
            what=f"expense {each.source_number}",
            amount=each.effect,
            facts=facts(recorded="the PSA has it no more"),
        )
    return Part(
        what=f"expense {each.source_number}",
        amount=each.effect,
        facts=facts(
            by=spent.employee,
            on=spent.date,
            category=spent.category,
            merchant=spent.merchant,
            receipt=spent.receipt_hash,
            status=spent.status,
            billed="at cost",
            **_fetched(spent.source, spent.version),
        ),
    )


def _adjustment(of: InvoiceFacts, each: Allocation) -> Part:
    grounds = of.invoice.grounds
    accepted = of.event.accepted_over_cap if of.event else None
    return Part(
        what="the cap of the contract" if each.sign > 0 else "held work that fits under the cap",
        amount=each.effect,
        facts=facts(
            cap=grounds.cap if grounds else of.contract.nte_cap,
            cap_counts=of.contract.nte_scope,
            billed_before=grounds.billed_before if grounds else None,
            finance_accepted=accepted,
        ),
    )


def _milestone(of: InvoiceFacts, each: Allocation) -> Part:
    found = next((m for m in of.contract.milestones if m.number == each.source_number), None)
    return Part(
        what=f"milestone {each.source_number}",
        amount=each.effect,
        facts=facts(contract=of.contract.number, contract_version=_version(of), **_proof(found)),
    )


def _proof(milestone: MilestoneTerms | None) -> dict[str, object]:
    evidence = milestone.evidence if milestone else None
    if evidence is None:
        return {}
    return {
        "evidence": evidence.type,
        "document": evidence.document_hash,
        "accepted_by": evidence.accepted_by,
        "accepted_at": evidence.accepted_at.isoformat() if evidence.accepted_at else None,
    }


def _version(of: InvoiceFacts) -> str:
    """Return which version of the contract it was, as far as that was written down."""
    grounds = of.invoice.grounds
    return str(grounds.contract_version) if grounds else f"{of.contract.version} as it is now"


def _standing(of: InvoiceFacts) -> tuple[Part, ...]:
    """Return how the invoice stands: what was posted, paid and credited makes up what is owed."""
    invoice = of.invoice
    if invoice.posted is None:
        return ()
    nothing = Money.zero(invoice.draft.currency)
    paid, credited = invoice.paid or nothing, invoice.credited or nothing
    at = invoice.posted_at.isoformat() if invoice.posted_at else None
    return (
        Part(
            what="still owed",
            amount=invoice.owed,
            parts=(
                Part(
                    what="posted",
                    amount=invoice.posted,
                    facts=facts(number=invoice.number, in_=invoice.instance, at=at),
                ),
                Part(what="paid", amount=-paid, facts=facts(on=invoice.paid_on)),
                Part(
                    what="credited",
                    amount=-credited,
                    because=tuple(_credit(each) for each in of.credits),
                ),
            ),
        ),
    )


def _credit(note: ClientCreditNote) -> Part:
    return Part(
        what=f"credit note {note.number or note.id}",
        amount=note.draft.gross,
        facts=facts(stage=note.stage, reason=note.draft.reason, asked_by=note.requested_by),
    )


def _terms(of: InvoiceFacts) -> tuple[Part, ...]:
    """Return the terms that the invoice was drafted by, with their versions."""
    contract, grounds = of.contract, of.invoice.grounds
    return (
        Part(
            what=f"contract {contract.number}",
            facts=facts(
                version=_version(of),
                read_at=grounds.read_at.isoformat() if grounds else None,
                version_now=contract.version,
                billing=contract.billing_model,
                payment_days=contract.payment_terms_days,
                signed_at=contract.signed_at.isoformat() if contract.signed_at else None,
                document=contract.document_hash,
            ),
        ),
        *((_recorded(grounds),) if grounds else ()),
    )


def _recorded(grounds: Grounds) -> Part:
    return Part(
        what="rules",
        facts=facts(
            approval_policy_version=grounds.policy_version,
            electronic_invoices_version=grounds.electronic_version,
            line_rounding=grounds.rounding,
            tax_rounding=grounds.tax_rounding,
            rates="; ".join(
                f"{each.role} {each.rate.amount} {each.rate.currency}" for each in grounds.rates
            ),
        ),
    )
