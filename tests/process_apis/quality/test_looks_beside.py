"""Records are held against each other, and against what our own books say of them."""

from msgspec.structs import replace

from governance.quality.rules import AtRisk
from process_apis.engagements import Engagement, EngagementStatus
from process_apis.project_to_cash.records import BillingEvent, EventStatus, InvoiceStage
from system_apis.canonical.money import Money
from system_apis.known_records import Match, MatchMethod
from tests.process_apis.billing_facts import billing_event, id_of
from tests.process_apis.judged_firm import JudgedFirm
from tests.process_apis.owing_facts import posted

AGREEMENT, CUSTOMER, PROJECT = "agreement/agr-0001", "customer/CUST-1", "workspace/P-1"


async def _planned(firm: JudgedFirm, amount: str | None, place: int = 1) -> BillingEvent:
    """Write down that something is to be billed under the first contract."""
    [contract] = (await firm.systems.contracts.contracts(number="CT-1")).items
    event = replace(
        billing_event("EUR"),
        id=id_of("be", place),
        contract_id=contract.id,
        legal_entity="ONE",
        status=EventStatus.BLOCKED,
        amount_expected=Money.of(amount, "EUR") if amount else None,
    )
    await firm.billing.plan([event])
    return event


async def _carried(firm: JudgedFirm) -> Engagement:
    """Write down that the first contract's engagement waits for people."""
    [contract] = (await firm.systems.contracts.contracts(number="CT-1")).items
    [client] = (await firm.systems.by_erp_instance("books").clients(number="CUST-1")).items
    engagement = Engagement(
        project_number="P-1",
        name="Survey",
        opportunity_id=None,
        contract_id=contract.id,
        contract_number="CT-1",
        legal_entity="ONE",
        client_id=client.id,
        client_number="CUST-1",
        client_name="Rhein AG",
        currency="EUR",
        billing_model="T&M",
        project_manager="E1",
        command_key="handover:1",
        status=EngagementStatus.PENDING_APPROVAL,
        agreed_at=firm.now,
        opened_at=firm.now,
    )
    return await firm.engagements.open(engagement)


async def test_what_is_to_be_billed_for_a_client_hangs_on_its_record(firm: JudgedFirm) -> None:
    """Under every engagement of the client, as far as it is known."""
    await _carried(firm)
    await _planned(firm, "600")
    await _planned(firm, "40", 2)
    await _planned(firm, None, 3)

    firm.rewrite("books", CUSTOMER, "vatRegNumber", "DE811000013")
    await firm.read("books")

    found = await firm.open()
    assert found["DQ-C2"].at_risk == AtRisk("640.00", "EUR")
    assert found["DQ-C2"].owner == "finance"


async def test_what_was_agreed_under_an_id_of_before_hangs_on_its_client_too(
    firm: JudgedFirm,
) -> None:
    """A client's record that was linked to another id of ours brings its engagements along."""
    before = await _carried(firm)
    await _planned(firm, "600")
    match = Match(method=MatchMethod.MANUAL, verified_by="U-ST1")
    await firm.systems.link_client("cl_other", "books", "CUST-1", match)

    firm.rewrite("books", CUSTOMER, "vatRegNumber", "DE811000013")
    await firm.read("books")

    [client] = (await firm.systems.by_erp_instance("books").clients(number="CUST-1")).items
    assert before.client_id != client.id == "cl_other"
    assert (await firm.open())["DQ-C2"].at_risk == AtRisk("600.00", "EUR")
    assert await firm.stakes.currencies_of("cl_other", frozenset({"ONE"})) == {"EUR"}


async def test_what_is_to_be_billed_under_a_contract_hangs_on_it(firm: JudgedFirm) -> None:
    """And on its project; money that was paid, on the money itself."""
    await _planned(firm, "600")

    firm.rewrite("paper", AGREEMENT, "document", None)
    firm.rewrite("work", PROJECT, "lead", "")
    await firm.read("paper", "work")

    found = await firm.open()
    assert found["DQ-K1"].at_risk == found["DQ-P4"].at_risk == AtRisk("600.00", "EUR")


async def test_a_purchase_order_that_does_not_cover_the_next_bill_is_found(
    firm: JudgedFirm,
) -> None:
    """Until the client raises it."""
    order = {
        "number": "PO-9",
        "amount": "599.99",
        "validTo": "2026-12-31",
        "receivedAt": "2026-10-01T08:00:00Z",
    }
    await _planned(firm, "600")

    firm.arrive(
        "paper", "order/PO-9", {"agreementId": "agr-0001", "number": "PO-9", "order": order}
    )
    await firm.read("paper")
    wrong = await firm.found()
    firm.arrive("paper", "order/PO-9", {"order": order | {"amount": "600"}})
    await firm.a_day_later()

    assert "purchase_orders have 599.99 EUR left for 600.00 EUR" in wrong["DQ-K9"]
    assert await firm.found() == {}


async def test_once_people_let_an_engagement_be_set_up_its_price_is_settled(
    firm: JudgedFirm,
) -> None:
    """Before, the difference is found; afterwards its contract is amended, and not the sale."""
    engagement = await _carried(firm)

    firm.rewrite("paper", AGREEMENT, "commercials.totalValue", "9000")
    await firm.read("paper")
    asked = await firm.found()
    await firm.engagements.provisioning(engagement)
    firm.rewrite("paper", AGREEMENT, "commercials.totalValue", "8000")
    await firm.read("paper")

    assert "9,000.00 EUR was sold for 10,000.00 EUR" in asked["DQ-K7"]
    assert await firm.found() == {}


async def test_what_nobody_is_known_to_have_sold_is_neither_wrong_nor_right(
    firm: JudgedFirm,
) -> None:
    """The CRM has no more the opportunity that lacked a rate; another price is not compared."""
    firm.rewrite("paper", AGREEMENT, "commercials.rateSchedule", [])
    await firm.read("paper")

    firm.rewrite("paper", AGREEMENT, "commercials.totalValue", "5000")
    firm.arrive("paper", AGREEMENT, {"opportunityRef": "OPP-9"})
    await firm.read("paper")

    assert set(await firm.found()) == {"DQ-K5"}


async def test_a_closed_project_with_work_to_bill_is_found(firm: JudgedFirm) -> None:
    """For finance, with the money."""
    await _planned(firm, "600")

    firm.arrive("work", PROJECT, {"status": "Closed"})
    await firm.read("work")

    found = (await firm.open())["DQ-P9"]
    assert (found.owner, found.detail) == ("finance", "600.00 EUR is not billed")
    assert found.at_risk == AtRisk("600.00", "EUR")


async def test_a_rule_of_which_a_fact_is_not_known_is_not_said_to_hold(firm: JudgedFirm) -> None:
    """A bill whose amount nobody knows yet leaves the finding as it is; a known one ends it."""
    event = await _planned(firm, "600")
    firm.arrive("work", PROJECT, {"status": "Closed"})
    await firm.read("work")

    unsaid = replace(event, amount_expected=None)
    await firm.billing.checked(unsaid, seen=event)
    firm.arrive("work", PROJECT, {"title": "Survey, closed"})
    await firm.read("work")
    left = await firm.found()
    await firm.billing.checked(replace(unsaid, status=EventStatus.INVOICED), seen=unsaid)
    firm.arrive("work", PROJECT, {"title": "Survey, billed"})
    await firm.read("work")

    assert set(left) == {"DQ-P9"}
    assert await firm.found() == {}


async def test_a_manager_who_has_left_is_found_and_one_whom_hr_does_not_know_is_not(
    firm: JudgedFirm,
) -> None:
    """HR says who works, of those that it knows."""
    left = {"status": "Inactive", "terminationDate": "2026-10-31", "jobTitle": "Other"}
    firm.arrive("staff", "employee/4002", left)

    firm.arrive("work", PROJECT, {"lead": "E2"})
    await firm.read("work")
    wrong = await firm.found()
    firm.arrive("work", PROJECT, {"lead": "U-7"})
    await firm.read("work")

    assert wrong == {"DQ-P4": "project_manager E2 has left"}
    assert await firm.found() == {}


async def test_a_project_of_a_company_without_hr_has_the_manager_that_it_names(
    firm: JudgedFirm,
) -> None:
    """No route says where the company's people are."""
    firm.arrive("work", PROJECT, {"lead": "E1", "legal_entity": "TWO"})

    await firm.read("work")

    assert await firm.found() == {}


async def test_an_accepted_milestone_without_its_certificate_is_found(firm: JudgedFirm) -> None:
    """Somebody accepted it, and nothing shows that."""
    accepted = {
        "type": "certificate",
        "digest": None,
        "receivedAt": None,
        "acceptedBy": "client",
        "acceptedAt": "2026-11-01T08:00:00Z",
    }
    firm.open_project("P-2", "CT-2", external_reference="project:2")
    proof = {"agreementId": "agr-0002", "deliverableId": "M1", "evidence": accepted}
    firm.arrive("paper", "acceptance/M1", proof)

    await firm.read("work")
    wrong = await firm.found()
    shown = accepted | {"digest": f"sha256:{'c3' * 32}"}
    firm.arrive("paper", "acceptance/M1", {"evidence": shown})
    await firm.a_day_later()

    assert wrong == {"DQ-P8": "evidence or actual_date is absent of M1"}
    assert await firm.found() == {}


async def test_a_person_who_does_not_work_yet_needs_no_cost(firm: JudgedFirm) -> None:
    """The first rate begins with the first day of work."""
    firm.arrive("staff", "employee/4001", {"hireDate": "2026-12-01", "compensation": []})

    await firm.read("staff")

    assert await firm.found() == {}


async def test_no_finding_tells_what_a_person_costs(firm: JudgedFirm) -> None:
    """It names the day alone."""
    firm.rewrite("staff", "employee/4001", "compensation.0.startDate", "2026-11-30")

    await firm.read("staff")

    assert await firm.found() == {"DQ-E1": "cost_rates has none on 2026-11-02"}


async def test_costs_that_hr_does_not_tell_are_neither_missing_nor_there(
    firm: JudgedFirm,
) -> None:
    """The answer makes no sense; the person can be read all the same."""
    firm.rewrite("staff", "employee/4001", "compensation", [])
    await firm.read("staff")

    await firm.house.fail("commit-then-garbage", "table")
    firm.arrive("staff", "employee/4001", {"department": "North"})
    await firm.read("staff")

    assert await firm.found() == {"DQ-E1": "cost_rates has none on 2026-11-02"}


async def test_a_company_without_a_calendar_is_found_once(firm: JudgedFirm) -> None:
    """And not for each of its people."""
    firm.arrive("staff", "workSchedule/WS1", {"division": "TWO"})

    await firm.read("staff")
    wrong = await firm.findings.all_open()
    firm.arrive("staff", "workSchedule/WS1", {"division": "ONE"})
    await firm.a_day_later()

    assert [(each.rule, each.subject) for each in wrong] == [("DQ-E10", "ONE")]
    assert await firm.found() == {}


async def test_an_invoice_of_ours_has_the_total_that_we_expect(firm: JudgedFirm) -> None:
    """The ERP came to another one; of an invoice of another hand we expect nothing."""
    await firm.read("books")
    ours = posted("INV-1", "99", currency="EUR", stage=InvoiceStage.POSTED)
    draft = replace(ours.draft, legal_entity="ONE")
    await firm.billing.draft(replace(ours, draft=draft), "CT-1", [])

    foreign = await firm.found()
    firm.arrive("books", "invoice/5001", {"externalId": "INV:1"})
    await firm.read("books")

    assert foreign == {}
    assert await firm.found() == {"DQ-F3": "gross is 100.00 EUR, and 99.00 EUR was expected"}
    assert (await firm.open())["DQ-F3"].at_risk == AtRisk("100.00", "EUR")


async def test_an_invoice_of_which_more_is_credited_than_was_billed_is_found(
    firm: JudgedFirm,
) -> None:
    """All of its credit notes together, but for those that are void."""
    firm.credit("101", applied="101")
    firm.arrive("books", "invoice/5001", {"amountCredited": "100"})
    await firm.read("books")
    wrong = await firm.found()
    firm.arrive("books", "creditMemo/9001", {"status": "Voided"})
    firm.arrive("books", "invoice/5001", {"amountCredited": "0"})
    await firm.read("books")

    assert wrong == {"DQ-F5": "gross 100.00 EUR is credited with 101.00 EUR"}
    assert await firm.found() == {}


async def test_a_draft_in_a_closed_month_is_found_until_the_month_is_open(
    firm: JudgedFirm,
) -> None:
    """Nobody has to touch the draft."""
    month = {"instance": "books", "legal_entity": "ONE", "month": "2026-09-30"}
    await firm.house.set("periods", month | {"open": False})
    placed = {"apply": [{"doc": "INV-1", "amount": "70"}], "unapplied": "0"}
    firm.arrive("books", "customerPayment/7001", placed)

    firm.arrive("books", "invoice/5001", {"status": "Draft", "tranId": None})
    await firm.read("books")
    wrong = await firm.found()
    await firm.house.set("periods", month | {"open": True})
    await firm.a_day_later()

    assert wrong == {"DQ-F8": "issue_date 2026-09-30 is in a closed period"}
    assert await firm.found() == {}
