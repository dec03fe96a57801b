"""What a contract, a project and a person tell of the work ahead is held against what was done."""

from msgspec.structs import replace

from process_apis.project_to_cash.records import EventStatus
from tests.process_apis.billing_facts import billing_event
from tests.process_apis.judged_firm import JudgedFirm

AGREEMENT = "agreement/agr-0001"


async def test_a_contract_names_its_method_of_revenue_before_its_first_bill(
    firm: JudgedFirm,
) -> None:
    """Nobody misses it until the day of the bill; by the hour it follows by itself."""
    [contract] = (await firm.systems.contracts.contracts(number="CT-1")).items
    planned = replace(
        billing_event("EUR"),
        contract_id=contract.id,
        legal_entity="ONE",
        status=EventStatus.PLANNED,
        planned_date=firm.now.date().replace(day=3),
    )
    await firm.billing.plan([planned])

    firm.rewrite("paper", AGREEMENT, "commercials.billingModel", "FIXED_FEE")
    await firm.read("paper")
    before = await firm.found()
    await firm.a_day_later()
    due = (await firm.open())["DQ-K10"]
    firm.rewrite("paper", AGREEMENT, "commercials.revenueMethod", "POINT_IN_TIME")
    await firm.read("paper")

    assert before == {}
    assert (due.owner, due.detail) == (
        "finance",
        "revenue_method is absent, and none follows from billing_model",
    )
    assert await firm.found() == {}
