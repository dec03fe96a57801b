"""What was found to belong to an invoice is applied as far as the invoice is still due."""

from datetime import date
from decimal import Decimal

from governance.access import acting_as
from process_apis.project_to_cash.collection.cash import Cash
from process_apis.project_to_cash.collection.receipts import Receipts
from process_apis.project_to_cash.ledger.owing import Owing
from process_apis.project_to_cash.receivables import Application, Match
from store.clock import wall_clock
from system_apis.canonical.billing import Payment, PaymentDraft
from system_apis.canonical.money import Money
from system_apis.erp.interface import Erp
from tests.process_apis.judged_firm import TESTS, JudgedFirm
from tests.process_apis.workshop import Workshop
from tests.system_apis.sandbox.bills import Company, drafted, prepared

DAY = date(2026, 10, 31)
ONE = Company(
    legal_entity="ONE",
    currency="EUR",
    country="DE",
    tax_category="S",
    tax_rate=Decimal("0.19"),
)


async def test_money_that_came_too_late_for_an_invoice_waits_for_a_person(
    firm: JudgedFirm, workshop: Workshop
) -> None:
    """Two lines of a bank's file are meant for 119.00, and both are read before one is booked."""
    erp, store = firm.systems.erps["books"], workshop.store
    await prepared(erp, ONE, "x")
    draft = await drafted(erp, ONE, "x", DAY, mark="x")
    invoice = await erp.post_invoice(draft.id, key="post")
    cash = Cash(
        firm.systems,
        firm.billing,
        Owing(store),
        Receipts(store, workshop.audit),
        wall_clock,
    )
    found = Application(
        invoice_number=str(invoice.number), amount=invoice.gross, match=Match.REFERENCE
    )
    first, second = [await _received(erp, each, invoice.gross) for each in ("1", "2")]
    with acting_as(TESTS):
        applied = await cash.apply("books", first.id, found)
        late = await cash.apply("books", second.id, found)
        noted = await cash.note("books", second.id)

    assert applied is not None
    assert not applied.unapplied
    assert late is None
    assert noted.unapplied == invoice.gross
    assert await cash.receipts.unplaced(frozenset({"ONE"})) == [noted]


async def _received(erp: Erp, mark: str, amount: Money) -> Payment:
    """Book a line of the bank that names no invoice."""
    money = PaymentDraft(
        legal_entity="ONE", client_number="CL-x", date=DAY, amount=amount, reference=mark
    )
    return await erp.record_payment(money, key=f"bank-{mark}")
