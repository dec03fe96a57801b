"""The sandbox firm's HR system, which speaks like BambooHR, behind our interface."""

from collections.abc import Mapping
from datetime import date
from typing import TypeVar

import msgspec
from msgspec import Struct

from system_apis.canonical.attendance import TimeOff, WorkCalendar
from system_apis.canonical.payroll import PayRun
from system_apis.canonical.people import Employee, EmployeeCost, EmployeeSkill
from system_apis.canonical.record import Change, Page
from system_apis.change_feed import identified
from system_apis.connector import Connection, References, Request, Upstream
from system_apis.dedupe import DedupeMode, NativeKey
from system_apis.errors import NotFound, Refused, TryAgain, Unknown
from system_apis.hr import sandbox_attendance as attendance
from system_apis.hr import sandbox_payroll as payroll
from system_apis.hr import sandbox_records as records
from system_apis.hr.interface import Hr

_PATH = "/api/v1"
R = TypeVar("R", bound=records.Row)
T = TypeVar("T")


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the HR system is, and how many people a page asks for."""

    connection: Connection
    page_size: int = 200


def connect(config: Config, upstream: Upstream, references: References) -> Hr:
    """Return the HR system behind an upstream."""
    return SandboxHr(config, upstream, references)


class SandboxHr:
    """The sandbox firm's HR system as our processes see it."""

    writes: Mapping[str, DedupeMode] = {"record_pay_run": NativeKey()}

    def __init__(self, config: Config, upstream: Upstream, references: References) -> None:
        self.instance = upstream.instance
        self._page_size = config.page_size
        self._upstream = upstream
        self._references = references

    async def employee(self, employee_id: str) -> Employee:
        """Return one person, or raise `NotFound`."""
        record_id = await self._references.record_of("employee", employee_id)
        person = await self._get("employee", f"/employees/{record_id}", {}, records.Person)
        if person.id != record_id:
            raise TryAgain(self.instance, f"asked for {record_id}, was given {person.id}")
        [said] = await self._canonical([person])
        return said

    async def employees(
        self,
        *,
        number: str | None = None,
        legal_entity: str | None = None,
        role: str | None = None,
        cursor: str | None = None,
    ) -> Page[Employee]:
        """Return people, who left included, in the order they were entered, a page at a time.

        `role` finds those who hold a role now.
        """
        asked = {
            "employeeNumber": number,
            "division": legal_entity,
            "jobTitle": role,
            "page": cursor,
            "limit": str(self._page_size),
        }
        query = {name: value for name, value in asked.items() if value is not None}
        page = await self._get("employees", "/employees", query, records.People)
        return Page(await self._canonical(page.employees), page.next_cursor)

    async def cost_rates(
        self, *, legal_entity: str, employee_number: str | None = None
    ) -> list[EmployeeCost]:
        """Return what a company's people, or one of them, cost over time (restricted)."""
        people = await self._people(legal_entity, employee_number)
        rows = await self._table(
            "cost_rates", "compensation", people, list[records.CompensationRow]
        )
        try:
            return [records.cost_of(each, rows[record]) for record, each in people.items()]
        except ValueError as error:
            raise Refused(self.instance, str(error), code="COST_RATES_UNCLEAR") from error

    async def skills(
        self, *, legal_entity: str, employee_number: str | None = None
    ) -> list[EmployeeSkill]:
        """Return what a company's people, or one of them, are good at."""
        people = await self._people(legal_entity, employee_number)
        rows = await self._table("skills", "customSkills", people, list[records.SkillRow])
        return [row.canonical(each) for record, each in people.items() for row in rows[record]]

    async def time_off(
        self, *, legal_entity: str, start: date, end: date, employee_number: str | None = None
    ) -> list[TimeOff]:
        """Return the approved leave of a company's people that touches start..end."""
        people = await self._people(legal_entity, employee_number)
        query = {"start": start.isoformat(), "end": end.isoformat(), "status": "approved"}
        requests = await self._get(
            "time_off", "/time_off/requests", query, list[attendance.TimeOffRequest]
        )
        own = [each for each in requests if each.employee_id in people]
        ids = await self._references.ids_of("time_off", [each.id for each in own])
        return [
            each.canonical(known, people[each.employee_id], self.instance)
            for each, known in zip(own, ids, strict=True)
        ]

    async def work_calendar(self, *, legal_entity: str, start: date, end: date) -> WorkCalendar:
        """Return when a company works, with the holidays of start..end, or raise `NotFound`."""
        query = {"division": legal_entity}
        found = await self._get("work_calendar", "/work_schedules", query, attendance.Schedules)
        if not found.schedules:
            raise NotFound(self.instance, f"no calendar of {legal_entity}")
        schedule = found.schedules[0]
        [own] = await self._references.ids_of("work_calendar", [schedule.id])
        return schedule.canonical(own, start, end, self.instance)

    async def record_pay_run(self, run: PayRun, *, key: str) -> PayRun:
        """Record hours that are to be paid; the reference is unique, so that it is done once."""
        reply = await self._upstream.send(
            Request(
                operation="record_pay_run",
                method="POST",
                path=f"{_PATH}/payroll/hours",
                headers={"Content-Type": "application/json"},
                body=msgspec.json.encode(payroll.HoursBatch.of(run)),
                writes=True,
            )
        )
        if reply.status in {400, 409}:
            raise Refused(self.instance, reply.body.decode(errors="replace"), code="RUN_TAKEN")
        recorded = reply.read(payroll.HoursBatch).canonical()
        if recorded != run:
            raise Unknown(self.instance, f"told of {run.number}, was answered {recorded.number}")
        return recorded

    async def changes(self, *, after: int) -> Page[Change]:
        """Return what changed after a sequence number; the last item's sequence is the next."""
        reply = await self._upstream.send(
            Request(operation="changes", method="GET", path="/changes", query={"after": str(after)})
        )
        lines = [each.line() for each in reply.read(records.ChangedRecords).changed]
        return Page(await identified(lines, self._references))

    async def _people(self, legal_entity: str, number: str | None) -> dict[str, Employee]:
        """Return a company's people, or the one of a number, by their record's id."""
        found: dict[str, Employee] = {}
        cursor: str | None = None
        while True:
            page = await self.employees(number=number, legal_entity=legal_entity, cursor=cursor)
            found |= {each.source.record_id: each for each in page.items}
            if page.next_cursor is None:
                return found
            cursor = page.next_cursor

    async def _table(
        self, operation: str, table: str, people: Mapping[str, object], into: type[list[R]]
    ) -> dict[str, list[R]]:
        """Return the rows of a table by whose they are, also of those who have none."""
        whose = next(iter(people)) if len(people) == 1 else "all"
        rows: dict[str, list[R]] = {each: [] for each in people}
        path = f"/employees/{whose}/tables/{table}"
        for row in await self._get(operation, path, {}, into):
            if row.employee_id in rows:
                rows[row.employee_id].append(row)
        return rows

    async def _canonical(self, people: list[records.Person]) -> list[Employee]:
        known = [each.id for each in people]
        known += [each.supervisor_e_id for each in people if each.supervisor_e_id]
        ours = await self._references.ids_of("employee", known)
        ids = dict(zip(known, ours, strict=True))
        roles = await self._last_roles([each for each in people if each.left])
        return [
            each.canonical(roles.get(each.id, each.job_title), ids, self.instance)
            for each in people
        ]

    async def _last_roles(self, people: list[records.Person]) -> dict[str, str]:
        """Return the last roles of people who left, which the list does not tell any more."""
        if not people:
            return {}
        rows = await self._table(
            "employees", "jobInfo", {each.id: each for each in people}, list[records.JobRow]
        )
        return {record: job for record, own in rows.items() if (job := records.last_job(own))}

    async def _get(self, operation: str, path: str, query: Mapping[str, str], into: type[T]) -> T:
        reply = await self._upstream.send(
            Request(operation=operation, method="GET", path=f"{_PATH}{path}", query=query)
        )
        return reply.read(into)
