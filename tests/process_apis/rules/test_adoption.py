"""What an invoice of another hand bills, and whether it is from before our time."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from process_apis.adoption import documents, rules
from process_apis.adoption.records import NamedSources
from process_apis.opportunity_to_project.planned import planned_events
from process_apis.project_to_cash.records import InvoiceStage, SourceType
from system_apis.canonical.billing import Invoice, InvoiceStatus, LineKind
from system_apis.canonical.contracts import (
    BillingModel,
    Contract,
    MilestoneTerms,
    RecurringTerms,
)
from system_apis.canonical.money import Money, Price
from system_apis.canonical.time import EntryStatus
from tests.process_apis.billing_facts import (
    HALF_UP,
    SOURCE,
    contract,
    entry,
    expense,
    id_of,
    shares,
)

OCTOBER = NamedSources(
    period_start=date(2026, 10, 1), period_end=date(2026, 10, 31), whole_period=True
)


def invoice(net: str, *, on: date = date(2026, 10, 31), currency: str = "USD") -> Invoice:
    """Return an invoice that a clerk posted, with a tenth of tax."""
    amount = Money.of(net, currency)
    tax = Money.of(amount.value / 10, currency)
    return Invoice(
        id=id_of("inv"),
        number="INV-7",
        reference=None,
        legal_entity="US",
        client_number="CL-1",
        project_number="P-1",
        currency=currency,
        status=InvoiceStatus.POSTED,
        issue_date=on,
        due_date=None,
        net=amount,
        tax=tax,
        gross=amount + tax,
        paid=Money.zero(currency),
        source=SOURCE,
    )


@pytest.mark.parametrize(
    ("issued", "before"),
    [
        (date(2026, 8, 31), True),
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),
    ],
)
def test_what_the_contract_calls_billed_is_from_before_our_time(issued: date, before: bool) -> None:
    """An invoice until `billed_until` is in the opening balance; one after it is looked at."""
    agreed = replace(
        contract(), billed_to_date=Money.of("100", "USD"), billed_until=date(2026, 9, 30)
    )

    assert rules.is_before_us(invoice("1", on=issued), agreed, None) is before


@pytest.mark.parametrize(
    ("taken_on", "before"), [(None, True), (date(2026, 11, 1), True), (date(2026, 10, 1), False)]
)
def test_without_a_contract_it_counts_whether_the_clients_work_was_ours(
    taken_on: date | None, before: bool
) -> None:
    """Who writes to a client whose work we carry is asked what it is for."""
    assert rules.is_before_us(invoice("1"), None, taken_on) is before


def test_a_whole_period_is_all_that_is_approved_and_billable() -> None:
    """What is undecided or not billable is left for our own invoice, or for none."""
    rows = (
        entry("8", number=1),
        entry("8", number=2, status=EntryStatus.SUBMITTED),
        entry("8", number=3, billable=False),
    )

    chosen, missing = rules.named(rules.Sources(entries=rows, expenses=(expense("5"),)), OCTOBER)

    assert [each.number for each in chosen.entries] == ["TE-1"]
    assert [each.number for each in chosen.expenses] == ["EX-1"]
    assert missing == []


def test_a_source_that_there_is_not_is_named() -> None:
    """A number that is no approved source of the period is an obstacle with a remedy."""
    wish = replace(OCTOBER, whole_period=False, time_entries=("TE-1", "TE-9"))

    chosen, [missing] = rules.named(rules.Sources(entries=(entry("8", number=1),)), wish)

    assert [each.number for each in chosen.entries] == ["TE-1"]
    assert (missing.code, "TE-9" in missing.reason) == ("SOURCE_NOT_FOUND", True)


def test_an_adopted_document_keeps_the_totals_of_the_books() -> None:
    """What its sources miss is a line of its own, whose allocation names no work."""
    agreed = contract()
    found = rules.worth(agreed, rules.Sources(entries=(entry("10"),)), HALF_UP)

    document = documents.adopted(agreed, invoice("3000"), found, OCTOBER, instance="erp")

    draft = document.invoice.draft
    assert [(each.kind, each.net.amount) for each in draft.lines] == [
        (LineKind.TIME, "2800.00"),
        (LineKind.ADOPTED, "200.00"),
    ]
    assert (draft.net.amount, draft.tax.amount, draft.gross.amount) == (
        "3000.00",
        "300.00",
        "3300.00",
    )
    assert [each.source_type for line in document.sources for each in line] == [
        SourceType.TIME_ENTRY,
        SourceType.ADOPTED,
    ]
    assert document.invoice.stage is InvoiceStage.POSTED


def test_another_amount_than_the_sources_needs_a_reason() -> None:
    """Nobody adopts an unexplained difference; with a reason it passes."""
    agreed = contract()
    found = rules.worth(agreed, rules.Sources(entries=(entry("10"),)), HALF_UP)

    refused = documents.obstacles(agreed, invoice("3000"), found, difference=None)
    accepted = documents.obstacles(agreed, invoice("3000"), found, difference="a flat fee")

    assert [each.code for each in refused] == ["SOURCES_DIFFER"]
    assert accepted == []


@pytest.mark.parametrize("status", [InvoiceStatus.DRAFT, InvoiceStatus.VOID])
def test_only_what_stands_in_the_books_is_adopted(status: InvoiceStatus) -> None:
    """A draft is posted first; what is void bills nothing."""
    found = rules.worth(contract(), rules.Sources(), HALF_UP)

    told = documents.obstacles(
        contract(), replace(invoice("0"), status=status), found, difference=None
    )

    assert [each.code for each in told] == ["NOT_POSTED"]


def _subscription() -> Contract:
    fee = RecurringTerms(monthly_fee=Money.of("18000", "USD"))
    return replace(contract(), billing_model=BillingModel.SUBSCRIPTION, recurring=fee)


def _retainer() -> Contract:
    terms = RecurringTerms(
        monthly_fee=Money.of("10000", "USD"),
        included_hours=Decimal(5),
        overage_rate=Price("100", "USD"),
    )
    return replace(contract(), billing_model=BillingModel.RETAINER, recurring=terms)


def _fixed() -> Contract:
    parts = tuple(
        MilestoneTerms(number, Money.of("500", "USD"), day)
        for number, day in (("M1", date(2026, 10, 15)), ("M2", date(2026, 11, 15)))
    )
    return replace(contract(), billing_model=BillingModel.FIXED_FEE, milestones=parts)


@pytest.mark.parametrize(
    ("agreed", "net", "sources"),
    [
        (_subscription(), "18000.00", [SourceType.FEE_PERIOD]),
        (_retainer(), "10300.00", [SourceType.FEE_PERIOD, SourceType.TIME_ENTRY]),
        (_fixed(), "500.00", [SourceType.MILESTONE]),
    ],
    ids=["subscription", "retainer", "fixed fee"],
)
def test_a_fee_or_milestone_that_was_billed_by_hand_leaves_nothing_planned(
    agreed: Contract, net: str, sources: list[SourceType]
) -> None:
    """The planned billing event of the period is settled, and no other."""
    planned = tuple(planned_events(agreed, "CL-1"))
    chosen, _ = rules.named(rules.Sources(entries=(entry("8"),), planned=planned), OCTOBER)

    found = rules.worth(agreed, chosen, HALF_UP)
    document = documents.adopted(agreed, invoice(net), found, OCTOBER, instance="erp")

    billed = [each.source_type for line in document.sources for each in line]
    assert found.net("USD").amount == net
    assert billed == sources
    assert all(shares(line) == line.line.net for line in found.lines)
    [settled] = [each for each in planned if each.id in document.settles]
    assert (
        date(2026, 10, 1)
        <= (settled.planned_date if settled.milestone else settled.period_start)
        <= date(2026, 10, 31)
    )
