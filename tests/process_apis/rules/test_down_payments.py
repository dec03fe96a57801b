"""Down payments: invoiced once, taken off until used up, and no invoice forgets them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from process_apis.opportunity_to_project.rules import billing_plan
from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.invoicing.down_payments import Deposit, deposit, taken_off
from process_apis.project_to_cash.readiness.blockers import blockers
from process_apis.project_to_cash.records import BillingKind, InvoiceStage, SourceType
from process_apis.project_to_cash.rules import Prepared, prepare
from system_apis.canonical.billing import LineKind
from system_apis.canonical.contracts import Contract, DownPaymentTerms
from system_apis.canonical.money import Money
from tests.process_apis.billing_facts import HALF_EVEN, HALF_UP, contract, entry, facts, shares
from tests.process_apis.owing_facts import posted

quietly = settings(max_examples=100, deadline=None, database=None)


def agreed(amount: str, on: date = date(2026, 8, 25), tax: str = "0.19") -> Contract:
    """Return time and materials with a down payment before the work begins."""
    first = DownPaymentTerms(Money.of(amount, "USD"), on)
    return replace(contract(tax=tax), down_payment=first)


def month(under: Contract, hours: str, held: Deposit | None) -> BillingFacts:
    return replace(facts(entry(hours), agreed=under), deposit=held)


def money(amount: str) -> Money:
    return Money.of(amount, "USD")


def lines(prepared: Prepared) -> list[tuple[LineKind, str]]:
    return [(each.kind, each.net.amount) for each in prepared.draft.lines]


def reasons(found: BillingFacts) -> list[str]:
    prepared = prepare(found, HALF_UP)
    return [each.reason for each in blockers(found, prepared.draft, prepared.over_cap)]


def test_a_down_payment_is_planned_first_and_once() -> None:
    """On its own day, beside the months."""
    plan = billing_plan(agreed("500"))

    assert [each.planned_date for each in plan if each.is_down_payment] == [date(2026, 8, 25)]
    assert len(plan) == len(billing_plan(contract())) + 1


def test_the_down_payment_is_invoiced_with_the_contracts_tax() -> None:
    """Before the contract's first day, and outside its cap."""
    found = month(replace(agreed("500"), nte_cap=money("100")), "0.25", None)
    event = replace(found.event, kind=BillingKind.DOWN_PAYMENT, period_start=date(2026, 8, 25))
    first = replace(found, event=event)
    prepared = prepare(first, HALF_UP)

    assert lines(prepared) == [(LineKind.DOWN_PAYMENT, "500.00")]
    assert (prepared.draft.tax.amount, prepared.over_cap.amount) == ("95.00", "0.00")
    assert "CONTRACT_NOT_ACTIVE" not in reasons(first)


@pytest.mark.parametrize(
    ("applied", "taken"), [("0", "280.00"), ("300", "200.00"), ("500", "0.00")]
)
def test_an_invoice_takes_off_what_is_left_and_no_more_than_itself(
    applied: str, taken: str
) -> None:
    """Of 500, one hour of 280 takes what is left."""
    prepared = prepare(month(agreed("500"), "1", Deposit(money("500"), money(applied))), HALF_UP)

    assert taken_off(prepared.draft).amount == taken
    assert prepared.draft.net == money("280") - money(taken)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (None, ["DOWN_PAYMENT_NOT_INVOICED"]),
        (Deposit(money("0"), money("0")), ["DOWN_PAYMENT_NOT_INVOICED"]),
        (Deposit(money("500"), money("0")), []),
        (Deposit(money("500"), money("500")), []),
    ],
)
def test_work_waits_until_the_down_payment_is_in_the_books(
    held: Deposit | None, expected: list[str]
) -> None:
    """Paid or not: a client that owes it has it taken off all the same."""
    assert reasons(month(agreed("500"), "1", held)) == expected


def test_a_down_payment_of_a_later_day_keeps_nothing_back() -> None:
    """It is not due yet."""
    assert reasons(month(agreed("500", on=date(2026, 12, 1)), "1", None)) == []


def test_an_invoice_that_forgets_the_down_payment_is_blocked() -> None:
    """Whoever drafted it."""
    found = month(agreed("500"), "1", Deposit(money("500"), money("0")))
    forgetful = prepare(replace(found, deposit=None), HALF_UP).draft

    blocked = blockers(found, forgetful, money("0"))

    assert [(each.code, each.reason) for each in blocked] == [("B16", "DOWN_PAYMENT_NOT_APPLIED")]


def test_what_is_left_follows_from_the_contracts_standing_invoices() -> None:
    """A draft of the deposit is not in the books; a draft that takes off has taken."""
    kind, waiting = LineKind.DOWN_PAYMENT, InvoiceStage.PENDING_APPROVAL
    invoices = [
        posted("INV-1", "500", kind=kind),
        posted("INV-2", "70", kind=kind, stage=waiting),
        posted("INV-3", "-300", kind=LineKind.DOWN_PAYMENT_APPLIED, stage=waiting),
        posted("INV-4", "900"),
    ]

    held = deposit(invoices, "USD")

    assert (held.posted, held.applied, held.left) == (money("500"), money("300"), money("200"))


@quietly
@given(
    st.integers(1, 10**6),
    st.lists(st.integers(1, 300), min_size=1, max_size=8),
    st.sampled_from(["0", "0.05", "0.077", "0.19"]),
)
def test_a_down_payment_is_used_up_exactly_and_never_beyond(
    cents: int, quarters: list[int], tax: str
) -> None:
    """Over a project's months: what is taken off is the deposit, or all of the work."""
    amount = Money.of(Decimal(cents) / 100, "USD")
    held = Deposit(amount, money("0"))
    worked = money("0")
    for each in quarters:
        found = month(agreed(amount.amount, tax=tax), str(Decimal(each) / 4), held)
        prepared = prepare(found, HALF_EVEN)
        work = [b for b in prepared.billed if b.line.kind is LineKind.TIME]
        worked += Money.total((b.line.net for b in work), "USD")
        held = Deposit(amount, held.applied + taken_off(prepared.draft))

        assert prepared.draft.net.value >= 0
        assert [shares(b) for b in prepared.billed] == [b.line.net for b in prepared.billed]
        sources = [s for b in prepared.billed for s in b.sources]
        assert all(0 <= s.quantity <= s.approved for s in sources)
        assert {s.source_id for s in sources if s.source_type is SourceType.DOWN_PAYMENT} == set()

    assert held.applied == min(amount, worked)
