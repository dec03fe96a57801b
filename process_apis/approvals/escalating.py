"""Questions that nobody answers go on to somebody else; the list of who must agree gets no shorter.

How far a question has gone on is written down in the unit of work that moves it.
"""

from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import Column, Connection, Integer, String, Table, delete, insert, select, update

from governance.access import current_caller
from governance.audit import Audit, AuditEntry
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import Approval, ApprovalStatus
from process_apis.approvals.tables import approvals
from store.columns import Instant
from store.database import Store, metadata

escalations = Table(
    "escalations",
    metadata,
    Column("approval_id", String, primary_key=True),
    Column("level", Integer, nullable=False),
    Column("at", Instant, nullable=False),
)


class GoneOn(Struct, frozen=True, kw_only=True):
    """How far a question is to go on: to `role`, or `assignee`, in the place of who is asked."""

    level: int
    told: str
    role: str | None = None
    assignee: str | None = None


class Escalations:
    """The register of questions that went on, beside that of approvals."""

    def __init__(self, store: Store, audit: Audit, approvals: Approvals) -> None:
        self._store, self._audit, self._approvals = store, audit, approvals

    async def pending(self, process: str) -> list[tuple[Approval, int]]:
        """Return the questions of a process that wait, each with how far it has gone on."""
        query = (
            select(approvals.c.id, escalations.c.level)
            .outerjoin(escalations, escalations.c.approval_id == approvals.c.id)
            .where(approvals.c.process == process)
            .where(approvals.c.status == ApprovalStatus.PENDING)
            .order_by(approvals.c.requested_at, approvals.c.id)
        )
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        found = [(await self._approvals.find(row.id), row.level or 0) for row in rows]
        return [(asked, level) for asked, level in found if asked is not None]

    async def go_on(self, asked: Approval, to: GoneOn, *, at: datetime) -> bool:
        """Let a question go on, unless it was answered meanwhile; said again, it goes on once."""
        by = current_caller()

        def work(connection: Connection) -> bool:
            where = approvals.c.id == asked.id
            status = connection.scalars(select(approvals.c.status).where(where)).first()
            if status != ApprovalStatus.PENDING or _level(connection, asked.id) >= to.level:
                return False
            _note(connection, asked.id, to.level, at)
            connection.execute(update(approvals).where(where).values(**_moved(asked, to)))
            entry = AuditEntry.by(
                by,
                f"approval.{to.told}",
                asked.id,
                legal_entity=asked.legal_entity,
                reason=asked.title,
            )
            self._audit.append(connection, entry)
            return True

        return await self._store.write(work)

    async def settle(self, asked: Approval, reason: str, *, at: datetime) -> bool:
        """Approve what a policy lets approve itself, unless it was answered meanwhile."""
        by = current_caller()

        def work(connection: Connection) -> bool:
            where = (approvals.c.id == asked.id, approvals.c.status == ApprovalStatus.PENDING)
            settled = {
                "status": ApprovalStatus.APPROVED,
                "decided_by": by.subject,
                "decided_at": at,
                "comment": reason,
            }
            done = connection.execute(update(approvals).where(*where).values(**settled))
            if not done.rowcount:
                return False
            entity = asked.legal_entity
            told = AuditEntry.by(
                by, "approval.approved", asked.id, legal_entity=entity, reason=reason
            )
            self._audit.append(connection, told)
            return True

        return await self._store.write(work)


def _level(connection: Connection, approval_id: str) -> int:
    query = select(escalations.c.level).where(escalations.c.approval_id == approval_id)
    return connection.scalars(query).first() or 0


def _note(connection: Connection, approval_id: str, level: int, at: datetime) -> None:
    connection.execute(delete(escalations).where(escalations.c.approval_id == approval_id))
    row = {"approval_id": approval_id, "level": level, "at": at}
    connection.execute(insert(escalations).values(**row))


def _moved(asked: Approval, to: GoneOn) -> dict[str, object]:
    """Return who is asked now: another in the place of the first role that has not answered.

    A role that is asked already is not asked twice: then nobody is put in another's place.
    """
    given = {each.role for each in asked.consents}
    waiting = [each for each in asked.roles if each not in given]
    roles = list(asked.roles)
    if to.role is not None and to.role not in roles and waiting:
        roles[roles.index(waiting[0])] = to.role
    first, *others = roles
    moved = (first != asked.role, to.assignee is not None, to.role is not None)
    return {
        "role": first,
        "further_roles": msgspec.json.encode(tuple(others)).decode(),
        "assignee": to.assignee if any(moved) else asked.assignee,
    }
