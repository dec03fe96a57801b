"""Period close: what of a company's month is not settled, and the switch that ends it."""

from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from governance.access import Caller, acting_as
from process_apis.engagements import Engagement, EngagementStatus
from process_apis.errors import Conflict
from process_apis.exceptions.cases import may_be_of
from process_apis.exceptions.queue import ExceptionQueue
from process_apis.pages import every
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import TO_BILL, InvoiceStage
from process_apis.revenue import waiting
from process_apis.revenue.books.periods import Periods
from process_apis.revenue.figures.standing import days_of
from process_apis.revenue.questions import Questions
from process_apis.revenue.recognizing import Recognizing
from process_apis.revenue.records import AccountingPeriod, PeriodStatus, Waiting
from system_apis.canonical.procurement import VendorBill
from system_apis.canonical.record import Page
from system_apis.canonical.revenue import Month
from system_apis.canonical.time import ExpenseLine, TimeEntry
from system_apis.systems import Systems

UNPOSTED = (InvoiceStage.PENDING_APPROVAL, InvoiceStage.APPROVED, InvoiceStage.POSTING)
NAME = "process:period-close"


class PeriodView(Struct, frozen=True):
    """A company's month, and what of it waits."""

    period: AccountingPeriod
    waiting: list[Waiting]


class Closing(Struct, frozen=True):
    """Looks at what waits, closes and opens again."""

    systems: Systems
    recognizing: Recognizing
    billing: BillingLedger
    exceptions: ExceptionQueue
    periods: Periods
    questions: Questions
    unbooked: Callable[[str, Month], Awaitable[Sequence[waiting.Accrued]]]

    async def look(self, legal_entity: str, month: Month) -> PeriodView:
        """Return a company's month with what of it is not settled yet."""
        with acting_as(_identity(legal_entity)):
            found = [
                *await self._work(legal_entity, month),
                *await self._billing(legal_entity, month),
                *await self._exceptions(legal_entity),
                *await self._bills(legal_entity, month),
                *waiting.unaccrued(await self.unbooked(legal_entity, month)),
                *await self._revenue(legal_entity, month),
            ]
        return PeriodView(await self.periods.get(legal_entity, month), found)

    async def close(
        self, legal_entity: str, month: Month, *, despite: str | None, by: Caller
    ) -> AccountingPeriod:
        """Close a month of which nothing waits, or which is closed despite it for a reason.

        Raises `Conflict` before its last day has come, and while something of it waits.
        """
        seen = await self.look(legal_entity, month)
        if seen.period.status is PeriodStatus.CLOSED:
            return seen.period
        if self.recognizing.today(legal_entity) < days_of(month).end:
            raise Conflict(f"the last day of {month} has not come for {legal_entity}")
        if seen.waiting and despite is None:
            codes = ", ".join(f"{each.count} {each.code}" for each in seen.waiting)
            raise Conflict(f"{month} waits for {codes}: settle them, or send `despite` with why")
        return await self.periods.close(legal_entity, month, reason=despite, by=by)

    async def _projects(self, legal_entity: str) -> list[Engagement]:
        found = await self.recognizing.engagements.listed(frozenset({legal_entity}))
        return [each for each in found if each.status is EngagementStatus.ACTIVE]

    async def _work(self, legal_entity: str, month: Month) -> list[Waiting]:
        """Return the hours and expenses of the month that nobody has decided about."""
        days, psa = days_of(month), self.systems.psa(legal_entity, on=days_of(month).end)
        entries: list[TimeEntry] = []
        spent: list[ExpenseLine] = []
        for engagement in await self._projects(legal_entity):
            number = engagement.project_number

            async def worked(cursor: str | None, number: str = number) -> Page[TimeEntry]:
                return await psa.time_entries(
                    project_number=number, start=days.start, end=days.end, cursor=cursor
                )

            async def bought(cursor: str | None, number: str = number) -> Page[ExpenseLine]:
                return await psa.expense_lines(
                    project_number=number, start=days.start, end=days.end, cursor=cursor
                )

            entries += await every(worked)
            spent += await every(bought)
        return waiting.undecided(entries, spent)

    async def _billing(self, legal_entity: str, month: Month) -> list[Waiting]:
        """Return what fell due in the month and is neither billed nor in the books."""
        end, ours = days_of(month).end, frozenset({legal_entity})
        events = await self.billing.events(entities=ours, statuses=TO_BILL, planned_until=end)
        invoices = await self.billing.invoices(entities=ours, stages=UNPOSTED)
        return waiting.unbilled(events, [i for i in invoices if i.draft.issue_date <= end])

    async def _exceptions(self, legal_entity: str) -> list[Waiting]:
        serves = self.systems.entities_of
        cases = await self.exceptions.all_open()
        return waiting.stopped([each for each in cases if may_be_of(each, legal_entity, serves)])

    async def _bills(self, legal_entity: str, month: Month) -> list[Waiting]:
        """Return the vendors' bills of the month that are not matched, where they are known."""
        if not self.systems.procurements:
            return []
        bills: Sequence[VendorBill] = await every(
            lambda cursor: self.systems.procurement.bills(legal_entity=legal_entity, cursor=cursor)
        )
        return waiting.unmatched([each for each in bills if each.issue_date <= days_of(month).end])

    async def _revenue(self, legal_entity: str, month: Month) -> list[Waiting]:
        """Return the projects whose revenue of the month is not booked, or not approved."""
        ledger = self.recognizing.ledger
        standing = await ledger.standings(entities=frozenset({legal_entity}), month=month)
        booked = {each.project_number for each in standing}
        projects = [each.project_number for each in await self._projects(legal_entity)]
        asked = [await self.questions.pending(each, month) for each in projects]
        drafts = [each for each in asked if each is not None]
        drafted = {each.project_number for each in drafts}
        missing = [each for each in projects if each not in booked | drafted]
        return [*waiting.drafted(drafts), *waiting.unrecognized(missing)]


def _identity(legal_entity: str) -> Caller:
    scopes = ("system:psa:read", "system:procurement:read")
    return Caller(
        subject=NAME,
        client_id=NAME,
        scopes=frozenset(scopes),
        entities=frozenset({legal_entity}),
    )
