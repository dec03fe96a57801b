"""When what the firm agreed shows: signed when signed, orders and evidence when they arrived."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import msgspec
from msgspec import structs

from system_apis.sandbox import firm as facts
from system_apis.sandbox import terms
from system_apis.sandbox.books import Fact
from system_apis.sandbox.contracts.documents import document_id
from system_apis.sandbox.contracts.records import (
    Acceptance,
    AdvancePayment,
    Agreement,
    Commercials,
    Deliverable,
    Document,
    Evidence,
    Invoicing,
    Lifecycle,
    NotToExceed,
    OpeningBalance,
    Order,
    Rate,
    ReceivedOrder,
    Recurring,
    ServiceReport,
    Tax,
)

_MODELS = {"T&M": "TIME_AND_MATERIALS"}
_NEW_REVISION = b"{}"


def arrivals(firm: facts.Firm) -> Iterator[Fact]:
    """Yield everything that the contract system will come to know."""
    before = firm.period.start - timedelta(days=1) if firm.period else None
    records = {each.id: f"agr-{count:04d}" for count, each in enumerate(firm.agreements, start=1)}
    for contract in firm.agreements:
        yield from _agreement(contract, records[contract.id], before)
    yield from _service_reports(firm, records)


def _agreement(contract: terms.Contract, record: str, before: date | None) -> Iterator[Fact]:
    draft = Lifecycle("IN_SIGNATURE", contract.effective.start, contract.effective.end)
    unsigned = Agreement(
        agreement_id=record,
        agreement_number=contract.id,
        client_ref=contract.client,
        contracting_entity=contract.legal_entity,
        project_ref=contract.project,
        opportunity_ref=contract.opportunity,
        project_manager=contract.project_manager,
        delivering_unit=contract.business_unit,
        lifecycle=draft,
        commercials=_commercials(contract, before),
        order_required=contract.po_required,
        deliverables=tuple(_deliverable(each) for each in contract.milestones),
        notice_business_days=contract.client_notice_business_days,
    )
    yield Fact(None, "agreement", record, msgspec.json.encode(unsigned))
    if contract.signed_at is not None:
        signed = structs.replace(draft, state="SIGNED", signed_at=contract.signed_at)
        patch = {"lifecycle": signed, "document": contract.document}
        yield Fact(contract.signed_at, "agreement", record, msgspec.json.encode(patch))
    yield from _received(contract, record)
    yield from _papers(contract, record)


def _received(contract: terms.Contract, record: str) -> Iterator[Fact]:
    """Yield the order and the proofs; each makes a new revision of the agreement."""
    order = contract.purchase_order
    arrived = (order.received_at or contract.signed_at) if order else None
    if order is not None and arrived is not None:
        sent = ReceivedOrder(order.number, order.amount, order.valid_to, arrived)
        kept = msgspec.json.encode(Order(record, order.number, sent))
        yield Fact(arrived, "order", f"{record}/{order.number}", kept)
        yield Fact(arrived, "agreement", record, _NEW_REVISION)
    for each in contract.milestones:
        proof = each.evidence
        if proof is not None and proof.received_at is not None:
            evidence = Evidence(proof.type, proof.document, proof.received_at)
            kept = msgspec.json.encode(Acceptance(record, each.id, evidence))
            yield Fact(proof.received_at, "acceptance", f"{record}/{each.id}", kept)
            yield Fact(proof.received_at, "agreement", record, _NEW_REVISION)


def _papers(contract: terms.Contract, record: str) -> Iterator[Fact]:
    """Yield the documents that the firm knows by their hash; what they say is held elsewhere."""
    known = [("Signed agreement", contract.document, contract.signed_at)]
    for each in contract.milestones:
        if each.evidence is not None:
            proof = each.evidence
            known.append((f"{proof.type} of {each.id}", proof.document, proof.received_at))
    filed: set[str] = set()
    for title, digest, at in known:
        if digest is None or at is None or digest in filed:
            continue
        filed.add(digest)
        document = Document(
            document_id=document_id(record, digest),
            agreement_id=record,
            agreement_number=contract.id,
            contracting_entity=contract.legal_entity,
            digest=digest,
            title=title,
            filed_at=at,
        )
        yield Fact(at, "document", document.document_id, msgspec.json.encode(document))


def _service_reports(firm: facts.Firm, records: dict[str, str]) -> Iterator[Fact]:
    entities = {each.id: each.legal_entity for each in firm.agreements}
    for count, each in enumerate(firm.service_levels, start=1):
        report = ServiceReport(
            report_id=f"srv-{count:04d}",
            agreement_id=records[each.contract],
            agreement_number=each.contract,
            contracting_entity=entities[each.contract],
            month=each.period,
            target_met=each.met,
            credit_percent=each.credit_pct,
            reported_at=each.reported_at,
        )
        yield Fact(
            each.reported_at, "service_report", report.report_id, msgspec.json.encode(report)
        )


def _deliverable(milestone: terms.Milestone) -> Deliverable:
    proof = milestone.evidence
    return Deliverable(
        deliverable_id=milestone.id,
        amount=milestone.amount,
        planned_date=milestone.planned_date,
        evidence_type=proof.type if proof else None,
    )


def _commercials(contract: terms.Contract, before: date | None) -> Commercials:
    cap = contract.nte_cap
    return Commercials(
        currency=contract.currency,
        billing_model=_MODELS.get(contract.billing_model, contract.billing_model),
        total_value=_total(contract),
        discount_percent=contract.discount_pct,
        not_to_exceed=NotToExceed(cap, contract.nte_scope) if cap is not None else None,
        rate_schedule=tuple(Rate(role, price) for role, price in contract.rates.items()),
        recurring=_recurring(contract),
        payment_terms_days=contract.terms_days,
        expenses="BILLABLE_AT_COST" if contract.expenses == "billable at cost" else None,
        opening_balance=_opening(contract, before),
        advance_payment=_advance(contract.down_payment),
        tax=Tax(contract.tax.category, contract.tax.rate) if contract.tax else None,
        planned_cost=contract.eac_cost,
        revenue_method=contract.revenue_method,
        invoicing=Invoicing(
            contract.invoicing.detail.upper(),
            tuple(each.upper() for each in contract.invoicing.backup),
        )
        if contract.invoicing
        else None,
    )


def _opening(contract: terms.Contract, before: date | None) -> OpeningBalance | None:
    """Return what was billed before the month; what began earlier is billed until then."""
    billed = contract.billed_to_date
    begun = before is not None and contract.effective.start <= before
    if billed is None and not begun:
        return None
    return OpeningBalance(billed or Decimal(0), before)


def _advance(first: terms.DownPayment | None) -> AdvancePayment | None:
    return AdvancePayment(first.amount, first.invoiced_on) if first else None


def _total(contract: terms.Contract) -> Decimal | None:
    if contract.monthly is not None and contract.term_months is not None:
        return contract.monthly * contract.term_months
    return contract.total_value or contract.price


def _recurring(contract: terms.Contract) -> Recurring | None:
    if contract.monthly is None:
        return None
    return Recurring(
        monthly_fee=contract.monthly,
        included_hours=contract.included_hours,
        overage_rate=contract.overage_rate,
        rollover=contract.rollover,
        carry_over_months=contract.rollover_months,
        term_months=contract.term_months,
        in_advance=contract.billing == "in advance",
    )
