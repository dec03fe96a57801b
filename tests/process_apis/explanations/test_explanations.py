"""Every number of an explanation is what its parts make up, whatever the firm."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from process_apis.explanations.invoices import InvoiceFacts, why_invoice
from process_apis.explanations.revenue import RevenueGrounds, why_revenue
from process_apis.explanations.tree import (
    Explanation,
    Fact,
    Part,
    does_not_add_up,
    explanation,
    facts,
)
from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.records import ClientInvoice, Grounds, InvoiceStage
from process_apis.project_to_cash.rules import prepare
from process_apis.revenue.books.differences import entries
from process_apis.revenue.figures.facts import Dated, RevenueFacts
from process_apis.revenue.figures.standing import month_earned
from process_apis.revenue.records import EntryKind
from system_apis.canonical.billing import LineKind, PostingTerms
from system_apis.canonical.money import Money
from system_apis.canonical.revenue import RevenueMethod
from tests.process_apis.billing_facts import id_of
from tests.process_apis.revenue_facts import (
    OCTOBER,
    SEPTEMBER,
    at_rates,
    fixed,
    judged,
    line,
    recurring,
    usd,
    worked,
)
from tests.process_apis.rules.test_invoice_properties import months, terms

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
quietly = settings(max_examples=60, deadline=None, database=None)
REVENUE = {
    "hours at rates": at_rates(
        lines=(line("800"), line("-50", LineKind.NTE_ADJUSTMENT), line("20", LineKind.EXPENSES)),
        worked=(worked("4"),),
    ),
    "a share of the cost": fixed(),
    "a milestone": fixed(RevenueMethod.OUTPUT_MILESTONE),
    "a fee with overage": recurring(lines=(line("90", LineKind.OVERAGE),)),
    "a fee with a service credit": recurring(given_back=(Dated(OCTOBER, usd("155")),)),
    "what was earned before": fixed(worked=(worked("10", SEPTEMBER), worked("10"))),
}


def explained(month: BillingFacts, declared: PostingTerms, *, at: int | None = None) -> Explanation:
    """Return why the invoice of a month is what it is, posted as it was drafted."""
    prepared = prepare(month, declared)
    invoice = ClientInvoice(
        id=id_of("inv"),
        billing_event_id=month.event.id,
        version=1,
        stage=InvoiceStage.POSTED,
        draft=prepared.draft,
        reference="INV:1",
        project_manager="U-1",
        instance="erp",
        number="INV-1",
        posted=prepared.draft.gross,
        grounds=Grounds(
            contract_version=3,
            read_at=NOW,
            rates=month.contract.rates,
            cap=month.contract.nte_cap,
            billed_before=month.billed,
            rounding=declared.rounding,
            tax_rounding=declared.tax_rounding,
            policy_version=1,
            electronic_version=4,
        ),
    )
    known = InvoiceFacts(
        invoice=invoice,
        event=month.event,
        contract=replace(month.contract, version=7),
        sources=[each.sources for each in prepared.billed],
        entries={each.id: each for each in month.entries},
        expenses={each.id: each for each in month.expenses},
        credits=[],
    )
    return explanation("invoice INV-1", why_invoice(known, (), line=at))


@quietly
@given(months(), terms)
def test_every_number_of_an_invoice_is_what_its_parts_make_up(
    month: BillingFacts, declared: PostingTerms
) -> None:
    """The gross of net and tax, the net of lines, each line of its hours and expenses."""
    found = explained(month, declared)

    assert does_not_add_up(found.nodes) == []
    billed = [one for each in prepare(month, declared).billed for one in each.sources]
    hours = {f"time entry {one.source_number}" for one in billed if one.source_type == "time_entry"}
    assert {each.what for each in found.nodes if each.what.startswith("time entry")} == hours


@quietly
@given(months().filter(lambda month: bool(month.entries)), terms)
def test_hours_name_the_rate_and_the_version_of_the_contract_that_chose_it(
    month: BillingFacts, declared: PostingTerms
) -> None:
    """It is the version that was read when the invoice was drafted, whatever it is by now."""
    found = explained(month, declared, at=1)

    assert found.nodes[0].part_of is None
    [entry, *_] = [each for each in found.nodes if each.what.startswith("time entry")]
    role = next(fact.value for fact in entry.facts if fact.name == "role")
    agreed = f"the rate of {role} in {month.contract.number} version 3"
    assert Fact("rate by", agreed) in entry.facts


@quietly
@given(months(), terms)
def test_an_invoice_names_the_editions_of_the_terms_that_it_was_drafted_by(
    month: BillingFacts, declared: PostingTerms
) -> None:
    """Of its approval, and of where the law wants electronic invoices."""
    found = explained(month, declared)

    [rules] = [each for each in found.nodes if each.what == "rules"]
    assert Fact("approval policy version", "1") in rules.facts
    assert Fact("electronic invoices version", "4") in rules.facts


@pytest.mark.parametrize("what", REVENUE)
def test_every_number_of_revenue_is_what_its_parts_make_up(what: str) -> None:
    """What is booked is what its entries make up, and what is worked out now what its work does."""
    found = revenue(REVENUE[what], tells_costs=True)

    assert does_not_add_up(found.nodes) == []
    [now] = [each for each in found.nodes if each.what.startswith("worked out")]
    assert now.amount == found.nodes[0].amount
    assert any(each.part_of == now.number for each in found.nodes)


def test_what_cost_measured_is_told_to_who_may_see_costs_alone() -> None:
    """Neither the cost nor the share of it stands in an explanation for anybody else."""
    seen = revenue(fixed(), tells_costs=True)
    hidden = revenue(fixed(), tells_costs=False)

    told = {fact.name for each in seen.nodes for fact in each.facts}
    left = {fact.name for each in hidden.nodes for fact in each.facts}
    assert told - left == {"cost incurred", "estimate at completion", "share done"}
    assert "2,000.00" in str([fact.value for each in seen.nodes for fact in each.facts])
    assert "2,000.00 USD" not in [fact.value for each in hidden.nodes for fact in each.facts]


def test_a_loss_that_is_provided_for_is_told_to_who_may_see_costs_alone() -> None:
    """It is the cost above the price."""
    losing = fixed(estimate=Decimal(20000))

    def kinds(*, tells_costs: bool) -> set[str]:
        nodes = revenue(losing, tells_costs=tells_costs).nodes
        return {each.what.partition(": ")[2] for each in nodes if each.what.startswith("entry")}

    assert kinds(tells_costs=True) - kinds(tells_costs=False) == {EntryKind.LOSS_PROVISION}


def test_parts_that_make_up_something_else_are_named() -> None:
    """A number that is not what its parts make up is found, in money and in hours."""
    one = Part(what="one", amount=usd("10"), quantity=Decimal(1))
    wrong = Part(what="two", amount=usd("20"), quantity=Decimal(2), parts=(one,), because=(one,))
    right = Part(what="ten", amount=usd("10"), quantity=Decimal(1), parts=(one,))

    found = explanation("it", Part(what="all", parts=(wrong, right)))

    assert [each.what for each in does_not_add_up(found.nodes)] == ["two"]
    assert [each.part_of for each in found.nodes] == [None, 1, 2, 2, 1, 5]
    assert [each.adds for each in found.nodes] == [True, True, True, False, True, True]
    assert facts(in_="erp", of=None, hours=Decimal("1E+1")) == (
        Fact("in", "erp"),
        Fact("hours", "10"),
    )


def revenue(known: RevenueFacts, *, tells_costs: bool) -> Explanation:
    """Return why what a month earned is what was booked of it."""
    month = judged(known)
    booked = list(entries(month_earned(month, None, "USD"), [], by="process:revenue", at=NOW))
    grounds = RevenueGrounds(judged=month, entries=booked, invoices=[], tells_costs=tells_costs)
    found = explanation("revenue", why_revenue(grounds, ()))
    own = [each.amount for each in booked if each.kind is EntryKind.RECOGNIZED]
    assert found.nodes[0].amount == Money.total(own, "USD")
    return found
