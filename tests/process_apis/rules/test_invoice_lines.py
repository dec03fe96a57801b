"""What an invoice bills, line by line: pure rules."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from process_apis.project_to_cash.rules import order_on, prepare
from system_apis.canonical.billing import LineKind, PostingTerms
from system_apis.canonical.money import Money
from system_apis.canonical.time import EntryStatus
from tests.process_apis.billing_facts import (
    HALF_EVEN,
    HALF_UP,
    NOON,
    contract,
    entry,
    expense,
    facts,
    nets,
    order,
    shares,
)

TIME, EXPENSES = LineKind.TIME, LineKind.EXPENSES


def test_each_person_has_a_line_for_each_rate() -> None:
    """Hours of one person at one rate are one line, in the order of the people's numbers."""
    prepared = prepare(
        facts(
            entry("8", "E2", "Consultant", 1),
            entry("8", "E1", "Principal", 2),
            entry("2", "E1", "Consultant", 3),
            entry("4.5", "E1", "Principal", 4),
        ),
        HALF_UP,
    )

    lines = [(each.employee, each.quantity, each.net.amount) for each in prepared.draft.lines]
    assert lines == [
        ("E1", Decimal(2), "320.00"),
        ("E1", Decimal("12.5"), "3500.00"),
        ("E2", Decimal(8), "1280.00"),
    ]


def test_two_roles_at_one_rate_are_one_line() -> None:
    """The line is per rate: two half hours of half a cent are rounded once, not twice."""
    agreed = contract(rates={"Architect": "187.50", "Lead": "187.5"})
    worked = facts(
        entry("2.75", role="Architect", number=1),
        entry("2.75", role="Lead", number=2),
        agreed=agreed,
    )

    [line] = prepare(worked, HALF_UP).draft.lines

    assert (line.quantity, line.net) == (Decimal("5.50"), Money("1031.25", "USD"))
    assert line.description == "Architect, Lead, 5.5 h"


def test_lines_are_the_same_in_whatever_order_the_entries_come() -> None:
    """A check repeated on the same facts prepares the same invoice."""
    entries = [entry("0.35", number=each) for each in range(1, 6)]
    agreed = contract(rates={"Principal": "99.99"})

    forth = prepare(facts(*entries, agreed=agreed), HALF_UP)
    back = prepare(facts(*reversed(entries), agreed=agreed), HALF_UP)

    assert forth == back


@pytest.mark.parametrize(("terms", "net"), [(HALF_UP, "515.63"), (HALF_EVEN, "515.62")])
def test_a_line_is_rounded_once_as_the_posting_erp_rounds(terms: PostingTerms, net: str) -> None:
    """2.75 h x 187.50 is half a cent, and the ERP says which way it goes."""
    agreed = contract(rates={"Principal": "187.50"})

    [line] = prepare(facts(entry("2.75"), agreed=agreed), terms).draft.lines

    assert line.net.amount == net


@pytest.mark.parametrize("terms", [HALF_UP, HALF_EVEN])
def test_the_shares_of_the_entries_make_up_the_line(terms: PostingTerms) -> None:
    """Three times 0.35 h x 99.99 is one line of 104.99; no entry's share is lost to rounding."""
    agreed = contract(rates={"Principal": "99.99"})
    entries = [entry("0.35", number=each) for each in (1, 2, 3)]

    [line] = prepare(facts(*entries, agreed=agreed), terms).billed

    assert line.line.net.amount == "104.99"
    assert [each.amount.amount for each in line.sources] == ["35.00", "34.99", "35.00"]
    assert shares(line) == line.line.net


@pytest.mark.parametrize(
    ("currency", "rate", "hours", "net"),
    [("JPY", "15000.5", "1.25", "18751"), ("KWD", "45.1235", "2.5", "112.809")],
)
def test_a_line_has_the_decimals_of_its_currency(
    currency: str, rate: str, hours: str, net: str
) -> None:
    """Yen have no decimals, dinars three."""
    agreed = contract(rates={"Principal": rate}, currency=currency, tax="0.1")

    prepared = prepare(facts(entry(hours), agreed=agreed), HALF_UP)

    assert prepared.draft.net == Money(net, currency)
    assert shares(prepared.billed[0]) == prepared.draft.net
    assert prepared.draft.gross == prepared.draft.net + prepared.draft.tax


@pytest.mark.parametrize(
    "status", [each for each in EntryStatus if each not in {"approved", "locked"}]
)
def test_what_is_not_approved_is_not_billed(status: EntryStatus) -> None:
    """Only approved and locked rows reach an invoice."""
    prepared = prepare(
        facts(entry("8", status=status), expenses=(expense("42.50", status=status),)), HALF_UP
    )

    assert prepared.draft.lines == ()
    assert prepared.draft.gross == Money.zero("USD")


def test_work_that_is_not_billable_or_has_no_rate_is_on_no_line() -> None:
    """Rework and roles that nobody agreed a rate for are never billed, least of all at zero."""
    prepared = prepare(
        facts(
            entry("8", billable=False), entry("8", role="Stranger", number=2), entry("1", number=3)
        ),
        HALF_UP,
    )

    assert nets(prepared) == [(TIME, "280.00")]
    assert [each.source_id for each in prepared.billed[0].sources] == [entry("1", number=3).id]


def test_expenses_are_one_line_at_cost() -> None:
    """What is billable and approved is added up; each expense is a source of its own."""
    spent = (expense("420", 1), expense("42.50", 2), expense("95", 3, billable=False))

    prepared = prepare(facts(entry("1"), expenses=spent), HALF_UP)

    assert nets(prepared) == [(TIME, "280.00"), (EXPENSES, "462.50")]
    assert [each.amount.amount for each in prepared.billed[1].sources] == ["420.00", "42.50"]


def test_expenses_are_left_out_when_the_contract_bills_none() -> None:
    """The contract says whether the client pays for expenses."""
    agreed = contract(expenses_billable=False)

    prepared = prepare(facts(entry("1"), agreed=agreed, expenses=(expense("420"),)), HALF_UP)

    assert nets(prepared) == [(TIME, "280.00")]


def test_an_invoice_is_issued_on_its_planned_date_on_the_contracts_terms() -> None:
    """Dates, client, tax and order come from the event, the contract and what was received."""
    agreed = replace(contract(tax="0.19", orders=(order("PO-1", "1000"),)), payment_terms_days=45)

    draft = prepare(facts(entry("1"), agreed=agreed), HALF_UP).draft

    assert (draft.issue_date, draft.due_date) == (date(2026, 10, 31), date(2026, 12, 15))
    assert (draft.client_number, draft.purchase_order) == ("CL-1", "PO-1")
    assert (draft.tax_category, draft.tax, draft.gross) == (
        "S",
        Money("53.20", "USD"),
        Money("333.20", "USD"),
    )


def test_the_order_that_came_first_and_still_holds_is_named() -> None:
    """An order is named until it expires; then the next one is."""
    first = order("PO-1", "100", date(2026, 10, 30), NOON.replace(day=1))
    second = order("PO-2", "100", date(2026, 12, 31), NOON.replace(day=2))
    agreed = contract(orders=(second, first))

    assert order_on(agreed, date(2026, 10, 30)) == "PO-1"
    assert order_on(agreed, date(2026, 10, 31)) == "PO-2"
    assert order_on(agreed, date(2027, 1, 1)) is None
