"""What of a month waits is named kind by kind, with its owner, its remedy and its money."""

from datetime import UTC, date, datetime

from msgspec.structs import replace

from process_apis.exceptions.queue import ExceptionStatus, OpenException
from process_apis.procure_to_pay.records import Accrual
from process_apis.project_to_cash.records import EventStatus
from process_apis.revenue import waiting
from process_apis.revenue.records import Waiting
from system_apis.canonical.money import Money
from system_apis.canonical.procurement import BillStatus, VendorBill
from system_apis.canonical.time import EntryStatus
from tests.process_apis.billing_facts import SOURCE, billing_event, entry, expense, id_of

NOW = datetime(2026, 11, 2, tzinfo=UTC)


def _told(found: list[Waiting]) -> list[tuple[str, int, tuple[str, ...]]]:
    return [(each.code, each.count, tuple(map(str, each.amounts))) for each in found]


def _bill(number: str, status: BillStatus) -> VendorBill:
    nothing, hundred = Money.zero("EUR"), Money.of("100", "EUR")
    return VendorBill(
        id=id_of("bl"),
        number=number,
        vendor_id=id_of("vn"),
        legal_entity="US",
        currency="EUR",
        issue_date=date(2026, 10, 31),
        due_date=None,
        status=status,
        dispute_reason=None,
        lines=(),
        net=hundred,
        tax=nothing,
        gross=hundred,
        paid_when_paid=False,
        reference=None,
        source=SOURCE,
    )


def test_hours_and_expenses_wait_until_somebody_decides_about_them() -> None:
    """What was rejected is decided; expenses are told currency by currency."""
    hours = [entry("8", number=1), entry("8", number=2, status=EntryStatus.HELD)]
    hours.append(entry("1", number=3, status=EntryStatus.REJECTED))
    held = EntryStatus.SUBMITTED
    spent = [expense("5", status=held), expense("7", currency="EUR", status=held), expense("9")]

    found = waiting.undecided(hours, spent)

    assert _told(found) == [
        ("UNAPPROVED_TIME", 1, ()),
        ("UNAPPROVED_EXPENSES", 2, ("7.00 EUR", "5.00 USD")),
    ]
    assert found[0].subjects == ("TE-2",)


def test_what_is_not_billed_tells_what_it_would_come_to() -> None:
    """An event whose amount nobody knows yet counts, without one."""
    planned = billing_event()
    blocked = replace(planned, status=EventStatus.BLOCKED, amount_expected=Money.of("100", "USD"))

    found = waiting.unbilled([planned, blocked], [])

    assert _told(found) == [("UNBILLED_EVENTS", 2, ("100.00 USD",))]


def test_bills_that_match_nothing_wait_and_settled_ones_do_not() -> None:
    """Received, in exception or disputed; a duplicate is settled."""
    bills = [_bill(status, status) for status in BillStatus]

    [found] = waiting.unmatched(bills)

    assert found.subjects == ("received", "exception", "disputed")
    assert found.owner == "procurement"


def test_open_cases_and_revenue_that_is_not_booked_wait() -> None:
    """And of what is settled nothing is said."""
    case = OpenException(
        id=id_of("exc"),
        process="revenue",
        command_key="revenue:P-1:2026-10:asked",
        step=1,
        step_name="recognize",
        code="NO_ESTIMATE",
        reason="nobody estimated it",
        owner_role="finance",
        on_behalf_of="U-1",
        opened_at=NOW,
        due_at=NOW,
        status=ExceptionStatus.OPEN,
    )

    assert _told(waiting.stopped([case])) == [("OPEN_EXCEPTIONS", 1, ())]
    assert _told(waiting.unrecognized(["P-1"])) == [("REVENUE_NOT_BOOKED", 1, ())]
    assert waiting.stopped([]) == waiting.unrecognized([]) == waiting.undecided([], []) == []


def test_what_was_received_waits_until_its_bill_or_its_accrual_is_booked() -> None:
    """Each line of an order is named, and how much is owed for it is told by currency."""
    due = Accrual(
        purchase_order_number="PO-5501",
        line=1,
        project_number="P-2001",
        vendor_id=id_of("vn"),
        legal_entity="DE",
        received=Money.of("5600", "EUR"),
        billed=Money.of("5000", "EUR"),
        accrued=Money.of("600", "EUR"),
    )

    found = waiting.unaccrued([due])

    assert _told(found) == [("UNBOOKED_ACCRUALS", 1, ("600.00 EUR",))]
    assert found[0].subjects == ("PO-5501 line 1",)
    assert waiting.unaccrued([]) == []
