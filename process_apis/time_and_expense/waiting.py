"""What waits too long, and what is due: questions that go on, and months that are locked."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta

from governance.access import Caller, acting_as
from governance.editions import Editions
from process_apis.approvals.escalating import Escalations, GoneOn
from process_apis.approvals.requests import Approval
from process_apis.engine import Engine
from process_apis.events.time_and_expense import PayRunAsked
from process_apis.time_and_expense.desk import LOOKS
from process_apis.time_and_expense.questions import ENTRY, NAME
from process_apis.time_and_expense.records import HandedIn
from process_apis.time_and_expense.register import Register
from process_apis.time_and_expense.rules import escalation, periods, routing
from process_apis.time_and_expense.rules.escalation import Level
from process_apis.time_and_expense.rules.terms import RoutingTerms, TimeAndExpenseTerms
from process_apis.time_and_expense.surroundings import Surroundings
from system_apis.canonical.party import LegalEntity
from system_apis.errors import SystemFailure

BY = f"process:{NAME}"
LOOK_EVERY = timedelta(minutes=10)


class Waiting:
    """Looks after questions about time and expenses that nobody answers."""

    def __init__(
        self,
        escalations: Escalations,
        register: Register,
        around: Surroundings,
        entities: Mapping[str, LegalEntity],
        terms: Editions[TimeAndExpenseTerms],
        clock: Callable[[], datetime],
    ) -> None:
        self._escalations, self._register, self._around = escalations, register, around
        self._entities, self._terms, self._clock = entities, terms, clock
        self._looked_at: datetime | None = None
        self._identity = Caller(
            subject=BY,
            client_id=BY,
            scopes=LOOKS,
            entities=frozenset(entities),
        )

    async def look(self) -> None:
        """Remind, and ask others, where so many hours of business went by; now and then."""
        now = self._clock()
        if self._looked_at and timedelta() <= now - self._looked_at < LOOK_EVERY:
            return
        with acting_as(self._identity):
            for asked, reached in await self._escalations.pending(NAME):
                # A system that cannot say it now is asked again at the next look.
                with suppress(SystemFailure):
                    await self._go_on(asked, reached, now)
        self._looked_at = now

    async def _go_on(self, asked: Approval, reached: int, now: datetime) -> None:
        company = self._entities[asked.legal_entity]
        terms = self._terms.on(company.day_of(now)).terms.routing
        row = await self._register.get(asked.subject_id, asked.subject_version)
        if now - asked.requested_at >= terms.clean_time_after and await self._agrees(row, terms):
            await self._escalations.settle(asked, "clean time approves itself", at=now)
            return
        within = terms.time_within if asked.subject_type == ENTRY else terms.expense_within
        waited = escalation.business_hours(asked.requested_at, now, company)
        level = escalation.level_of(waited, within, terms)
        if level > reached:
            await self._escalations.go_on(asked, await self._next(row, level, terms), at=now)

    async def _agrees(self, row: HandedIn, terms: RoutingTerms) -> bool:
        """Whether hours are clean, and their contract lets such hours approve themselves."""
        if not routing.is_clean(row) or not terms.clean_time_approves_itself_in:
            return False
        contract = await self._around.contract_of(await self._around.project(row.project_number))
        return contract is not None and contract.number in terms.clean_time_approves_itself_in

    async def _next(self, row: HandedIn, level: Level, terms: RoutingTerms) -> GoneOn:
        match level:
            case Level.FINANCE:
                return GoneOn(level=level, told="to_finance", role=terms.last_resort)
            case Level.ESCALATED:
                above = await self._above(row)
                role = routing.LINE_MANAGER if above else None
                return GoneOn(level=level, told="escalated", role=role, assignee=above)
            case _:
                return GoneOn(level=level, told="reminded")

    async def _above(self, row: HandedIn) -> str | None:
        """Return the manager's manager of a person, if HR knows one who can be asked."""
        managers = await self._around.managers(row.legal_entity, self._clock().date())
        concerned = {row.wish.employee, row.handed_in_by}
        above = escalation.managers_manager(row.wish.employee, managers, concerned)
        known = self._around.directory.holds(above, routing.LINE_MANAGER, row.legal_entity)
        return above if known else None


class MonthEnds:
    """Tells those who pay the hours of a month once the month is locked."""

    def __init__(
        self,
        engine: Engine,
        entities: Mapping[str, LegalEntity],
        terms: Editions[TimeAndExpenseTerms],
        clock: Callable[[], datetime],
    ) -> None:
        self._engine, self._entities = engine, entities
        self._terms, self._clock = terms, clock
        self._done: date | None = None

    async def look(self) -> None:
        """Start the first pay run of the month before, where it is locked; once a day."""
        today = self._clock().date()
        if self._done == today:
            return
        runs = []
        for code, company in self._entities.items():
            day = company.day_of(self._clock())
            month = day.replace(day=1) - timedelta(days=1)
            if periods.is_over(month, day, self._terms.on(day).terms.lock):
                runs.append(PayRunAsked(period=f"{month:%Y-%m}", run=1, legal_entity=code))
        await self._engine.start_new(runs, by=BY)
        self._done = today
