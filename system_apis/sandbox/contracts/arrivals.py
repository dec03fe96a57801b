"""When what the firm agreed shows: signed when signed, orders and evidence when they arrived."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec
from msgspec import structs

from system_apis.sandbox import firm as facts
from system_apis.sandbox import terms
from system_apis.sandbox.books import Fact
from system_apis.sandbox.contracts.records import (
    AdvancePayment,
    Agreement,
    Commercials,
    Deliverable,
    Evidence,
    Lifecycle,
    NotToExceed,
    OpeningBalance,
    Rate,
    ReceivedOrder,
    Recurring,
    Tax,
)

_MODELS = {"T&M": "TIME_AND_MATERIALS"}


def arrivals(firm: facts.Firm) -> Iterator[Fact]:
    """Yield everything that the contract system will come to know."""
    before = firm.period.start - timedelta(days=1) if firm.period else None
    for count, contract in enumerate(firm.agreements, start=1):
        yield from _agreement(contract, f"agr-{count:04d}", before)


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
        lifecycle=draft,
        commercials=_commercials(contract, before),
        order_required=contract.po_required,
        deliverables=_deliverables(contract, None),
        notice_business_days=contract.client_notice_business_days,
    )
    yield Fact(None, "agreement", record, msgspec.json.encode(unsigned))
    if contract.signed_at is not None:
        signed = structs.replace(draft, state="SIGNED", signed_at=contract.signed_at)
        patch = {"lifecycle": signed, "document": contract.document}
        yield Fact(contract.signed_at, "agreement", record, msgspec.json.encode(patch))
    yield from _received(contract, record)


def _received(contract: terms.Contract, record: str) -> Iterator[Fact]:
    order = contract.purchase_order
    arrived = (order.received_at or contract.signed_at) if order else None
    if order is not None and arrived is not None:
        sent = ReceivedOrder(order.number, order.amount, order.valid_to, arrived)
        yield Fact(arrived, "agreement", record, msgspec.json.encode({"orders": (sent,)}))
    proofs = [each.evidence for each in contract.milestones if each.evidence is not None]
    for at in sorted({each.received_at for each in proofs if each.received_at is not None}):
        patch = msgspec.json.encode({"deliverables": _deliverables(contract, at)})
        yield Fact(at, "agreement", record, patch)


def _deliverables(contract: terms.Contract, at: datetime | None) -> tuple[Deliverable, ...]:
    return tuple(_deliverable(each, at) for each in contract.milestones)


def _deliverable(milestone: terms.Milestone, at: datetime | None) -> Deliverable:
    proof = milestone.evidence
    here = proof and at and proof.received_at and proof.received_at <= at
    return Deliverable(
        deliverable_id=milestone.id,
        amount=milestone.amount,
        planned_date=milestone.planned_date,
        evidence_type=proof.type if proof else None,
        evidence=Evidence(proof.type, proof.document, proof.received_at)
        if proof and here
        else None,
    )


def _commercials(contract: terms.Contract, before: date | None) -> Commercials:
    cap, billed = contract.nte_cap, contract.billed_to_date
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
        opening_balance=OpeningBalance(billed, before) if billed is not None else None,
        advance_payment=_advance(contract.down_payment),
        tax=Tax(contract.tax.category, contract.tax.rate) if contract.tax else None,
        planned_cost=contract.eac_cost,
        revenue_method=contract.revenue_method,
    )


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
