"""The revenue ledger: entries are added and never edited, in months that are open."""

from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select

from governance.access import current_caller
from governance.audit import Audit, AuditEntry
from process_apis.errors import NeedsPerson
from process_apis.listing import Listing, recorded
from process_apis.revenue.books.differences import entries, to_book
from process_apis.revenue.books.periods import is_closed
from process_apis.revenue.books.tables import revenue_entries, revenue_standings
from process_apis.revenue.records import EntryKind, MonthEarned, ProjectStanding, RevenueEntry
from store.database import Store
from system_apis.canonical.money import Money
from system_apis.canonical.revenue import Month


class Booked(Struct, frozen=True):
    """What was booked of a project's month, at last and before, in order."""

    month: Month
    entries: tuple[RevenueEntry, ...]


class RevenueLedger(Struct, frozen=True):
    """Strata's own record of what was earned."""

    store: Store
    audit: Audit
    clock: Callable[[], datetime]

    async def book(self, meant: MonthEarned, standing: ProjectStanding) -> Booked:
        """Book what is missing of a month, and how the project stands; said twice, it is once.

        A closed month stays as it is: what it lacks is trued up in the next one that is open.
        Raises `Refused` (DQ-F9) before more than the price is recognized.
        """
        by, at = current_caller(), self.clock()

        def work(connection: Connection) -> Booked:
            known = _of_project(connection, meant.project_number)
            if not is_closed(connection, meant.legal_entity, meant.month):
                _check_price(meant)
                for each in entries(meant, known, by=by.subject, at=at):
                    connection.execute(insert(revenue_entries).values(**_row(each)))
                    told = AuditEntry.by(
                        by,
                        f"revenue.{each.kind}",
                        each.id,
                        legal_entity=each.legal_entity,
                        reason=f"{each.project_number} {each.month}",
                    )
                    self.audit.append(connection, told)
                _stand(connection, standing)
            now = _of_project(connection, meant.project_number)
            return Booked(meant.month, tuple(e for e in now if e.month == meant.month))

        return await self.store.write(work)

    async def missing(self, meant: MonthEarned) -> dict[EntryKind, Money]:
        """Return what the books lack of a project's month; of a closed one they lack nothing."""

        def query(connection: Connection) -> dict[EntryKind, Money]:
            if is_closed(connection, meant.legal_entity, meant.month):
                return {}
            return to_book(meant, _of_project(connection, meant.project_number))

        return await self.store.read(query)

    async def open_with(
        self, project_number: str, legal_entity: str, month: Month
    ) -> tuple[Month, ...]:
        """Return a month, and every other with entries of a project that is open, in order."""

        def query(connection: Connection) -> tuple[Month, ...]:
            known = {each.month for each in _of_project(connection, project_number)} - {month}
            others = (each for each in known if not is_closed(connection, legal_entity, each))
            return tuple(sorted((*others, month)))

        return await self.store.read(query)

    async def of_project(self, project_number: str) -> list[RevenueEntry]:
        """Return a project's entries, month by month in the order they were booked."""
        return await self.store.read(lambda connection: _of_project(connection, project_number))

    async def standings(self, *, entities: frozenset[str], month: Month) -> list[ProjectStanding]:
        """Return how the projects of some companies stand at the end of a month."""
        table = revenue_standings
        query = select(table.c.record).where(table.c.legal_entity.in_(sorted(entities)))
        query = query.where(table.c.month == month).order_by(table.c.project_number)
        return await self.store.read(
            lambda connection: [
                msgspec.json.decode(row.record, type=ProjectStanding)
                for row in connection.execute(query)
            ]
        )


def listing_of(month: Month | None) -> Listing[RevenueEntry]:
    """Return the list of the entries of a month or of all, by month and project."""
    table = revenue_entries.c
    every: Listing[RevenueEntry] = Listing(
        name="revenue_entries",
        order=(table.month, table.project_number, table.sequence),
        read=recorded(RevenueEntry),
    )
    return every if month is None else every.where(table.month == month)


def _check_price(meant: MonthEarned) -> None:
    limit = meant.limit
    if limit is not None and limit < meant.earned:
        reason = f"{meant.earned} of {meant.project_number} is more than {limit}"
        raise NeedsPerson(
            reason,
            code="DQ-F9",
            amount=meant.earned - limit,
            evidence=[f"contract: {meant.contract_number}", f"month: {meant.month}"],
        )


def _of_project(connection: Connection, project_number: str) -> list[RevenueEntry]:
    table = revenue_entries
    query = select(table.c.record).where(table.c.project_number == project_number)
    rows = connection.execute(query.order_by(table.c.month, table.c.sequence))
    return [msgspec.json.decode(row.record, type=RevenueEntry) for row in rows]


def _stand(connection: Connection, standing: ProjectStanding) -> None:
    table = revenue_standings
    this = (table.c.project_number == standing.project_number, table.c.month == standing.month)
    connection.execute(delete(table).where(*this))
    values = {
        "project_number": standing.project_number,
        "month": standing.month,
        "legal_entity": standing.legal_entity,
        "record": msgspec.json.encode(standing),
    }
    connection.execute(insert(table).values(**values))


def _row(entry: RevenueEntry) -> dict[str, object]:
    return {
        "project_number": entry.project_number,
        "month": entry.month,
        "sequence": entry.sequence,
        "legal_entity": entry.legal_entity,
        "record": msgspec.json.encode(entry),
    }
