"""What is bought is judged beside its vendor's other bills, its order and the approved hours."""

from decimal import Decimal

from governance.quality.rules import AtRisk
from tests.process_apis.judged_firm import JudgedFirm


def _bill(record: str, number: str) -> dict[str, object]:
    return {
        "id": record,
        "invoice-number": number,
        "status": "new",
        "supplier": {"id": "801"},
        "account-type": {"name": "ONE"},
        "currency": {"code": "EUR"},
        "invoice-date": "2026-10-31",
        "line-total": "40",
        "tax-total": "0",
        "gross-total": "40",
    }


async def test_a_bill_that_came_twice_is_found_until_one_is_void(firm: JudgedFirm) -> None:
    """However its number is spelled."""
    firm.arrive("buying", "invoice/1", _bill("1", "AB-12"))
    firm.arrive("buying", "invoice/2", _bill("2", "ab 12"))

    await firm.read("buying")
    wrong = await firm.found()
    firm.arrive("buying", "invoice/2", {"status": "voided"})
    await firm.read("buying")
    await firm.a_day_later()

    assert wrong["DQ-V3"] in {
        "number AB-12 was billed as ab 12",
        "number ab 12 was billed as AB-12",
    }
    assert await firm.found() == {}


def _receipt(hours: str, basis: str = "timesheet") -> dict[str, object]:
    return {
        "id": "1",
        "status": "created",
        "account-type": {"name": "ONE"},
        "currency": {"code": "EUR"},
        "order-line": {"po-number": "PO-1", "line-num": 1},
        "quantity": hours,
        "price": "40",
        "total": str(Decimal(hours) * 40),
        "received-from": "2026-10-01",
        "received-to": "2026-10-31",
        "basis": basis,
        "accepted-by": "E1",
        "accepted-at": "2026-10-31T12:00:00Z",
    }


async def test_a_receipt_of_more_hours_than_were_approved_is_found(firm: JudgedFirm) -> None:
    """Eight hours of the contractor were approved in October."""
    firm.arrive("buying", "receiving_transaction/1", _receipt("8.25"))

    await firm.read("buying")
    wrong = await firm.open()
    firm.arrive("buying", "receiving_transaction/1", _receipt("8"))
    await firm.read("buying")

    assert wrong["DQ-V5"].detail == "quantity 8.25 rests on 8 approved hours"
    assert wrong["DQ-V5"].at_risk == AtRisk("330.00", "EUR")
    assert await firm.found() == {}


async def test_a_receipt_of_more_than_was_ordered_is_found(firm: JudgedFirm) -> None:
    """A hundred hours were; that it rests on no hours does not matter."""
    firm.rewrite("buying", "purchase_order/4001", "order-lines.0.received", "100.25")

    firm.arrive("buying", "receiving_transaction/1", _receipt("100.25", "manual"))
    await firm.read("buying")

    assert set(await firm.found()) == {"DQ-V4"}
