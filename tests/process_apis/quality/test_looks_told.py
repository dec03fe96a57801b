"""What not every product tells: where it is told it is judged, and elsewhere nothing is said."""

from governance.quality.rules import AtRisk
from process_apis.engagements import Engagement, EngagementStatus
from system_apis.canonical.party import Client
from system_apis.known_records import Match, MatchMethod
from tests.process_apis.judged_firm import ALL, JudgedFirm

CUSTOMER, ACCOUNT = "customer/CUST-1", "Account/001-CL-1"
OVERPAID = {
    "id": "8001",
    "subsidiary": "ONE",
    "customer": "CUST-1",
    "tranDate": "2026-10-31",
    "currency": "EUR",
    "payment": "30.01",
    "unapplied": "30.01",
}


async def _booked(firm: JudgedFirm, number: str) -> Client:
    [client] = (await firm.systems.by_erp_instance("books").clients(number=number)).items
    return client


async def _sold(firm: JudgedFirm, number: str) -> Client:
    [client] = (await firm.systems.crm.clients(number=number)).items
    return client


async def _linked(firm: JudgedFirm, number: str, record: str) -> Client:
    """Say that a client of the CRM is a customer of the ledger."""
    client = await _sold(firm, number)
    said = Match(method=MatchMethod.MANUAL)
    await firm.systems.link_client(client.id, "books", record, said)
    return client


async def _engaged(firm: JudgedFirm, currency: str) -> None:
    """Let the first client's work be billed in a currency."""
    [contract] = (await firm.systems.contracts.contracts(number="CT-1")).items
    client = await _booked(firm, "CUST-1")
    await firm.engagements.open(
        Engagement(
            project_number="P-1",
            name="Survey",
            opportunity_id=None,
            contract_id=contract.id,
            contract_number="CT-1",
            legal_entity="ONE",
            client_id=client.id,
            client_number="CUST-1",
            client_name="Rhein AG",
            currency=currency,
            billing_model="T&M",
            project_manager="E1",
            command_key="handover:1",
            status=EngagementStatus.PENDING_APPROVAL,
            agreed_at=firm.now,
            opened_at=firm.now,
        )
    )


def _take(firm: JudgedFirm, symbol: str, *, active: bool = True) -> None:
    """Let the ledger take a currency, or no more."""
    fields = {"id": symbol, "symbol": symbol, "isInactive": not active}
    firm.arrive("books", f"currency/{symbol}", fields)


async def test_a_client_billed_in_a_currency_that_its_ledger_does_not_take_is_found(
    firm: JudgedFirm,
) -> None:
    """Until somebody enables the currency; nobody has to touch the client."""
    await _engaged(firm, "EUR")
    _take(firm, "USD")
    _take(firm, "EUR", active=False)

    await firm.read("books")
    wrong = await firm.found()
    _take(firm, "EUR")
    await firm.a_day_later()

    assert wrong == {"DQ-C7": "currency EUR is not enabled in the ledger"}
    assert await firm.found() == {}


async def test_a_ledger_that_tells_no_currencies_takes_any(firm: JudgedFirm) -> None:
    """Nothing says that one of them is not enabled."""
    await _engaged(firm, "JPY")

    await firm.read("books")

    assert await firm.found() == {}


async def test_a_parent_that_the_ledger_names_otherwise_is_found_in_both(
    firm: JudgedFirm,
) -> None:
    """Each names the other's; once one of them is corrected neither is wrong."""
    firm.arrive("sales", "Account/001-CL-3", {"Id": "001-CL-3", "Name": "Lahn AG"} | _LAHN)
    for number, record in (("CL-1", "CUST-1"), ("CL-2", "CUST-2")):
        await _linked(firm, number, record)
    firm.arrive("sales", ACCOUNT, {"ParentId": "001-CL-3"})
    firm.arrive("books", CUSTOMER, {"parent": "CUST-2"})

    await firm.read("sales", "books")
    wrong = [(each.rule, each.system, each.detail) for each in await firm.findings.all_open()]
    firm.arrive("sales", ACCOUNT, {"ParentId": "001-CL-2"})
    await firm.read("sales")
    await firm.a_day_later()

    said = "parent is Lahn AG, and Main AG in the ledger"
    assert sorted(wrong) == [("DQ-C9", "books", said), ("DQ-C9", "sales", said)]
    assert await firm.found() == {}


_LAHN = {"AccountNumber": "CL-3", "Type": "Prospect", "BillingCountryCode": "US"}


async def test_a_parent_that_the_other_system_does_not_know_is_neither_wrong_nor_right(
    firm: JudgedFirm,
) -> None:
    """Nobody has said yet which firm it is there."""
    await _linked(firm, "CL-1", "CUST-1")
    firm.arrive("sales", ACCOUNT, {"ParentId": "001-CL-2"})
    firm.arrive("books", CUSTOMER, {"parent": "CUST-2"})

    await firm.read("sales", "books")
    before = await firm.found()
    await _linked(firm, "CL-2", "CUST-2")
    firm.arrive("books", CUSTOMER, {"url": "rhein-ag.example"})
    await firm.read("books")

    assert before == {}
    assert await firm.found() == {}


async def test_a_client_without_an_address_for_electronic_invoices_is_found_where_they_are_law(
    firm: JudgedFirm,
) -> None:
    """From the day on that the law begins with, until the client says where it takes them."""
    firm.arrive("books", CUSTOMER, {"custentity_einvoice_ids": []})
    await firm.read("books")
    await firm.a_day_later()

    wrong = await firm.found()
    firm.arrive("books", CUSTOMER, {"custentity_einvoice_ids": ["0204:1"]})
    await firm.read("books")

    assert wrong == {"DQ-C10": "einvoice_endpoints has none"}
    assert await firm.found() == {}


async def test_a_client_who_paid_more_than_it_owes_is_found_once(firm: JudgedFirm) -> None:
    """However many payments tell of it, until it owes again or has its money back."""
    firm.arrive("books", "customerPayment/8001", OVERPAID)
    await firm.read("books")
    found = await firm.findings.all_open()
    client = await _booked(firm, "CUST-1")

    firm.arrive("books", "customerPayment/8001", {"payment": "30", "unapplied": "30"})
    await firm.read("books")

    assert [(each.rule, each.subject, each.detail) for each in found] == [
        ("DQ-F7", client.id, "balance is -0.01 EUR in ONE")
    ]
    assert (found[0].at_risk, found[0].kind) == (AtRisk("0.01", "EUR"), "receivable")
    assert await firm.found() == {}


async def test_a_paid_invoice_that_is_credited_leaves_its_client_with_less_than_nothing(
    firm: JudgedFirm,
) -> None:
    """What the client has back, or is billed anew, ends it by itself the next day."""
    paid = {"amountDue": "0", "amountPaid": "100", "amountCredited": "50", "status": "Paid In Full"}
    placed = {"apply": [{"doc": "INV-1", "amount": "70"}], "unapplied": "0"}
    firm.arrive("books", "customerPayment/7001", placed)
    await firm.read(*ALL)

    firm.credit("50", applied="0")
    firm.arrive("books", "invoice/5001", paid)
    await firm.read("books")
    wrong = await firm.found()
    again = {"id": "5002", "tranId": "INV-2", "subsidiary": "ONE", "entity": "CUST-1"} | _AGAIN
    firm.arrive("books", "invoice/5002", again)
    await firm.a_day_later()

    assert wrong == {"DQ-F7": "balance is -50.00 EUR in ONE"}
    assert await firm.found() == {}


_AGAIN = {
    "currency": "EUR",
    "tranDate": "2026-10-31",
    "status": "Open",
    "subtotal": "51",
    "taxTotal": "0",
    "total": "51",
    "amountPaid": "0",
    "amountDue": "51",
}
