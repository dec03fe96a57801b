"""Money without an invoice is booked as its client's, and applied by parts, each once."""

from datetime import date
from decimal import Decimal

import pytest

from system_apis.canonical.billing import (
    ClientBalance,
    Invoice,
    InvoiceStatus,
    PaymentApplication,
    PaymentDraft,
)
from system_apis.canonical.money import Money
from system_apis.erp.interface import Erp
from system_apis.errors import Refused
from tests.system_apis.sandbox.bills import Company, client_draft, drafted, prepared

DE = Company(
    legal_entity="NWA-DE",
    currency="EUR",
    country="DE",
    tax_category="S",
    tax_rate=Decimal("0.19"),
)
DAY = date(2026, 10, 31)


async def _posted(erp: Erp, mark: str, key: str) -> Invoice:
    draft = await drafted(erp, DE, f"{mark}-{key}", DAY, mark=mark)  # 119.00
    return await erp.post_invoice(draft.id, key=f"{mark}-post-{key}")


def _money(amount: str, client: str, currency: str = "EUR") -> PaymentDraft:
    return PaymentDraft(
        legal_entity="NWA-DE",
        client_number=client,
        date=DAY,
        amount=Money.of(amount, currency),
        reference="bank",
    )


def _part(invoice: Invoice, amount: str) -> PaymentApplication:
    return PaymentApplication(str(invoice.number), Money.of(amount, "EUR"))


async def test_one_payment_pays_several_invoices_and_the_rest_stays_unapplied(
    erp: Erp, mark: str
) -> None:
    """Of 250, one invoice of 119 is paid, another in part; 71 are left."""
    await prepared(erp, DE, mark)
    whole, part = await _posted(erp, mark, "a"), await _posted(erp, mark, "b")
    made = await erp.record_payment(_money("250", f"CL-{mark}"), key=f"{mark}-1")
    await erp.apply_payment(made.id, _part(whole, "119"), key=f"{mark}-2")
    placed = await erp.apply_payment(made.id, _part(part, "60"), key=f"{mark}-3")

    assert (made.invoice_number, made.client_number) == (None, f"CL-{mark}")
    assert (made.applications, made.unapplied.amount) == ((), "250.00")
    assert placed.applications == (_part(whole, "119"), _part(part, "60"))
    assert placed.unapplied.amount == "71.00"
    assert await erp.payment(made.id) == placed
    assert (await erp.invoice(whole.id)).status is InvoiceStatus.PAID
    assert (await erp.invoice(part.id)).paid.amount == "60.00"


async def test_what_a_client_paid_on_account_is_taken_off_what_it_owes(erp: Erp, mark: str) -> None:
    """A draft is not owed yet; who paid too much owes less than nothing, in that company alone."""
    await prepared(erp, DE, mark)
    await _posted(erp, mark, "a")
    await drafted(erp, DE, f"{mark}-draft", DAY, mark=mark)
    owed = await erp.balances(client_number=f"CL-{mark}")
    await erp.record_payment(_money("250", f"CL-{mark}"), key=f"{mark}-1")
    overpaid = await erp.balances(client_number=f"CL-{mark}")

    [client] = (await erp.clients(number=f"CL-{mark}")).items
    assert _in_germany(owed) == [(client.id, Money("119.00", "EUR"))]
    assert _in_germany(overpaid) == [(client.id, Money("-131.00", "EUR"))]
    assert not any(each.balance for each in overpaid if each.legal_entity != "NWA-DE")


def _in_germany(found: list[ClientBalance]) -> list[tuple[str, Money]]:
    return [(each.client_id, each.balance) for each in found if each.legal_entity == "NWA-DE"]


async def test_money_on_account_is_booked_once_and_listed_once(erp: Erp, mark: str) -> None:
    """Asked for again it is the same, and what was moved of it is no payment of its own."""
    await prepared(erp, DE, mark)
    invoice = await _posted(erp, mark, "a")
    before = await erp.payment_by_key(f"{mark}-1")
    made = await erp.record_payment(_money("50", f"CL-{mark}"), key=f"{mark}-1")
    await erp.apply_payment(made.id, _part(invoice, "50"), key=f"{mark}-2")
    found = await erp.payment_by_key(f"{mark}-1")
    told, after = [], 0
    while fresh := (await erp.changes(after=after)).items:
        after = fresh[-1].sequence
        told += [each.id for each in fresh if each.record_type == "payment"]

    assert before is None
    assert found == await erp.payment(made.id)
    assert await erp.payment_by_key(f"{mark}-2") is None
    assert made.id in told
    assert (await erp.payments(invoice_number=invoice.number)).items == []


async def test_the_same_application_told_twice_is_made_once(erp: Erp, mark: str) -> None:
    """Another amount for the same invoice is refused."""
    await prepared(erp, DE, mark)
    invoice = await _posted(erp, mark, "a")
    made = await erp.record_payment(_money("100", f"CL-{mark}"), key=f"{mark}-1")
    first = await erp.apply_payment(made.id, _part(invoice, "40"), key=f"{mark}-2")
    again = await erp.apply_payment(made.id, _part(invoice, "40"), key=f"{mark}-2")
    with pytest.raises(Refused) as refused:
        await erp.apply_payment(made.id, _part(invoice, "50"), key=f"{mark}-3")

    assert first == again
    assert refused.value.code == "APPLIED_OTHERWISE"
    assert (await erp.invoice(invoice.id)).paid.amount == "40.00"


async def test_no_more_is_applied_than_is_owed_or_left_and_to_no_other_clients_invoice(
    erp: Erp, mark: str
) -> None:
    """Each refusal leaves the books as they were."""
    await prepared(erp, DE, mark)
    await erp.create_client(client_draft(DE, f"CX-{mark}"), key=f"other-{mark}")
    first, second = await _posted(erp, mark, "a"), await _posted(erp, mark, "b")
    money = await erp.record_payment(_money("169", f"CL-{mark}"), key=f"{mark}-1")
    foreign = await erp.record_payment(_money("150", f"CX-{mark}"), key=f"{mark}-2")
    await erp.apply_payment(money.id, _part(first, "119"), key=f"{mark}-3")
    codes = []
    for payment, application in (
        (money, _part(second, "119.01")),
        (money, _part(second, "50.01")),
        (foreign, _part(second, "10")),
    ):
        with pytest.raises(Refused) as refused:
            await erp.apply_payment(payment.id, application, key=f"{mark}-no-{len(codes)}")
        codes.append(refused.value.code)

    assert codes == ["OVERPAYMENT", "NOTHING_LEFT", "INVOICE_UNKNOWN"]
    assert await erp.invoice(second.id) == second
    assert (await erp.payment(money.id)).unapplied.amount == "50.00"


async def test_money_of_an_unknown_client_is_refused(erp: Erp, mark: str) -> None:
    """The books have to know whose it is."""
    with pytest.raises(Refused) as refused:
        await erp.record_payment(_money("1", f"CL-{mark}-none"), key=f"{mark}-1")

    assert refused.value.code == "CLIENT_UNKNOWN"


def test_a_payment_names_an_invoice_or_a_client() -> None:
    """Not both, and not neither."""
    with pytest.raises(ValueError, match="either its invoice or the client"):
        PaymentDraft(legal_entity="NWA-DE", date=DAY, amount=Money.of("1", "EUR"), reference="bank")
