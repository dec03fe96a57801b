"""Money comes in as banks tell it, and pays the invoices that it is meant for."""

from pathlib import Path

from experience_apis.finance.receivables import ReceivablesPage
from experience_apis.finance.views import InvoiceView
from process_apis.project_to_cash.receivables import Match, Receipt, ReceiptList
from process_apis.project_to_cash.records import InvoiceStage
from tests.stories.engagement import Engagement, Scene, scene
from tests.stories.owing_firm import BEGINS, subscription, write_firm
from tests.stories.people import until

RECEIPTS = "/process/project-to-cash/v1/receipts"


async def test_money_pays_what_it_names_then_what_it_fits_and_else_what_a_person_says(
    tmp_path: Path,
) -> None:
    """Two invoices of 105.131 KWD are paid in parts; what is too much stays unapplied."""
    sold = [subscription(each, "100.125", "KWD") for each in ("W-A", "W-B")]
    firm = write_firm(tmp_path / "firm", sold, currency="KWD")
    async with scene(tmp_path, firm=firm, begins=BEGINS, project="W-A") as stage:
        first, second = stage.engagement, Engagement(stage.people, "W-B")
        bills = [await posted(each) for each in (first, second)]
        twins = await _receive(stage, "105.131", "many thanks")
        item = await first.asked("finance", "105.131 KWD")
        by_hand = {"invoice_number": bills[1].number, "amount": _kwd("105.131")}
        placed = [await stage.people.call("finance", "POST", item.act_at, by_hand) for _ in "12"]
        second_paid = await second.invoice(InvoiceStage.PAID)
        part = await _receive(stage, "40.000", f"part of {bills[0].number}, rest later")
        partly = await first.invoice(InvoiceStage.PARTIALLY_PAID)
        rest = await _receive(stage, "65.131", "the rest")
        first_paid = await first.invoice(InvoiceStage.PAID)
        too_much = await _receive(stage, "10.000", f"again {bills[0].number}")
        await first.at("2027-03-20T09:00:00Z")
        owed = await _receivables(stage)
        again = await stage.people.call("finance", "POST", item.act_at, by_hand)
        books = await stage.operator.books()

    assert [each.status for each in placed] == [200, 200]
    assert placed[0].read(Receipt) == placed[1].read(Receipt) == again.read(Receipt)
    assert _told(twins) == []
    assert _told(placed[0].read(Receipt)) == [(bills[1].number, "105.131", Match.PERSON)]
    assert _told(part) == [(bills[0].number, "40.000", Match.REFERENCE)]
    assert _told(rest) == [(bills[0].number, "65.131", Match.AMOUNT)]
    assert partly.paid is not None
    assert partly.paid.amount == "40.000"
    assert (first_paid.paid, second_paid.paid) == (first_paid.posted, second_paid.posted)
    assert (too_much.unapplied.amount, _told(too_much)) == ("10.000", [])
    assert [(each.receipt_id, each.too_long) for each in owed.unapplied] == [(too_much.id, True)]
    assert [each.balance.amount for each in owed.negative_balances] == ["-10.000"]
    assert {each.amount_due for each in books.invoices("W-A") + books.invoices("W-B")} == {0}
    assert len(books.instances["books"].customer_payment) == 4


async def posted(engagement: Engagement) -> InvoiceView:
    """Carry a project's first invoice to the books."""
    await engagement.set_up()
    await engagement.at("2027-02-01T09:00:00Z")
    for who in ("project_manager", "finance"):
        await engagement.approve(who, f"{engagement.project}: invoice of")
    return await engagement.invoice(InvoiceStage.POSTED)


async def _receive(stage: Scene, amount: str, text: str) -> Receipt:
    """Book a line of the bank, and wait until what can be applied of it is."""
    body = {
        "legal_entity": "KB-1",
        "client_number": "X-1",
        "date": "2027-02-10",
        "amount": _kwd(amount),
        "reference": text,
    }
    answer = await stage.people.call(
        "finance", "POST", "/system/erp/v1/payments", body, Idempotency_Key=f"bank:{amount}"
    )
    assert answer.status == 201, answer.body

    async def noted() -> Receipt | None:
        known = (await stage.people.read("finance", RECEIPTS, ReceiptList)).items
        return next((each for each in known if each.remittance == text), None)

    return await until(noted, f"the receipt of {amount}")


async def _receivables(stage: Scene) -> ReceivablesPage:
    path = "/experience/finance/v1/receivables"
    return await stage.people.read("finance", path, ReceivablesPage)


def _kwd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "KWD"}


def _told(receipt: Receipt) -> list[tuple[str, str, Match]]:
    return [(each.invoice_number, each.amount.amount, each.match) for each in receipt.applications]
