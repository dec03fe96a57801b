"""When people were asked, and when they answered: the times of approvals, and nothing else."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, select

from process_apis.approvals.requests import ApprovalStatus
from process_apis.approvals.tables import approvals
from store.database import Store


class Answered(Struct, frozen=True, kw_only=True):
    """The times of one request; one that nobody answered yet has no `decided_at`."""

    id: str
    question: str
    legal_entity: str
    project_number: str | None
    requested_at: datetime
    decided_at: datetime | None


class ApprovalTimes:
    """Reads the times of approvals, whoever may see what they ask."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def requested(
        self, entities: Iterable[str], first: datetime, last: datetime
    ) -> list[Answered]:
        """Return what was asked from one moment to another; what was cancelled was not asked."""
        table = approvals.c
        query = (
            select(
                table.id,
                table.question,
                table.legal_entity,
                table.project_number,
                table.requested_at,
                table.decided_at,
            )
            .where(table.requested_at >= first, table.requested_at <= last)
            .where(table.legal_entity.in_(sorted(entities)))
            .where(table.status != ApprovalStatus.CANCELLED)
            .order_by(table.requested_at, table.id)
        )

        def read(connection: Connection) -> list[Answered]:
            return [Answered(**row._mapping) for row in connection.execute(query)]

        return await self._store.read(read)
