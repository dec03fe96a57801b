"""What becomes wrong, or right, though nobody touches it is judged again once a day."""

import pytest
from msgspec import Struct

from process_apis.client_matching.rules import ClientMatch, MatchTerms, Verdict, matches
from process_apis.pages import every
from tests.process_apis.judged_firm import ALL, JudgedFirm
from tests.process_apis.workshop import Workshop

AGREEMENT, FIXED = "agreement/agr-0001", "agreement/agr-0002"


class Passing(Struct, frozen=True):
    """A field with a day in it that is good today and not tomorrow."""

    instance: str
    record: str
    path: str
    value: object
    named: str


PASSING = {
    "DQ-K2": Passing("paper", AGREEMENT, "lifecycle.effectiveTo", "2026-11-02", "effective_to"),
    "DQ-P7": Passing("paper", FIXED, "deliverables.0.plannedDate", "2026-10-26", "forecast_date"),
    "DQ-V1": Passing("buying", "supplier/801", "insurance-expires-on", "2026-11-02", "insurance"),
    "DQ-F6": Passing("books", "customerPayment/7001", "tranDate", "2026-10-03", "unapplied"),
    "DQ-C10": Passing(
        "books", "customer/CUST-1", "custentity_einvoice_ids", [], "einvoice_endpoints"
    ),
    "DQ-E1": Passing("staff", "employee/4001", "hireDate", "2026-11-03", "cost_rates"),
}


@pytest.mark.parametrize("rule", PASSING)
async def test_a_record_that_a_day_makes_wrong_is_found_on_that_day(
    firm: JudgedFirm, rule: str
) -> None:
    """No feed tells of it."""
    passing = PASSING[rule]
    firm.open_project("P-2", "CT-2", external_reference="project:2")
    firm.rewrite(passing.instance, passing.record, passing.path, passing.value)
    if rule == "DQ-E1":
        firm.arrive(passing.instance, passing.record, {"compensation": []})

    await firm.read(*ALL)
    today = await firm.found()
    await firm.a_day_later()

    assert rule not in today
    assert passing.named in (await firm.found())[rule]


async def test_a_contract_whose_work_is_over_may_run_out(firm: JudgedFirm) -> None:
    """Its project is closed, and nothing is to be billed after it."""
    firm.rewrite("paper", AGREEMENT, "lifecycle.effectiveTo", "2026-11-02")
    firm.arrive("work", "workspace/P-1", {"status": "Closed", "due_date": "2026-12-31"})

    await firm.read("paper", "work")
    await firm.a_day_later()

    assert await firm.found() == {}


async def test_a_record_is_judged_again_once_a_day(firm: JudgedFirm, workshop: Workshop) -> None:
    """Also by a program that was started anew; the systems are asked no more."""
    await firm.read(*ALL)
    today = await firm.looks.of_the_day()

    tomorrow = await firm.a_day_later()
    asked = await firm.house.calls()
    again = await firm.looks.of_the_day() + await firm.new_looks(workshop).of_the_day()

    assert (today, again) == (0, 0)
    assert tomorrow > 0
    assert await firm.house.calls() == asked


async def test_what_is_over_and_right_is_not_judged_again(firm: JudgedFirm) -> None:
    """A client, an invoice, a payment that is placed, a project that is closed."""
    firm.arrive("work", "workspace/P-1", {"status": "Closed"})
    placed = {"apply": [{"doc": "INV-1", "amount": "70"}], "unapplied": "0"}
    firm.arrive("books", "customerPayment/7001", placed)

    await firm.read("sales", "books", "work")

    assert await firm.a_day_later() == 0


async def test_a_day_is_gone_through_in_parts_and_carried_on(
    firm: JudgedFirm, workshop: Workshop
) -> None:
    """Ten records at once; a program that was started anew goes on where the other stopped."""
    money = {
        "subsidiary": "ONE",
        "customer": "CUST-1",
        "tranDate": "2026-10-31",
        "currency": "EUR",
        "payment": "1",
        "unapplied": "1",
    }
    numbers = range(8001, 8013)
    firm.arrive_all("books", {f"customerPayment/{n}": money | {"id": str(n)} for n in numbers})
    await firm.read("books")

    first = await firm.a_day_later()
    rest = await firm.new_looks(workshop).of_the_day()

    assert (first, rest) == (10, 3)
    assert await firm.looks.of_the_day() == 0


async def test_a_system_that_is_away_keeps_no_other_waiting(firm: JudgedFirm) -> None:
    """What it has is judged when it is back, on the same day."""
    await firm.read("paper", "buying")
    await firm.house.fail("503-before", "agreement")

    first = await firm.a_day_later()
    back = await firm.looks.of_the_day()

    assert (first, back) == (1, 2)


async def test_a_twin_is_right_again_when_the_other_is_corrected(firm: JudgedFirm) -> None:
    """Both had one tax id; one of them was changed."""
    firm.rewrite("books", "customer/CUST-1", "vatRegNumber", "DE811000004")
    firm.arrive("books", "customer/CUST-2", {"companyName": "Main plc"})

    await firm.read("books")
    both = [each.detail for each in await firm.findings.all_open()]
    firm.rewrite("books", "customer/CUST-2", "vatRegNumber", "DE811000012")
    await firm.a_day_later()

    assert sorted(both) == ["tax_id is also that of CUST-1", "tax_id is also that of CUST-2"]
    assert await firm.found() == {}


async def _alike(firm: JudgedFirm) -> list[ClientMatch]:
    """Return what client matching says of the ledger's clients, one of which was renamed."""
    firm.arrive("books", "customer/CUST-2", {"companyName": "Rhein GmbH", "vatRegNumber": None})
    erp = firm.systems.by_erp_instance("books")
    clients = await every(lambda at: erp.clients(cursor=at))
    return [each for each in matches(clients, MatchTerms()) if each.verdict is Verdict.STEWARD]


async def test_clients_that_a_steward_is_asked_about_are_found_until_it_is_decided(
    firm: JudgedFirm,
) -> None:
    """Client matching found them after they were judged, and a person said that they are two."""
    found = await _alike(firm)
    await firm.read("books")
    before = await firm.found()

    await firm.register.found(found, firm.now)
    await firm.a_day_later()
    asked = [each.detail for each in await firm.findings.all_open() if each.rule == "DQ-C4"]
    pair = found[0]
    await firm.register.decided(
        pair.left.id, pair.right.id, Verdict.DIFFERENT, by="U-1", at=firm.now
    )
    await firm.a_day_later()

    assert "DQ-C4" not in before
    assert sorted(asked) == [
        "legal_name Rhein AG may be the client of Rhein GmbH in books",
        "legal_name Rhein GmbH may be the client of Rhein AG in books",
    ]
    assert "DQ-C4" not in await firm.found()
