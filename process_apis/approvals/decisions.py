"""The register of approvals: asked once, decided once, by somebody who may."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, and_, insert, not_, or_, select, update
from sqlalchemy.engine import Row

from governance.access import Caller, Forbidden, current_caller
from governance.audit import Audit, AuditEntry
from governance.once import once
from observability.metrics import Metrics
from observability.stretch import Origin, here
from process_apis.approvals.entitled import is_barred, may_see, role_to_decide
from process_apis.approvals.requests import Approval, ApprovalRequest, ApprovalStatus, Decision
from process_apis.approvals.rows import approval_of, approvals_of, columns_of, find_row
from process_apis.approvals.tables import approval_consents, approvals
from process_apis.engagements import called
from process_apis.errors import Conflict, NoSuchRecord
from process_apis.events.event import Event
from store.database import Store


class Continuation(Struct, frozen=True):
    """What a decision sets going: on behalf of who asked, in the trace of who decided.

    That trace is linked to the one in which it was asked.
    """

    approval_id: str
    event: Event
    by: str
    origin: Origin


class Approvals:
    """Asks, lists and decides; a decision is committed before anything follows from it."""

    def __init__(self, store: Store, audit: Audit, metrics: Metrics) -> None:
        self._store, self._audit, self._metrics = store, audit, metrics

    async def ask(self, request: ApprovalRequest) -> str:
        """Write a request down and return its id; the same request is asked once.

        Its title begins with the client and the project that it is about. What is still open of
        the same question about an earlier version is cancelled.
        """
        by, asked_in = current_caller(), here().traceparent

        def work(connection: Connection) -> str:
            known = connection.execute(
                select(approvals.c.id).where(approvals.c.id == request.id)
            ).first()
            if known is None:
                for earlier in _cancel_earlier(connection, request):
                    entry = AuditEntry.by(by, "approval.cancelled", earlier)
                    self._audit.append(connection, entry)
                asked = replace(request, title=_title(connection, request))
                row = columns_of(asked) | {"asked_in": asked_in}
                connection.execute(insert(approvals).values(**row))
                self._audit.append(connection, _asked(by, asked))
            return request.id

        return await self._store.write(work)

    async def withdraw(
        self, question: str, subject_ids: Sequence[str], *, before: int | None = None
    ) -> None:
        """Cancel what is open of a question about some subjects, since it needs no answer now.

        With `before`, what is asked about that version of them, or a later one, stays open.
        """
        by = current_caller()
        moot = [approvals.c.question == question, approvals.c.subject_id.in_(subject_ids)]
        if before is not None:
            moot.append(approvals.c.subject_version < before)

        def work(connection: Connection) -> None:
            for withdrawn in _cancel(connection, *moot):
                self._audit.append(connection, AuditEntry.by(by, "approval.cancelled", withdrawn))

        await self._store.write(work)

    async def waiting(self, caller: Caller) -> list[Approval]:
        """Return what the caller may decide now, the oldest first; the rest is not read."""
        # By the roles: what is indexed by company is what everybody is asked.
        pending = (
            select(approvals)
            .where(approvals.c.status == ApprovalStatus.PENDING)
            .where((approvals.c.legal_entity + "").in_(sorted(caller.entities)))
            .where(not_(is_barred(caller.subject)))
        )
        own = pending.where(
            approvals.c.role.in_(sorted(caller.roles)),
            or_(approvals.c.assignee.is_(None), approvals.c.assignee == caller.subject),
        )
        query = own.union(pending.where(approvals.c.further_roles != "[]"))
        found = await self._store.read(lambda c: approvals_of(c, c.execute(query).all()))
        asked = [each for each in found if each.asks(caller.subject, caller.roles)]
        return sorted(asked, key=lambda each: (each.requested_at, each.id))

    async def get(self, approval_id: str, caller: Caller) -> Approval:
        """Return one approval, or raise `NoSuchRecord`."""
        found = await self.find(approval_id)
        if found is None or not may_see(caller, found):
            raise NoSuchRecord(f"there is no approval {approval_id}")
        return found

    async def find(self, approval_id: str) -> Approval | None:
        """Return one approval for a process to act on, if it was ever asked."""

        def query(connection: Connection) -> Approval | None:
            row = find_row(connection, approval_id)
            return approval_of(connection, row) if row else None

        return await self._store.read(query)

    async def about(self, subject_id: str) -> list[Approval]:
        """Return every approval that was asked about any version of a subject, oldest first.

        What was asked about a pair that it is the first of (`subject:other`) is among them.
        """
        subject = approvals.c.subject_id
        pairs = and_(subject > f"{subject_id}:", subject < f"{subject_id};")

        def query(connection: Connection) -> list[Approval]:
            rows = connection.execute(
                select(approvals)
                .where(or_(subject == subject_id, pairs))
                .order_by(approvals.c.requested_at, approvals.c.id)
            ).all()
            return approvals_of(connection, rows)

        return await self._store.read(query)

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
        """Write a decision down; the last role's approval, or the first rejection, decides.

        Raises `NoSuchRecord`, `Forbidden` for somebody who may not decide, and
        `Conflict` when it is decided already or about another version.
        """
        origin = here()

        def work(connection: Connection) -> Approval:
            row = find_row(connection, approval_id)
            if row is None or not may_see(by, seen := approval_of(connection, row)):
                raise NoSuchRecord(f"there is no approval {approval_id}")
            role = role_to_decide(connection, seen, by)
            _check_is_current(row, version, role)
            if decision is Decision.APPROVE:
                consent = {"approval_id": approval_id, "role": role, "person": by.subject}
                connection.execute(insert(approval_consents).values(**consent, at=at))
            status = _status_after(decision, seen)
            changed: dict[str, object] = {"comment": comment}
            if status is not ApprovalStatus.PENDING:
                changed |= {"status": status, "decided_by": by.subject, "decided_at": at}
                changed |= {"traceparent": origin.traceparent, "tracestate": origin.tracestate}
            where = approvals.c.id == approval_id
            connection.execute(update(approvals).where(where).values(**changed))
            self._audit.append(connection, _decided(seen, status, comment, by))
            return approval_of(connection, connection.execute(select(approvals).where(where)).one())

        decided = await self._store.write(once(Approval, work))
        if decided.status is not ApprovalStatus.PENDING:
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
                    approvals.c.status.in_([ApprovalStatus.APPROVED, ApprovalStatus.REJECTED]),
                    or_(
                        approvals.c.status == ApprovalStatus.APPROVED,
                        approvals.c.if_rejected.is_not(None),
                    ),
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


def _title(connection: Connection, request: ApprovalRequest) -> str:
    """Return what is asked behind whose work it is about, where it is about somebody's."""
    number = request.project_number
    return f"{called(connection, number)}: {request.title}" if number else request.title


def _asked(by: Caller, request: ApprovalRequest) -> AuditEntry:
    entity, title = request.legal_entity, request.title
    return AuditEntry.by(by, "approval.requested", request.id, legal_entity=entity, reason=title)


def _cancel_earlier(connection: Connection, request: ApprovalRequest) -> list[str]:
    """Cancel what waits for an answer about an earlier version, and return its ids."""
    return _cancel(
        connection,
        approvals.c.question == request.question,
        approvals.c.subject_id == request.subject_id,
        approvals.c.subject_version < request.subject_version,
    )


def _cancel(connection: Connection, *which: ColumnElement[bool]) -> list[str]:
    """Cancel some approvals that wait for an answer, and return their ids."""
    waiting = (*which, approvals.c.status == ApprovalStatus.PENDING)
    found = [row.id for row in connection.execute(select(approvals.c.id).where(*waiting))]
    connection.execute(update(approvals).where(*waiting).values(status=ApprovalStatus.CANCELLED))
    return found


def _check_is_current(row: Row[tuple[object, ...]], version: int, role: str | None) -> None:
    if row.status != ApprovalStatus.PENDING:
        raise Conflict(f"this approval is {row.status} already")
    if row.subject_version != version:
        raise Conflict(
            f"this approval is about version {row.subject_version}, not {version}: read it again"
        )
    if role is None:
        raise Forbidden("another person must give the approval that is still wanted")


def _status_after(decision: Decision, asked: Approval) -> ApprovalStatus:
    """Return where a request stands after one more decision."""
    if decision is Decision.REJECT:
        return ApprovalStatus.REJECTED
    wanted = len(asked.roles) - len(asked.consents) - 1
    return ApprovalStatus.PENDING if wanted else ApprovalStatus.APPROVED


def _decided(asked: Approval, status: ApprovalStatus, comment: str, by: Caller) -> AuditEntry:
    action = "consented" if status is ApprovalStatus.PENDING else str(status)
    entity = asked.legal_entity
    return AuditEntry.by(by, f"approval.{action}", asked.id, legal_entity=entity, reason=comment)


def _continuation(row: Row[tuple[object, ...]]) -> Continuation:
    approved = row.status == ApprovalStatus.APPROVED
    following = row.if_approved if approved else row.if_rejected
    origin = Origin(row.traceparent, row.tracestate, row.asked_in)
    return Continuation(
        row.id, msgspec.json.decode(following, type=Event), row.requested_by, origin
    )
