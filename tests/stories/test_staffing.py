"""A project's request gets a person: proposed, agreed to by each side, booked, and taken back."""

from datetime import datetime
from pathlib import Path

import msgspec

from experience_apis.staffing.views import ForecastList, OverAllocationList, RequestList
from governance.pages import cursor_at
from process_apis.client_matching.merges import MERGES
from process_apis.engagements import ENGAGEMENTS
from process_apis.procure_to_pay.ordering.requests import OrderRequest
from process_apis.procure_to_pay.ordering_face import OrderRequestList
from process_apis.resource_to_revenue.desk import Candidates
from process_apis.resource_to_revenue.records import BookingCase, BookingStage, Caution
from system_apis.canonical.procurement import Vendor
from system_apis.canonical.record import Page
from system_apis.canonical.team import Booking, StaffingRequest
from tests.stories.engagement import Scene, scene
from tests.stories.people import until

STAFFING, STREAM = "/experience/staffing/v1", "/process/resource-to-revenue/v1"
WON = "2026-10-05T09:00:40Z"
FOREIGN = cursor_at(MERGES.place((datetime.fromisoformat(WON), "mrg_1")))


async def test_a_person_is_booked_once_everybody_agrees_and_is_taken_back(tmp_path: Path) -> None:
    """At home one side decides, across companies both; what cannot be is refused by its number."""
    async with scene(tmp_path, project="P-4201") as stage:
        await stage.engagement.at(WON)
        await stage.engagement.set_up()
        asked = await _requests(stage)
        behind = [await _requests(stage, _behind(each)) for each in ("2026-01-01", "2027-01-01")]
        foreign = await stage.people.call(
            "resource_manager", "GET", f"{STAFFING}/requests?cursor={FOREIGN}"
        )
        senior, named = asked["Senior Consultant"], asked["Consultant DE"]
        seen = await _candidates(stage, "resource_manager", senior)
        costed = await _candidates(stage, "finance", senior)
        case = await _ask(stage, senior, "E102", "hard")
        await stage.engagement.approve("resource_manager", "book E102")
        booked = await _in_stage(stage, case.id, BookingStage.BOOKED)
        lent = await _ask(stage, named, "E202", "hard")
        await stage.engagement.approve("resource_manager", "book E202")
        await stage.engagement.approve("resource_manager", "book E202")
        await _in_stage(stage, lent.id, BookingStage.BOOKED)
        team = await _team(stage)
        filled = await _requests(stage)
        back = await stage.people.call("U-PM1", "POST", f"{STREAM}/bookings/{case.id}/cancellation")
        await _in_stage(stage, case.id, BookingStage.CANCELLED)
        reopened = await _requests(stage)
        left = await _team(stage)

    assert behind == [asked, {}]
    assert foreign.status == 400
    assert [each.employee for each in seen.items] == ["E102"]
    assert costed.items[0].score != seen.items[0].score
    assert b"margin" not in msgspec.json.encode(seen.items[0].parts)
    assert booked.booking_id is not None
    assert (lent.legal_entity, lent.lender) == ("NWA-US", "NWA-DE")
    assert sorted((each.employee, each.kind) for each in team) == [
        ("E102", "hard"),
        ("E202", "hard"),
    ]
    assert {each.status for each in (filled["Senior Consultant"], filled["Consultant DE"])} == {
        "filled"
    }
    assert back.status == 202
    assert reopened["Senior Consultant"].status == "open"
    assert [each.employee for each in left] == ["E202"]


async def test_too_much_is_refused_a_gap_is_bought_and_the_week_is_frozen(tmp_path: Path) -> None:
    """Over-allocation is named; a contractor is asked for; the forecast is there on Friday."""
    async with scene(tmp_path, project="P-4201") as stage:
        await stage.engagement.at(WON)
        await stage.engagement.set_up()
        asked = await _requests(stage)
        wanted = asked["Consultant US"]
        late = _wish(wanted, "E103", start="9999-12-20", end="9999-12-31")
        beyond = await stage.people.call("U-PM1", "POST", f"{STREAM}/bookings", late)
        forever = _wish(wanted, "E103", end="9999-12-31")
        endless = await stage.people.call("U-PM1", "POST", f"{STREAM}/bookings", forever)
        refused = await stage.people.call(
            "U-PM1",
            "POST",
            f"{STREAM}/bookings",
            _wish(wanted, "E103", start="2026-11-02", percent="50"),
        )
        warned = await _ask(stage, wanted, "E103", "hard", start="2026-11-02", percent="40")
        vendors = await stage.people.read(
            "procurement", "/system/procurement/v1/vendors", Page[Vendor]
        )
        gap = _gap(wanted, vendors.items[0].id)
        dear = await stage.people.call(
            "U-PM1", "POST", f"{STREAM}/contractors", gap | {"rate": _usd("150.00")}
        )
        bought = await stage.people.call("U-PM1", "POST", f"{STREAM}/contractors", gap)

        async def there() -> OrderRequest | None:
            path = "/process/procure-to-pay/v1/order-requests"
            page = await stage.people.read("procurement", path, OrderRequestList)
            return page.items[0] if page.items else None

        order = await until(there, "the request to order")
        await stage.engagement.at("2026-10-09T08:00:00Z")

        async def frozen() -> ForecastList | None:
            path = f"{STAFFING}/forecasts?start=2026-10-12&end=2026-12-31"
            page = await stage.people.read("resource_manager", path, ForecastList)
            return page if {each.legal_entity for each in page.items} >= {"NWA-US"} else None

        await until(frozen, "the frozen forecast")
        over = await stage.people.read(
            "resource_manager",
            f"{STAFFING}/over-allocations?start=2026-12-01&end=2027-02-26",
            OverAllocationList,
        )

    assert (beyond.status, b"is for 20" in beyond.body) == (409, True)
    assert (endless.status, b"366 days at most" in endless.body) == (422, True)
    assert (refused.status, warned.stage) == (409, BookingStage.ASKED)
    assert b"OVER_ALLOCATED: E103" in refused.body
    assert [each.code for each in warned.warned] == [Caution.OVER_ALLOCATED]
    assert (dear.status, bought.status) == (409, 202)
    assert order.wish.staffing_request_id == wanted.id
    assert over.items == []


def _behind(day: str) -> str:
    """Return the cursor of what projects ask for that were opened later."""
    return f"?cursor={cursor_at(ENGAGEMENTS.place((datetime.fromisoformat(f'{day}T00Z'), 'P-1')))}"


async def _requests(stage: Scene, page_of: str = "") -> dict[str, StaffingRequest]:
    path = f"{STAFFING}/requests{page_of}"
    page = await stage.people.read("resource_manager", path, RequestList)
    return {e.role: e for e in page.items if e.project_number == "P-4201"}


async def _candidates(stage: Scene, who: str, request: StaffingRequest) -> Candidates:
    path = f"{STREAM}/staffing-requests/{request.id}/candidates"
    return await stage.people.read(who, path, Candidates)


def _wish(request: StaffingRequest, employee: str, **more: str) -> dict[str, object]:
    return {
        "staffing_request_id": request.id,
        "employee": employee,
        "kind": "hard",
    } | more


async def _ask(
    stage: Scene, request: StaffingRequest, employee: str, kind: str, **more: str
) -> BookingCase:
    wish = _wish(request, employee, kind=kind, **more)
    answer = await stage.people.call("U-PM1", "POST", f"{STREAM}/bookings", wish)
    return answer.read(BookingCase)


async def _in_stage(stage: Scene, case_id: str, wanted: BookingStage) -> BookingCase:
    async def there() -> BookingCase | None:
        path = f"{STREAM}/bookings/{case_id}"
        found = await stage.people.read("resource_manager", path, BookingCase)
        return found if found.stage is wanted else None

    return await until(there, f"the booking being {wanted}")


async def _team(stage: Scene) -> list[Booking]:
    path = "/system/psa/v1/bookings?legal_entity=NWA-US&on=2026-10-31&project_number=P-4201"
    return (await stage.people.read("resource_manager", path, Page[Booking])).items


def _usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def _gap(request: StaffingRequest, vendor_id: str) -> dict[str, object]:
    return {
        "staffing_request_id": request.id,
        "vendor_id": vendor_id,
        "hours": "100",
        "rate": _usd("100.00"),
    }
