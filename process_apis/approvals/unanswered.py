"""What waits for an answer, whoever may see it: for those who tell people that it does."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, select

from process_apis.approvals.decisions import Approvals
from process_apis.approvals.escalating import escalations
from process_apis.approvals.requests import Approval, ApprovalStatus
from process_apis.approvals.tables import approvals
from store.database import Store


class Waiting(Struct, frozen=True):
    """One question that waits, and how far it has gone on to others."""

    id: str
    level: int
    due_at: datetime
    beneficiary: str | None


class Unanswered:
    """Reads which questions wait."""

    def __init__(self, store: Store, approvals: Approvals) -> None:
        self._store, self._approvals = store, approvals

    async def waiting(self) -> list[Waiting]:
        """Return the questions that wait, oldest first."""
        table = approvals.c
        query = (
            select(table.id, escalations.c.level, table.due_at, table.beneficiary)
            .outerjoin(escalations, escalations.c.approval_id == table.id)
            .where(table.status == ApprovalStatus.PENDING)
            .order_by(table.requested_at, table.id)
        )

        def read(connection: Connection) -> list[Waiting]:
            return [
                Waiting(row.id, row.level or 0, row.due_at, row.beneficiary)
                for row in connection.execute(query)
            ]

        return await self._store.read(read)

    async def approval(self, approval_id: str) -> Approval | None:
        """Return a question that was asked, if it was."""
        return await self._approvals.find(approval_id)
