"""A November of people who hand hours in on the sandbox, and of those who decide and pay."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gateway.firm import load_firm
from governance.access import Caller, acting_as
from process_apis.approvals.escalating import Escalations
from process_apis.approvals.requests import Approval, Decision
from process_apis.engine import Process
from process_apis.events.event import Event
from process_apis.time_and_expense import pay_records, records
from process_apis.time_and_expense.delegations import Delegations
from process_apis.time_and_expense.desk import Desk
from process_apis.time_and_expense.directory import Directory
from process_apis.time_and_expense.identifiers import delegation_id
from process_apis.time_and_expense.pay_runs import PayRuns
from process_apis.time_and_expense.paying import Paying
from process_apis.time_and_expense.process import TimeAndExpense, processes
from process_apis.time_and_expense.questions import Questions
from process_apis.time_and_expense.records import Delegation, EntryWish, HandedIn, Wish
from process_apis.time_and_expense.register import Register
from process_apis.time_and_expense.surroundings import Surroundings
from process_apis.time_and_expense.waiting import Waiting
from process_apis.time_and_expense.writing import Writing
from system_apis.canonical.time import TimeEntry
from tests.faults.changed_project import COMPANY, TESTS, ChangedProject, person
from tests.process_apis.late_work import never_late
from tests.process_apis.workshop import Workshop
from tests.system_apis.sandbox.house import NORTHWIND, House, house_of

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
DECIDE = {
    "U-PM2": "project_manager",
    "U-PM9": "project_manager",
    "U-LM1": "line_manager",
    "U-LM2": "line_manager",
    "U-FI1": "finance",
}
# Who decides too, though no firm's facts name them; and who leads whom, which HR knows.
ALSO = ("U-PM9", "U-LM2")
LED_BY = {"E201": "U-LM2", "E202": "U-LM1", "C901": "U-LM1", "U-LM1": "U-LM2"}


class Batch(Struct):
    """Hours that those who pay were told of, in whichever system's words."""

    lines: list[dict[str, str | None]]


class Told(Struct):
    """What every system holds, as it keeps it."""

    instances: dict[str, dict[str, list[msgspec.Raw]]]


class WorkedMonth(ChangedProject):
    """A project whose people hand hours in, on whatever day it is."""

    def __init__(self, house: House, workshop: Workshop) -> None:
        super().__init__(house, workshop, ())
        firm, store, audit = load_firm(NORTHWIND), workshop.store, workshop.audit
        self.today = date(2026, 11, 10)
        self.register, self.pay_runs = Register(store, audit), PayRuns(store, audit)
        self.delegations = Delegations(store, audit)
        known = firm.directory().holders
        self.directory = Directory(known | {(each, DECIDE[each], COMPANY) for each in ALSO})
        self.terms, self.entities = firm.time_and_expense_terms(), firm.legal_entities()
        self.around = Surroundings(self.systems, self.directory)
        self.desk = Desk(
            self.around, self.register, self.entities, self.terms, firm.worth(), self.moment
        )

    async def set_up(self) -> None:
        """Let the project be under way, so that it takes hours."""
        await super().set_up()
        psa = self.systems.psas["psa"]
        [project] = (await psa.projects(number="P-2001")).items
        await psa.activate_project(project.id, key="activated")

    def moment(self) -> datetime:
        """Return the afternoon of today."""
        return datetime.combine(self.today, time(14), UTC)

    async def on(self, day: date) -> None:
        """Let it be another day."""
        self.today = day
        await self.house.at(f"{self.moment():%Y-%m-%dT%H:%M:%SZ}")

    async def look(self) -> None:
        """Look after what waits for an answer, as a program does that has just begun."""
        going_on = Escalations(self.workshop.store, self.workshop.audit, self.approvals)
        waiting = Waiting(
            going_on, self.register, self.around, self.entities, self.terms, self.moment
        )
        await waiting.look()

    def work(self) -> tuple[list[Process], list[ModuleType]]:
        """Return time and expense, and the rooms whose records its steps return."""
        writing = Writing(self.systems, self.register, self.approvals, self.moment)
        questions = Questions(
            self.register,
            self.approvals,
            self.delegations,
            self.directory,
            self.entities,
            self.terms,
            self.moment,
        )
        paying = Paying(self.systems, self.pay_runs, self.terms)
        return processes(TimeAndExpense(writing, questions, paying, never_late)), [
            records,
            pay_records,
        ]

    async def handed_in(self, wish: Wish, *, by: str) -> HandedIn:
        """Hand hours or an expense in as somebody."""
        return await self.desk.take(wish, by=_as(by))

    async def corrected(self, wish: EntryWish) -> HandedIn:
        """Hand a row of one's week in, new or another version of it."""
        [row] = await self.desk.take_week([wish], by=_as(wish.employee))
        return row

    async def stands_in(self, delegate: str, first: date, last: date) -> None:
        """Let somebody decide for the project manager for a while."""
        told = Delegation(
            id=delegation_id(f"{delegate}|{first}|{last}"),
            legal_entity=COMPANY,
            person="U-PM2",
            delegate=delegate,
            start=first,
            end=last,
        )
        await self.delegations.tell(told, by=_as("U-PM2"))

    async def asked(self, who: str) -> list[Approval]:
        """Return what a person is asked."""
        return await self.approvals.waiting(_as(who))

    async def answered(self, asked: Approval, decision: Decision, *, by: str) -> list[Event]:
        """Answer as a person, and return what follows."""
        with acting_as(_as(by)):
            version, at = asked.subject_version, self.moment()
            await self.approvals.decide(
                asked.id, decision, version=version, comment="seen", by=_as(by), at=at
            )
        found = await self.approvals.continuations()
        for each in found:
            await self.approvals.mark_continued(each.approval_id)
        return [each.event for each in found]

    async def entries(self, who: str) -> list[TimeEntry]:
        """Return a person's hours of the month, as the PSA has them."""
        psa = self.systems.psas["psa"]
        return await psa.entries_of(employee_number=who, start=FIRST, end=LAST)

    async def told_to_pay(self) -> dict[tuple[str, str], Fraction]:
        """Return the hours that payroll and procurement hold, by person and pay code."""
        held = msgspec.json.decode(await self.house.ask("ledger"), type=Told).instances
        batches = [*held["hr"].get("hoursBatch", [])]
        batches += held["procurement"].get("contractor_hours", [])
        found: dict[tuple[str, str], Fraction] = {}
        for batch in batches:
            for line in msgspec.json.decode(batch, type=Batch).lines:
                who = line.get("employeeNumber") or line.get("worker") or ""
                at = (who, line.get("payCode") or "")
                found[at] = found.get(at, Fraction(0)) + Fraction(Decimal(line["hours"] or "0"))
        return found


def _firm(folder: Path) -> Path:
    """Write Northwind's facts with those who lead its people."""
    facts = msgspec.json.decode((NORTHWIND / "fixture.json").read_bytes(), type=dict[str, object])
    people = facts["employees"]
    assert isinstance(people, list)
    leaders = [
        {"id": each, "name": each, "legal_entity": COMPANY, "role": "Manager", "cost_rate": "90"}
        for each in ("U-LM1", "U-LM2")
    ]
    known = [*people, *leaders]
    facts["employees"] = [each | {"manager": LED_BY.get(each["id"])} for each in known]
    folder.mkdir()
    (folder / "fixture.json").write_bytes(msgspec.json.encode(facts))
    return folder


def _as(subject: str) -> Caller:
    return person(subject, DECIDE.get(subject, "employee"))


@asynccontextmanager
async def worked_month(directory: Path) -> AsyncIterator[WorkedMonth]:
    """Run the firm's systems in November, with a project that takes hours."""
    data = directory / "data"
    data.mkdir()
    workshop = Workshop(data)
    firm = _firm(directory / "firm")
    async with house_of(firm, directory, timeout_ms=10_000) as house:
        month = WorkedMonth(house, workshop)
        await month.on(date(2026, 11, 10))
        with acting_as(replace(TESTS, scopes=frozenset())):
            await month.set_up()
            yield month
    workshop.close()
