"""Recognizing: what a project earned in a month, worked out and booked."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from msgspec import Struct

from governance.editions import Editions
from process_apis.engagements import Engagement, Engagements
from process_apis.errors import Conflict, NoSuchRecord
from process_apis.revenue.books.entries import Booked, RevenueLedger
from process_apis.revenue.figures import standing as figures
from process_apis.revenue.figures.exchange import Exchange
from process_apis.revenue.figures.standing import Judged, days_of
from process_apis.revenue.reading import Reading
from process_apis.revenue.records import OF_THE_MONTH, MonthEarned, RevenueDraft
from process_apis.revenue.terms import RevenueTerms
from system_apis.canonical.fx import RateType
from system_apis.canonical.money import Money
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.revenue import Month


class Recognizing(Struct, frozen=True):
    """The steps between a month's work and its revenue in the ledger."""

    engagements: Engagements
    reading: Reading
    ledger: RevenueLedger
    exchange: Exchange
    entities: Mapping[str, LegalEntity]
    terms: Editions[RevenueTerms]
    clock: Callable[[], datetime]

    async def months(self, project_number: str, month: Month) -> tuple[Month, ...]:
        """Return the months that are to be looked at, in order: those that are open as well.

        So what changed in an earlier month is booked there, as long as that is open; and a later
        one, which was opened with what this one earned, is trued up.
        """
        engagement = await self._engagement(project_number)
        return await self.ledger.open_with(project_number, engagement.legal_entity, month)

    async def recognize(self, project_number: str, month: Month) -> Booked:
        """Book what a project earned in a month, and how it stands at its end."""
        engagement = await self._engagement(project_number)
        judged = await self.judge(engagement, month)
        return await self.ledger.book(self._meant(judged), figures.standing(judged))

    async def draft(self, project_number: str, month: Month) -> RevenueDraft:
        """Return what would be booked of a project's month."""
        judged = await self.judge(await self._engagement(project_number), month)
        meant = self._meant(judged)
        missing = await self.ledger.missing(meant)
        revenue = (amount for kind, amount in missing.items() if kind in OF_THE_MONTH)
        return RevenueDraft(
            project_number=project_number,
            legal_entity=meant.legal_entity,
            month=month,
            earned=meant.earned,
            provision=meant.provision,
            to_book=Money.total(revenue, meant.earned.currency),
            is_booked=not missing,
        )

    def _meant(self, judged: Judged) -> MonthEarned:
        """Return what the entries of a month are to come to, at the month's average rate."""
        currency = self.entities[judged.facts.contract.legal_entity].currency
        end = days_of(judged.month).end
        rate = self.exchange.rate(judged.facts.currency, currency, RateType.MONTH_AVERAGE, end)
        return figures.month_earned(judged, rate, currency)

    async def _engagement(self, project_number: str) -> Engagement:
        engagement = await self.engagements.find(project_number)
        if engagement is None:
            raise NoSuchRecord(f"there is no project {project_number}")
        return engagement

    async def judge(self, engagement: Engagement, month: Month) -> Judged:
        """Return the facts of a project's month, and the terms that hold for it."""
        edition = self.terms.on(days_of(month).end)
        return Judged(
            facts=await self.reading.facts(engagement, month),
            terms=edition.terms,
            terms_version=edition.version,
            month=month,
            as_of=self.clock(),
        )

    def require_begun(self, legal_entity: str, month: Month) -> None:
        """Raise `Conflict` for a month in which a company has earned nothing yet."""
        if self.today(legal_entity) < days_of(month).start:
            raise Conflict(f"{month} has not begun for {legal_entity}")

    def today(self, legal_entity: str) -> date:
        """Return the business day where a company is."""
        return self.entities[legal_entity].day_of(self.clock())
