"""Which differences between our invoice and a keyed one are told, and as what."""

from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from process_apis.project_to_cash import rules
from process_apis.shadow.differences import invoice_case
from process_apis.shadow.invoices import nearest
from process_apis.shadow.records import Verdict
from system_apis.canonical.billing import BookedLine, Invoice, InvoiceDraft
from system_apis.canonical.money import Money, Price
from tests.process_apis.billing_facts import HALF_UP, billing_event, contract, entry, facts
from tests.process_apis.rules.test_adoption import invoice


def _ours() -> InvoiceDraft:
    """Return an invoice of 10 h x 280 and 5 h x 160, at a tenth of tax."""
    rows = (entry("10"), entry("5", "E2", "Consultant", 2))
    return rules.prepare(facts(*rows, agreed=contract(tax="0.1")), HALF_UP).draft


def _theirs(*lines: tuple[str | None, str, str]) -> Invoice:
    """Return the same invoice as a clerk wrote it, of these people, hours and prices."""
    booked = tuple(
        BookedLine(
            description="as agreed",
            quantity=Decimal(quantity),
            unit_price=Price(price, "USD"),
            net=Money.of(Decimal(quantity) * Decimal(price), "USD"),
            employee=employee,
        )
        for employee, quantity, price in lines
    )
    net = Money.total((each.net for each in booked), "USD")
    written = invoice(net.amount)
    return replace(written, due_date=date(2026, 11, 30), lines=booked)


RIGHT = (("E1", "10", "280"), ("E2", "5", "160"))


def test_the_same_invoice_does_not_differ() -> None:
    """Neither in another order of its lines."""
    case = invoice_case(billing_event(), _ours(), [_theirs(*reversed(RIGHT))])

    assert (case.verdict, case.differences) == (Verdict.SAME, ())


def test_a_wrong_price_is_told_with_what_it_costs() -> None:
    """The line, the sums that follow from it, and nothing else."""
    case = invoice_case(billing_event(), _ours(), [_theirs(RIGHT[0], ("E2", "5", "150"))])

    told = {each.field: (each.amount.amount if each.amount else None) for each in case.differences}
    assert told == {"line E2": "-50.00", "net": "-50.00", "tax": "-5.00", "gross": "-55.00"}
    assert "price" in case.differences[0].reason


def test_hours_of_the_wrong_person_are_told() -> None:
    """The sums are right, and still two lines are not."""
    rows = (entry("10"), entry("5", "E2", "Principal", 2))
    ours = rules.prepare(facts(*rows, agreed=contract(tax="0.1")), HALF_UP).draft

    case = invoice_case(billing_event(), ours, [_theirs(("E1", "5", "280"), ("E2", "10", "280"))])

    assert [each.field for each in case.differences] == ["line E1", "line E2"]


def test_a_line_too_few_and_one_too_many_are_two_differences() -> None:
    """Work that was forgotten is named, and so is what nobody did."""
    case = invoice_case(billing_event(), _ours(), [_theirs(RIGHT[0], ("E9", "1", "300"))])

    lines = [each for each in case.differences if each.field.startswith("line")]
    assert [(each.field, each.ours is None, each.theirs is None) for each in lines] == [
        ("line E2", False, True),
        ("line E9", True, False),
    ]


def test_another_date_order_or_tax_is_told_by_name() -> None:
    """Each head field names what ours follows from."""
    written = replace(
        _theirs(*RIGHT),
        issue_date=date(2026, 11, 2),
        purchase_order="PO-9",
        tax=Money.of("0", "USD"),
        gross=Money.of("3600", "USD"),
    )

    case = invoice_case(billing_event(), _ours(), [written])

    assert {each.field for each in case.differences} == {
        "issue_date",
        "purchase_order",
        "tax",
        "gross",
    }


def test_two_invoices_for_one_period_are_told_and_taken_together() -> None:
    """Their lines together are right, so that only their number differs."""
    parts = [_theirs(RIGHT[0]), _theirs(RIGHT[1])]

    case = invoice_case(billing_event(), _ours(), parts)

    assert [each.field for each in case.differences] == ["invoices"]


def test_what_one_side_alone_wrote_is_no_comparison() -> None:
    """Missing on either side is a verdict of its own."""
    ours = invoice_case(billing_event(), _ours(), [])
    theirs = invoice_case(billing_event(), None, [_theirs(*RIGHT)])

    assert (ours.verdict, theirs.verdict) == (Verdict.ONLY_OURS, Verdict.ONLY_THEIRS)
    assert ours.theirs is None
    assert theirs.ours is None


def test_an_invoice_is_meant_for_the_period_planned_nearest() -> None:
    """Two days into November it is still October's."""
    october = billing_event()
    november = replace(october, planned_date=date(2026, 11, 30))

    assert nearest([october, november], invoice("1", on=date(2026, 11, 2))) == october
    assert nearest([], invoice("1")) is None
