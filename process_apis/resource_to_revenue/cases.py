"""The register of what staffing works on: bookings that were asked for, and plans to be remade."""

from collections.abc import Callable
from typing import ClassVar

from sqlalchemy import Column, Connection, Index, LargeBinary, PrimaryKeyConstraint, String, Table

from governance.access import current_caller
from process_apis.papers import Papers, R
from store.columns import Instant
from store.database import metadata

staffing_cases = Table(
    "staffing_cases",
    metadata,
    Column("kind", String, nullable=False),
    Column("id", String, nullable=False),
    Column("legal_entity", String, nullable=False),
    Column("project_number", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("record", LargeBinary, nullable=False),
    PrimaryKeyConstraint("kind", "id"),
    Index("staffing_cases_by_stage", "kind", "stage"),
    Index("staffing_cases_listed", "kind", "legal_entity", "opened_at", "id"),
)


class Cases(Papers[R]):
    """The records of staffing of one kind, about a project each."""

    table: ClassVar = staffing_cases
    about: ClassVar = "project_number"

    async def moved_beside(self, case: R, *, seen: R, like: Callable[[R], bool]) -> list[R]:
        """Write down how a record stands now, and return the others that are like it by then.

        Nobody else moves meanwhile: of two that are alike, one sees the other.
        Raises `TryAgain` when somebody else moved it since it was `seen`.
        """
        by = current_caller()

        def work(connection: Connection) -> list[R]:
            self._move(connection, case, seen, by)
            there = self._select().where(self.table.c.stage == str(case.stage))
            found = self._all(connection, there)
            return [each for each in found if each.id != case.id and like(each)]

        return await self._store.write(work)
