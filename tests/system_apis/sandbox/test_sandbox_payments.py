"""Money without an invoice is booked as its client's, and applied by parts, each once."""

from datetime import date
from decimal import Decimal

import pytest

from system_apis.canonical.billing import (
    Invoice,
    InvoiceStatus,
    PaymentApplication,
    PaymentDraft,
)
from system_apis.canonical.money import Money
from system_apis.erp.interface import Erp
from system_apis.errors import Refused
from tests.system_apis.sandbox.bills import Company, client_draft, drafted, prepared
from tests.system_apis.sandbox.house import House

US = Company(
    legal_entity="NWA-US",
    currency="USD",
    country="US",
    tax_category="E",
    tax_rate=Decimal(0),
)
DAY = date(2026, 10, 31)


async def _posted(erp: Erp, key: str) -> Invoice:
    draft = await drafted(erp, US, key, DAY)
    return await erp.post_invoice(draft.id, key=f"post-{key}")


def _money(amount: str, client: str = "CL-900", currency: str = "USD") -> PaymentDraft:
    return PaymentDraft(
        legal_entity="NWA-US",
        client_number=client,
        date=DAY,
        amount=Money.of(amount, currency),
        reference="bank",
    )


def _part(invoice: Invoice, amount: str) -> PaymentApplication:
    return PaymentApplication(str(invoice.number), Money.of(amount, "USD"))


async def test_one_payment_pays_several_invoices_and_the_rest_stays_unapplied(
    house: House,
) -> None:
    """Of 250, one invoice of 100 is paid, another in part; 90 are left."""
    erp = house.erp()
    await prepared(erp, US)
    whole, part = await _posted(erp, "a"), await _posted(erp, "b")
    made = await erp.record_payment(_money("250"), key="bank-1")
    await erp.apply_payment(made.id, _part(whole, "100"), key="1")
    placed = await erp.apply_payment(made.id, _part(part, "60"), key="2")

    assert (made.invoice_number, made.client_number) == (None, "CL-900")
    assert (made.applications, made.unapplied.amount) == ((), "250.00")
    assert placed.applications == (_part(whole, "100"), _part(part, "60"))
    assert placed.unapplied.amount == "90.00"
    assert await erp.payment(made.id) == placed
    assert (await erp.invoice(whole.id)).status is InvoiceStatus.PAID
    assert (await erp.invoice(part.id)).paid.amount == "60.00"


async def test_the_same_application_told_twice_is_made_once(house: House) -> None:
    """Another amount for the same invoice is refused."""
    erp = house.erp()
    await prepared(erp, US)
    invoice = await _posted(erp, "a")
    made = await erp.record_payment(_money("100"), key="bank-1")
    first = await erp.apply_payment(made.id, _part(invoice, "40"), key="1")
    again = await erp.apply_payment(made.id, _part(invoice, "40"), key="1")
    with pytest.raises(Refused) as refused:
        await erp.apply_payment(made.id, _part(invoice, "50"), key="2")

    assert first == again
    assert refused.value.code == "APPLIED_OTHERWISE"
    assert (await erp.invoice(invoice.id)).paid.amount == "40.00"


async def test_no_more_is_applied_than_is_owed_or_left_and_to_no_other_clients_invoice(
    house: House,
) -> None:
    """Each refusal leaves the books as they were."""
    erp = house.erp()
    await prepared(erp, US)
    await erp.create_client(client_draft(US, "CL-901"), key="other")
    first, second = await _posted(erp, "a"), await _posted(erp, "b")
    money = await erp.record_payment(_money("150"), key="bank-1")
    foreign = await erp.record_payment(_money("150", "CL-901"), key="bank-2")
    await erp.apply_payment(money.id, _part(first, "100"), key="1")
    codes = []
    for payment, application in (
        (money, _part(second, "100.01")),
        (money, _part(second, "50.01")),
        (foreign, _part(second, "10")),
    ):
        with pytest.raises(Refused) as refused:
            await erp.apply_payment(payment.id, application, key=f"{len(codes)}")
        codes.append(refused.value.code)

    assert codes == ["OVERPAYMENT", "NOTHING_LEFT", "INVOICE_UNKNOWN"]
    assert await erp.invoice(second.id) == second
    assert (await erp.payment(money.id)).unapplied.amount == "50.00"


async def test_money_of_an_unknown_client_is_refused(house: House) -> None:
    """The books have to know whose it is."""
    with pytest.raises(Refused) as refused:
        await house.erp().record_payment(_money("1", "CL-none"), key="bank-1")

    assert refused.value.code == "CLIENT_UNKNOWN"


def test_a_payment_names_an_invoice_or_a_client() -> None:
    """Not both, and not neither."""
    with pytest.raises(ValueError, match="either its invoice or the client"):
        PaymentDraft(legal_entity="NWA-US", date=DAY, amount=Money.of("1", "USD"), reference="bank")
