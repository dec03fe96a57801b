"""Facts that break each rule of invoices, money and feeds, and facts that just keep it."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from system_apis.canonical.billing import (
    BookedLine,
    ClientBalance,
    FiscalPeriod,
    InvoiceStatus,
    TaxGroup,
)
from system_apis.canonical.credits import CreditNote
from system_apis.canonical.money import Price
from system_apis.canonical.quality.finance import (
    AmountFacts,
    InvoiceFacts,
    ReceivableFacts,
    RecognitionFacts,
)
from system_apis.canonical.quality.integration import ChangeFacts, FeedFacts, RefusalFacts
from system_apis.canonical.record import Change
from tests.process_apis.billing_facts import MONTH_END, NOON, SOURCE, id_of
from tests.process_apis.owing_facts import posted, received
from tests.process_apis.quality_facts import DAY, WHOLE, Examples, usd
from tests.process_apis.rules.test_adoption import invoice


def taxed(*amounts: str) -> tuple[TaxGroup, ...]:
    """Return groups of a hundred each, with their taxes."""
    return tuple(TaxGroup(basis=usd("100"), tax=usd(each)) for each in amounts)


def owed(amount: str) -> ClientBalance:
    """Return what a client owes a company."""
    return ClientBalance(
        client_id=WHOLE.id, client_number="CL-1", legal_entity="US", balance=usd(amount)
    )


def credit(gross: str) -> CreditNote:
    """Return a posted credit note."""
    return CreditNote(
        id=id_of("cn"),
        number="CN-1",
        reference=None,
        legal_entity="US",
        client_number="CL-1",
        project_number="P-1",
        invoice_number="INV-7",
        currency="USD",
        status=InvoiceStatus.POSTED,
        issue_date=MONTH_END,
        net=usd(gross),
        tax=usd("0"),
        gross=usd(gross),
        applied=usd("0"),
        source=SOURCE,
    )


def booked(net: str) -> BookedLine:
    """Return a line of an invoice."""
    return BookedLine(
        description="Work", quantity=Decimal(1), unit_price=Price(net, "USD"), net=usd(net)
    )


def change(version: int, at: datetime = NOON) -> Change:
    """Return a line of a feed."""
    return Change(1, "client", id_of("cl"), version, at)


_BILL = InvoiceFacts(invoice=invoice("100"))
_DRAFT = replace(_BILL, invoice=replace(invoice("100"), status=InvoiceStatus.DRAFT))
_MONTH = FiscalPeriod("US", date(2026, 10, 1), MONTH_END, is_open=True)
_PAID = received("50", "BANK-1")
_OWES = ReceivableFacts(on=_PAID.date + 30 * DAY, payments=(_PAID,))


def expected(net: str) -> InvoiceFacts:
    """Return an invoice of 110 dollars, and a draft that comes to another total or the same."""
    draft = posted("I-1", net).draft
    return replace(_BILL, invoice=replace(invoice("100"), gross=usd("100")), expected=draft)


FINANCE: Examples = {
    "DQ-F1": (
        replace(_BILL, invoice=replace(invoice("100"), lines=(booked("99.99"),))),
        replace(_BILL, invoice=replace(invoice("100"), lines=(booked("100"),))),
    ),
    "DQ-F2": (
        replace(_BILL, invoice=replace(invoice("100"), tax_groups=taxed("9.99"))),
        replace(_BILL, invoice=replace(invoice("100"), tax_groups=taxed("4", "6"))),
    ),
    "DQ-F3": (expected("99.99"), expected("100")),
    "DQ-F4": (replace(_BILL, billed_elsewhere=("TE-1",)), _BILL),
    "DQ-F5": (
        replace(_BILL, credit_notes=(credit("60"), credit("50.01"))),
        replace(_BILL, credit_notes=(credit("60"), credit("50"))),
    ),
    "DQ-F6": (replace(_OWES, on=_PAID.date + 31 * DAY), _OWES),
    "DQ-F7": (
        replace(_OWES, balances=(owed("1"), owed("-0.01"))),
        replace(_OWES, balances=(owed("0"),)),
    ),
    "DQ-F8": (
        replace(_DRAFT, period=FiscalPeriod("US", _MONTH.start, MONTH_END, is_open=False)),
        replace(_DRAFT, period=_MONTH),
    ),
    "DQ-F9": (
        RecognitionFacts(recognized=usd("100.01"), transaction_price=usd("100")),
        RecognitionFacts(recognized=usd("100"), transaction_price=usd("100")),
    ),
    "DQ-F10": (
        AmountFacts(amount=Decimal("100.5"), currency="JPY"),
        AmountFacts(amount=Decimal("100.005"), currency="KWD"),
    ),
}
_READ = ChangeFacts(change=change(2), read_at=NOON)
_FRESH = FeedFacts(read_up_at=NOON, now=NOON + 5 * DAY, fresh_within=5 * DAY)
INTEGRATION: Examples = {
    "DQ-I1": (replace(_READ, seen_version=3), replace(_READ, seen_version=2)),
    "DQ-I2": (replace(_READ, deleted_remotely=True), _READ),
    "DQ-I3": (RefusalFacts(field="status", unmapped_value="archived"), RefusalFacts()),
    "DQ-I4": (
        replace(_READ, change=change(2, NOON + timedelta(minutes=5, seconds=1))),
        replace(_READ, change=change(2, NOON + timedelta(minutes=5))),
    ),
    "DQ-I5": (replace(_FRESH, now=NOON + 6 * DAY), _FRESH),
    "DQ-I6": (RefusalFacts(required_field="region"), RefusalFacts()),
}
