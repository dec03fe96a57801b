"""How an accrual stands in its company's books: in the company's currency, and taken back whole."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from governance.wrong_field import WrongField
from process_apis.procure_to_pay import accruals, rules
from process_apis.procure_to_pay.records import AccrualJournal
from process_apis.procure_to_pay.terms import Exchange
from process_apis.procure_to_pay.v1 import ReceiptPeriod
from system_apis.canonical.journals import JournalDraft, JournalLine, LedgerAccount
from system_apis.canonical.money import Money
from system_apis.canonical.procurement import BillStatus, ReceiptSource, ServiceReceipt
from tests.process_apis.billing_facts import id_of
from tests.process_apis.rules.buying_facts import NOW, SOURCE, bill, case, order

RATES = Exchange("USD", {"EUR": Decimal("1.10"), "GBP": Decimal("1.30")})
ACCRUAL = AccrualJournal(
    id="acr_1",
    legal_entity="NWA-DE",
    vendor_id=id_of("vn"),
    project_number="P-2001",
    purchase_order_number="PO-5501",
    line=1,
    month="2026-10",
    amount=Money("5600.00", "EUR"),
    booked_on=date(2026, 10, 31),
    reversed_on=date(2026, 11, 1),
    opened_at=datetime(2026, 11, 2, tzinfo=UTC),
)
RECEIPT = ServiceReceipt(
    id=id_of("rc"),
    number="RC-1",
    purchase_order_number="PO-1",
    line=1,
    legal_entity="NWA-DE",
    start=date(2026, 10, 1),
    end=date(2026, 10, 30),
    quantity=Decimal(80),
    amount=Money("5600.00", "EUR"),
    rests_on=ReceiptSource.TIME_ENTRIES,
    evidence=(),
    accepted_by="U-PM2",
    accepted_at=NOW,
    is_reversed=False,
    reference=None,
    source=SOURCE,
)


@pytest.mark.parametrize(
    ("on", "accrued"),
    [
        (date(2026, 10, 30), "5600.00"),
        (date(2026, 10, 31), "0.00"),
        (date(2026, 11, 4), "0.00"),
        (date(2026, 11, 5), "5600.00"),
    ],
)
def test_a_bill_asks_for_its_amount_until_the_day_of_its_credit(on: date, accrued: str) -> None:
    """October bore the bill: its credit in November has nothing accrued beside it."""
    credited = replace(
        case(bill("DD-88"), stage=BillStatus.VOID),
        credit_number="DD-88-CR",
        credit_date=date(2026, 11, 5),
    )

    [found] = rules.accrued(order(), [RECEIPT], [credited], on)

    assert found.accrued == Money(accrued, "EUR")


@pytest.mark.parametrize(
    ("amount", "currency", "worth"),
    [
        (Money("5600.00", "EUR"), "EUR", Money("5600.00", "EUR")),
        (Money("130.00", "GBP"), "USD", Money("169.00", "USD")),
        (Money("169.00", "USD"), "GBP", Money("130.00", "GBP")),
        (Money("110.00", "EUR"), "GBP", Money("93.08", "GBP")),
    ],
)
def test_an_accrual_is_booked_in_the_companys_own_currency(
    amount: Money, currency: str, worth: Money
) -> None:
    """By the rates of both to the reporting currency, rounded once."""
    assert accruals.in_currency(amount, currency, RATES) == worth


@pytest.mark.parametrize(("told", "asked"), [("JPY", "EUR"), ("EUR", "JPY")])
def test_a_currency_without_a_rate_is_worth_nothing_we_could_say(told: str, asked: str) -> None:
    """Neither of the two may be missing."""
    assert accruals.in_currency(Money("5600", told), asked, RATES) is None


def test_a_receipt_that_is_asked_for_is_of_one_month() -> None:
    """It counts on its last day: over the month's end, the month before would not bear its part."""
    ReceiptPeriod(start=date(2028, 2, 1), end=date(2028, 2, 29))

    with pytest.raises(WrongField, match="end: "):
        ReceiptPeriod(start=date(2028, 2, 1), end=date(2028, 3, 1))


def test_what_is_taken_back_is_what_was_booked_on_the_other_side() -> None:
    """On the last day of the month, and on the first of the next, each on the project."""
    booked = accruals.entry(ACCRUAL, ACCRUAL.amount)
    back = accruals.taken_back(ACCRUAL, ACCRUAL.amount)

    assert (booked.date, back.date) == (date(2026, 10, 31), date(2026, 11, 1))
    assert [each.account for each in booked.lines] == [
        LedgerAccount.SUBCONTRACT_COST,
        LedgerAccount.ACCRUED_LIABILITY,
    ]
    for account in LedgerAccount:
        [one] = [each for each in booked.lines if each.account is account]
        [other] = [each for each in back.lines if each.account is account]
        assert (one.debit, one.credit) == (other.credit, other.debit)
        assert one.project_number == other.project_number == "P-2001"


@pytest.mark.parametrize(
    ("debit", "credit", "says"),
    [("1.00", "1.00", "more than nothing"), ("0.00", "0.00", "more than nothing")],
)
def test_a_line_is_on_one_side(debit: str, credit: str, says: str) -> None:
    """A line that is on both, or on none, is refused."""
    with pytest.raises(ValueError, match=says):
        JournalLine(
            account=LedgerAccount.SUBCONTRACT_COST,
            debit=Money(debit, "EUR"),
            credit=Money(credit, "EUR"),
        )


def test_an_entry_that_does_not_balance_is_refused() -> None:
    """As much on one side as on the other, in the currency that it says."""
    booked = accruals.entry(ACCRUAL, ACCRUAL.amount)

    with pytest.raises(ValueError, match="as much"):
        JournalDraft(
            legal_entity=booked.legal_entity,
            date=booked.date,
            description=booked.description,
            currency=booked.currency,
            lines=(booked.lines[0], booked.lines[0]),
        )
