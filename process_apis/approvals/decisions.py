"""The register of approvals: asked once, decided once, by somebody who may."""

from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    and_,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Row

from governance.access import Caller, Forbidden, current_caller
from governance.audit import Audit, AuditEntry
from observability.metrics import Metrics
from observability.tracing import traceparent
from process_apis.approvals.requests import Approval, ApprovalRequest, ApprovalStatus, Decision
from process_apis.errors import Conflict, NoSuchRecord
from process_apis.events import Event
from store.columns import Instant
from store.database import Store, metadata
from system_apis.canonical.money import Money

approvals = Table(
    "approvals",
    metadata,
    Column("id", String, primary_key=True),
    Column("question", String, nullable=False),
    Column("subject_type", String, nullable=False),
    Column("subject_id", String, nullable=False),
    Column("subject_version", Integer, nullable=False),
    Column("process", String, nullable=False),
    Column("legal_entity", String, nullable=False),
    Column("title", String, nullable=False),
    Column("role", String, nullable=False),
    Column("assignee", String),
    Column("amount", String),
    Column("requested_by", String, nullable=False),
    Column("beneficiary", String),
    Column("requested_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("status", String, nullable=False),
    Column("decided_by", String),
    Column("decided_at", Instant),
    Column("comment", String),
    Column("traceparent", String),
    Column("if_approved", Text, nullable=False),
    Column("if_rejected", Text),
    Column("continued", Integer, nullable=False, default=0),
    Index("approvals_by_status", "status", "role"),
)


class Continuation(Struct, frozen=True):
    """What a decision sets going: on behalf of who asked, in the trace of who decided."""

    approval_id: str
    event: Event
    by: str
    traceparent: str | None


class Approvals:
    """Asks, lists and decides; a decision is committed before anything follows from it."""

    def __init__(self, store: Store, audit: Audit, metrics: Metrics) -> None:
        self._store, self._audit, self._metrics = store, audit, metrics

    async def ask(self, request: ApprovalRequest) -> str:
        """Write a request down and return its id; the same request is asked once."""
        asked = AuditEntry.by(
            current_caller(),
            "approval.requested",
            request.id,
            legal_entity=request.legal_entity,
            reason=request.title,
        )

        def work(connection: Connection) -> str:
            known = connection.execute(
                select(approvals.c.id).where(approvals.c.id == request.id)
            ).first()
            if known is None:
                connection.execute(insert(approvals).values(**_columns(request)))
                self._audit.append(connection, asked)
            return request.id

        return await self._store.write(work)

    async def listed(self, caller: Caller, *, status: ApprovalStatus) -> list[Approval]:
        """Return the approvals that the caller may decide or decided, oldest first."""

        def query(connection: Connection) -> list[Approval]:
            rows = connection.execute(
                select(approvals)
                .where(approvals.c.status == status)
                .order_by(approvals.c.requested_at)
            ).all()
            return [_approval(row) for row in rows]

        return [each for each in await self._store.read(query) if _may_see(caller, each)]

    async def get(self, approval_id: str, caller: Caller) -> Approval:
        """Return one approval, or raise `NoSuchRecord`."""
        row = await self._store.read(lambda connection: _find(connection, approval_id))
        if row is None or not _may_see(caller, _approval(row)):
            raise NoSuchRecord(f"there is no approval {approval_id}")
        return _approval(row)

    async def decide(
        self,
        approval_id: str,
        decision: Decision,
        *,
        version: int,
        comment: str,
        by: Caller,
        at: datetime,
    ) -> Approval:
        """Write a decision down.

        Raises `NoSuchRecord`, `Forbidden` for somebody who may not decide, and
        `Conflict` when it is decided already or about another version.
        """
        status = (
            ApprovalStatus.APPROVED if decision is Decision.APPROVE else ApprovalStatus.REJECTED
        )
        changed = {
            "status": status,
            "decided_by": by.subject,
            "decided_at": at,
            "comment": comment,
            "traceparent": traceparent(),
        }

        def work(connection: Connection) -> Approval:
            row = _find(connection, approval_id)
            if row is None or not _may_see(by, _approval(row)):
                raise NoSuchRecord(f"there is no approval {approval_id}")
            _check_may_decide(connection, row, by)
            _check_is_current(row, version)
            where = approvals.c.id == approval_id
            connection.execute(update(approvals).where(where).values(**changed))
            action, entity = f"approval.{status}", row.legal_entity
            entry = AuditEntry.by(by, action, approval_id, legal_entity=entity, reason=comment)
            self._audit.append(connection, entry)
            return _approval(connection.execute(select(approvals).where(where)).one())

        decided = await self._store.write(work)
        self._count(decided, at)
        return decided

    def _count(self, decided: Approval, at: datetime) -> None:
        """Count how long a person was waited for."""
        waited = (at - decided.requested_at).total_seconds()
        self._metrics.approval_latency.labels(decided.process).observe(waited)
        self._metrics.process_duration.labels(decided.process, "human").observe(waited)

    async def continuations(self) -> list[Continuation]:
        """Return what decisions set going and nobody has sent to the engine yet."""

        def query(connection: Connection) -> list[Continuation]:
            rows = connection.execute(
                select(approvals)
                .where(approvals.c.continued == 0)
                .where(
                    or_(
                        approvals.c.status == ApprovalStatus.APPROVED,
                        and_(
                            approvals.c.status == ApprovalStatus.REJECTED,
                            approvals.c.if_rejected.is_not(None),
                        ),
                    )
                )
                .order_by(approvals.c.decided_at)
            ).all()
            return [_continuation(row) for row in rows]

        return await self._store.read(query)

    async def mark_continued(self, approval_id: str) -> None:
        """Write down that the engine has the event that follows from a decision."""
        await self._store.write(
            lambda connection: connection.execute(
                update(approvals).where(approvals.c.id == approval_id).values(continued=1)
            )
        )


def _check_may_decide(connection: Connection, row: Row[tuple[object, ...]], by: Caller) -> None:
    """Requester, approver and beneficiary differ, and nobody gives two of the approvals needed."""
    if row.role not in by.roles:
        raise Forbidden(f"this approval is for the role {row.role}")
    if row.assignee and row.assignee != by.subject:
        raise Forbidden("this approval is for another person of that role")
    if by.subject in {row.requested_by, row.beneficiary}:
        raise Forbidden("the requester or beneficiary of an approval may not decide it")
    others = connection.execute(
        select(approvals.c.id)
        .where(approvals.c.subject_id == row.subject_id)
        .where(approvals.c.subject_version == row.subject_version)
        .where(approvals.c.id != row.id)
        .where(approvals.c.decided_by == by.subject)
    ).first()
    if others:
        raise Forbidden("another person must give the second approval of the same subject")


def _check_is_current(row: Row[tuple[object, ...]], version: int) -> None:
    if row.status != ApprovalStatus.PENDING:
        raise Conflict(f"this approval is {row.status} already")
    if row.subject_version != version:
        raise Conflict(
            f"this approval is about version {row.subject_version}, not {version}: read it again"
        )


def _may_see(caller: Caller, approval: Approval) -> bool:
    """The role that is asked sees it, in its own legal entities."""
    return caller.sees(approval.legal_entity) and approval.role in caller.roles


def _find(connection: Connection, approval_id: str) -> Row[tuple[object, ...]] | None:
    return connection.execute(select(approvals).where(approvals.c.id == approval_id)).first()


def _columns(request: ApprovalRequest) -> dict[str, object]:
    fields: dict[str, object] = {n: getattr(request, n) for n in request.__struct_fields__}
    fields["amount"] = msgspec.json.encode(request.amount).decode() if request.amount else None
    fields["if_approved"] = msgspec.json.encode(request.if_approved).decode()
    fields["if_rejected"] = (
        msgspec.json.encode(request.if_rejected).decode() if request.if_rejected else None
    )
    return fields | {"id": request.id, "status": ApprovalStatus.PENDING, "continued": 0}


def _continuation(row: Row[tuple[object, ...]]) -> Continuation:
    text = row.if_approved if row.status == ApprovalStatus.APPROVED else row.if_rejected
    return Continuation(
        row.id, msgspec.json.decode(text, type=Event), row.requested_by, row.traceparent
    )


def _approval(row: Row[tuple[object, ...]]) -> Approval:
    fields = {name: getattr(row, name) for name in Approval.__struct_fields__}
    fields["status"] = ApprovalStatus(row.status)
    fields["amount"] = msgspec.json.decode(row.amount, type=Money) if row.amount else None
    return Approval(**fields)
