"""What a credit note takes back: for exactly what was billed, and in the ERP's own arithmetic."""

from datetime import date
from decimal import Decimal

import pytest

from process_apis.project_to_cash.credit_records import HeldWork, StandingSource
from process_apis.project_to_cash.credits import rules as credit_rules
from process_apis.project_to_cash.invoicing import invoice_lines as lines
from process_apis.project_to_cash.records import SourceType
from process_apis.project_to_cash.rules import prepare
from system_apis.canonical.billing import InvoiceLine, LineKind, PostingTerms
from system_apis.canonical.money import Money
from tests.process_apis.billing_facts import (
    HALF_EVEN,
    HALF_UP,
    contract,
    entry,
    expense,
    facts,
    hours_line,
    id_of,
)
from tests.process_apis.owing_facts import posted


def _source(
    number: str,
    quantity: str,
    line: InvoiceLine,
    amount: str,
    *,
    row: int = 1,
    kind: SourceType = SourceType.TIME_ENTRY,
) -> StandingSource:
    return StandingSource(
        row=row,
        line=0,
        source_type=kind,
        source_id=f"id-{number}",
        source_number=number,
        quantity=Decimal(quantity),
        approved=Decimal(quantity),
        unit_rate=line.unit_price,
        amount=Money.of(amount, line.net.currency),
    )


def test_hours_are_credited_as_hours_at_their_rate() -> None:
    """Two entries of a line are one credit line with the sum of their hours."""
    line = hours_line("24", "160", HALF_UP)
    rows = [_source("TE-1", "8", line, "1280"), _source("TE-2", "8", line, "1280", row=2)]
    [credited] = credit_rules.work_lines(rows, [line], HALF_UP)

    assert (credited.line.quantity, credited.line.unit_price) == (Decimal(16), line.unit_price)
    assert credited.line.net == Money("2560.00", "EUR")
    assert credited.line.description == "Credit of TE-1, TE-2"
    assert [(each.source.row, each.amount.amount) for each in credited.taken] == [
        (1, "1280.00"),
        (2, "1280.00"),
    ]


def test_a_share_that_the_erp_would_round_otherwise_is_credited_as_a_lump() -> None:
    """The entry that took 34.99 of 104.99 is credited with 34.99, not with 0.35 h x 99.99."""
    line = hours_line("1.05", "99.99", HALF_UP)
    [credited] = credit_rules.work_lines([_source("TE-1", "0.35", line, "34.99")], [line], HALF_UP)

    assert (credited.line.quantity, credited.line.net) == (Decimal(1), Money("34.99", "EUR"))
    assert credited.line.unit_price.amount == "34.99"


@pytest.mark.parametrize("terms", [HALF_UP, HALF_EVEN])
def test_an_expense_is_credited_at_what_was_billed(terms: PostingTerms) -> None:
    """Its credit names the expense by its number."""
    month = prepare(facts(entry("1"), expenses=(expense("42.50", 7),)), terms)
    billed = month.billed[-1]
    spent = billed.sources[0]
    row = _source("EX-7", "42.50", billed.line, "42.50", kind=SourceType.EXPENSE_LINE)
    [credited] = credit_rules.work_lines([row], [billed.line], terms)

    assert spent.source_number == "EX-7"
    assert (credited.line.kind, credited.line.net.amount) == (LineKind.EXPENSES, "42.50")


def test_what_an_invoice_does_not_bill_cannot_be_credited() -> None:
    """The refusal names the field, what is wrong with it, and what would be right."""
    line = hours_line("8", "160", HALF_UP)
    billed = [_source("TE-1", "8", line, "1280")]
    with pytest.raises(ValueError, match=r"`sources`: TE-9 is not billed .* name what it bills"):
        credit_rules.chosen(billed, ["TE-1", "TE-9"])


def test_the_adjustment_to_a_cap_is_no_source_to_credit() -> None:
    """What was never billed is not given back."""
    line = hours_line("8", "160", HALF_UP)
    work = _source("TE-1", "8", line, "1280")
    off = _source("nte_adjustment", "1", line, "-100", kind=SourceType.ADJUSTMENT)
    with pytest.raises(ValueError, match="nte_adjustment"):
        credit_rules.chosen([work, off], ["nte_adjustment"])


def test_a_missed_service_level_credits_a_share_of_the_fee() -> None:
    """Five percent of 18,000.00, and no more than still stands of it."""
    line = posted("INV-1", "18000", kind=LineKind.SUBSCRIPTION).draft.lines[0]
    whole = _source("subscription", "1", line, "18000", kind=SourceType.FEE_PERIOD)
    rest = _source("subscription", "0.01", line, "180", kind=SourceType.FEE_PERIOD)
    [five] = credit_rules.service_lines([whole], [line], Decimal(5), HALF_UP)
    [most] = credit_rules.service_lines([rest], [line], Decimal(5), HALF_UP)

    assert (five.line.kind, five.line.net.amount) == (LineKind.SERVICE_CREDIT, "900.00")
    assert [(each.quantity, each.amount.amount) for each in five.taken] == [
        (Decimal("0.05"), "900.00")
    ]
    assert (most.line.net.amount, most.taken[0].quantity) == ("180.00", Decimal("0.01"))


def _held(row: int, amount: str) -> HeldWork:
    return HeldWork(
        row=row,
        billing_event_id=id_of("be", row),
        contract_id=id_of("ct"),
        contract_number="CT-1",
        legal_entity="US",
        period_start=date(2026, row, 1),
        amount=Money(amount, "USD"),
    )


@pytest.mark.parametrize(
    ("room", "released"),
    [("0.00", []), ("99.99", [8]), ("100.00", [8]), ("100.01", [8, 9]), (None, [8, 9])],
)
def test_held_work_is_taken_up_oldest_first_while_there_is_room(
    room: str | None, released: list[int]
) -> None:
    """August's hundred before September's; the line says whose month it was."""
    held = [_held(8, "100.00"), _held(9, "50.00")]
    found = lines.released(held, Money(room, "USD") if room else None)

    assert [each.sources[0].reverses for each in found] == released
    assert all(each.sources[0].effect == each.line.net for each in found)
    assert [each.line.description[:15] for each in found] == [
        f"Work of 2026-0{month}" for month in released
    ]


def test_a_credit_note_is_never_dated_before_its_invoice() -> None:
    """Told early, it has the invoice's own day, and it names the invoice (BT-25)."""
    invoice = posted("INV-1", "1280")
    line = invoice.draft.lines[0]
    lines = credit_rules.work_lines([_source("M1", "1", line, "1280")], [line], HALF_UP)
    early = credit_rules.draft(invoice, lines, HALF_UP, on=date(2020, 1, 1), reason="x")
    late = credit_rules.draft(invoice, lines, HALF_UP, on=date(2030, 1, 1), reason="x")

    assert (early.issue_date, late.issue_date) == (invoice.draft.issue_date, date(2030, 1, 1))
    assert early.invoice_number == "INV-1"
    assert early.gross == invoice.draft.gross


def test_the_agreed_price_follows_the_contract_not_the_credit() -> None:
    """A credit's unit price is the invoice's, whatever the contract says by now."""
    agreed = contract(rates={"Principal": "280"})
    [line] = prepare(facts(entry("8"), agreed=agreed), HALF_UP).draft.lines
    [credited] = credit_rules.work_lines([_source("TE-1", "8", line, "2240")], [line], HALF_UP)

    assert credited.line.unit_price == line.unit_price
