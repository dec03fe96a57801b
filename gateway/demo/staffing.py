"""The chapter of who works next: people for the requests that begin after the month."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from msgspec import Struct

from experience_apis.staffing.views import CapacityView, ForecastList, RequestList
from gateway.demo.deciding import Deciders
from gateway.demo.visitor import Tell, Unexpected, Visitor, until
from gateway.firm import Firm
from process_apis.resource_to_revenue.desk import Candidates
from process_apis.resource_to_revenue.records import BookingCase, BookingStage
from process_apis.resource_to_revenue.rules.demand import STANDING
from system_apis.canonical.team import StaffingRequest

STAFFING, STREAM = "/experience/staffing/v1", "/process/resource-to-revenue/v1"
_HALF_A_YEAR = timedelta(days=180)


class StaffingChapter(Struct, frozen=True):
    """Has people proposed, booked and refused, as managers of projects and resources do."""

    visitor: Visitor
    deciders: Deciders
    firm: Firm
    tell: Tell

    async def play(self) -> None:
        """Book whoever fits best what is asked for after the month, and tell what that leaves."""
        planner = self.firm.person("resource_manager")
        if planner is None:
            return
        page = await self.visitor.get(planner.id, f"{STAFFING}/requests", RequestList)
        end = self.firm.period.end
        ahead = [each for each in page.items if each.start > end and each.status in STANDING]
        if not ahead:
            return
        self.tell("[bold]Who works next[/]: requests that begin after the month")
        await self._refuse(planner.id, ahead)
        for each in ahead:
            await self._fill(planner.id, each)
        await self._tell_forecast(planner.id)

    async def _fill(self, planner: str, request: StaffingRequest) -> None:
        path = f"{STREAM}/staffing-requests/{request.id}/candidates"
        told = await self.visitor.get(planner, path, Candidates)
        what = f"{request.project_number}: {request.role} from {request.start} on"
        if not told.items:
            ways = "; ".join(each.reason for each in told.options)
            self.tell(f"  {what}: nobody fits; {ways}")
            return
        best = told.items[0]
        reasons = ", ".join(best.reasons)
        self.tell(f"  {what}: {best.name} fits best, {best.score} of 1 ({reasons})")
        wish = {
            "staffing_request_id": request.id,
            "employee": best.employee,
            "kind": "hard",
        }
        manager = self._manager(request)
        key = f"book-{request.id}"
        asked = await self.visitor.send(
            manager, "POST", f"{STREAM}/bookings", wish, BookingCase, key=key
        )

        async def booked() -> bool:
            self.deciders.stillness.wake()
            await self.deciders.decide_all()
            now = await self.visitor.get(planner, f"{STREAM}/bookings/{asked.id}", BookingCase)
            return now.stage is BookingStage.BOOKED

        await until(booked, f"the booking of {best.employee} on {request.project_number}")
        lent = f", lent by {asked.lender}" if asked.crosses else ""
        self.tell(f"  {best.name} is booked for {asked.percent:f} % until {asked.end}{lent}")

    async def _refuse(self, planner: str, requests: Sequence[StaffingRequest]) -> None:
        """Ask for all of somebody who is booked already, which nobody gets."""
        day = self.firm.period.end + timedelta(days=1)
        days = f"start={day}&end={day + timedelta(days=6)}"
        told = await self.visitor.get(planner, f"{STAFFING}/capacity?{days}", CapacityView)
        busy = {
            each.employee
            for each in told.people
            if each.available and each.hard / each.available > Decimal("0.5")
        }
        for request in requests:
            path = f"{STREAM}/staffing-requests/{request.id}/candidates"
            found = (await self.visitor.get(planner, path, Candidates)).items
            if not found or found[0].employee not in busy:
                continue
            wish = {
                "staffing_request_id": request.id,
                "employee": found[0].employee,
                "kind": "hard",
                "percent": "100",
                "start": str(day),
            }
            try:
                await self.visitor.send(
                    self._manager(request), "POST", f"{STREAM}/bookings", wish, BookingCase
                )
            except Unexpected as refused:
                _, _, said = str(refused).partition("OVER_ALLOCATED: ")
                if not said:
                    raise
                self.tell(f"  refused as OVER_ALLOCATED: {said.partition('.')[0]}")
                return
            raise Unexpected(f"{found[0].employee} is booked for more than there is of them")

    async def _tell_forecast(self, planner: str) -> None:
        day = self.firm.period.end
        days = f"start={day}&end={day + _HALF_A_YEAR}"

        every = await self.visitor.get(planner, f"{STAFFING}/forecasts?{days}", ForecastList)
        if not every.items:
            self.tell("  nothing of the weeks to come is frozen yet: that is done on Fridays")
            return
        newest = max(each.frozen_on for each in every.items)
        rows = [each for each in every.items if each.frozen_on == newest]
        hours = sum((each.hours for each in rows), Decimal(0))
        people = {each.employee for each in rows}
        weeks = {each.week for each in rows}
        self.tell(
            f"  foreseen and frozen on {newest}: {hours} h of {len(people)} people "
            f"in {len(weeks)} weeks"
        )

    def _manager(self, request: StaffingRequest) -> str:
        entity = request.legal_entity
        for person in self.firm.people:
            if "project_manager" in person.roles and entity in person.entities:
                return person.id
        raise LookupError(f"{entity} has no project manager")
