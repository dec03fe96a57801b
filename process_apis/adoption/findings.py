"""The register of findings: found once, shown until a person decided, never forgotten."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, insert, select, true, update
from sqlalchemy.engine import Row

from governance.access import Caller, Forbidden, current_caller
from governance.audit import Audit, AuditEntry
from governance.once import once
from governance.roles import Role
from process_apis.adoption.records import Finding, FindingKind, FindingStatus
from process_apis.adoption.tables import findings
from process_apis.errors import Conflict, NoSuchRecord
from process_apis.listing import Listing, recorded
from store.database import Store

IN_SIGHT = (FindingStatus.OPEN, FindingStatus.DISPUTED)
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Findings:
    """Writes findings down, shows them and takes what people decide."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit

    async def seen(self, finding: Finding) -> Finding:
        """Write down what a look found; what was decided before stays decided."""
        by = current_caller()

        def work(connection: Connection) -> Finding:
            known = _find(connection, finding.id)
            if known is None:
                connection.execute(insert(findings).values(**_row(finding)))
                self._audit.append(connection, _entry(by, "finding.opened", finding))
                return finding
            if known.seen_version >= finding.seen_version:
                return known
            now = replace(
                finding,
                status=known.status,
                found_at=known.found_at,
                reason=known.reason,
                decided_by=known.decided_by,
                decided_at=known.decided_at,
                disputed_by=known.disputed_by,
            )
            self._write(connection, now)
            return now

        return await self._store.write(work)

    async def close(self, finding_id: str, *, reason: str) -> None:
        """Take a finding out of sight: nothing is left to decide."""
        by = current_caller()

        def work(connection: Connection) -> None:
            known = _find(connection, finding_id)
            if known and known.status in IN_SIGHT:
                closed = replace(known, status=FindingStatus.CLOSED)
                self._write(connection, closed)
                self._audit.append(connection, _entry(by, "finding.closed", closed, reason))

        await self._store.write(work)

    async def find(self, finding_id: str) -> Finding | None:
        """Return a finding, if there is one."""
        return await self._store.read(lambda connection: _find(connection, finding_id))

    async def get(self, finding_id: str, caller: Caller) -> Finding:
        """Return a finding that the caller may see, or raise `NoSuchRecord`."""
        finding = await self.find(finding_id)
        if finding is None or not may_see(caller, finding):
            raise NoSuchRecord(f"there is no finding {finding_id}")
        return finding

    async def listed(
        self, caller: Caller, statuses: Iterable[FindingStatus] = IN_SIGHT
    ) -> list[Finding]:
        """Return the findings of some statuses that the caller's roles own, oldest first."""
        query = (
            select(findings.c.record)
            .where(findings.c.status.in_(list(statuses)))
            .where(findings.c.legal_entity.in_(sorted(caller.entities)), _owned_by(caller))
        )
        found = await self._store.read(lambda connection: _read(connection.execute(query)))
        return sorted(found, key=lambda each: (each.found_at, each.id))

    async def undecided(self, project_number: str) -> tuple[str, ...]:
        """Return what an invoice of another hand is called, of each that nobody decided yet."""
        query = (
            select(findings.c.record)
            .where(findings.c.project_number == project_number)
            .where(findings.c.status == FindingStatus.OPEN)
        )
        found = await self._store.read(lambda connection: _read(connection.execute(query)))
        invoices = [each for each in found if each.kind is FindingKind.INVOICE]
        return tuple(sorted(each.number or f"a draft of {each.gross}" for each in invoices))

    async def adopted(
        self,
        finding: Finding,
        *,
        reason: str,
        by: Caller,
        at: datetime,
        take_over: Callable[[Connection], None],
    ) -> Finding:
        """Write down that a person adopts a finding, together with all that follows from it.

        Raises `Forbidden` for somebody who may not decide it, and `Conflict` when somebody
        decided meanwhile.
        """
        check_may_adopt(finding, by)

        def work(connection: Connection) -> Finding:
            self._check_is(connection, finding)
            take_over(connection)
            return self._decide(connection, finding, FindingStatus.ADOPTED, reason, by, at)

        return await self._store.write(once(Finding, work))

    async def disputed(self, finding: Finding, *, reason: str, by: Caller, at: datetime) -> Finding:
        """Write down that a person disputes a finding; told twice it is so once."""
        check_may_decide(finding, by)

        def work(connection: Connection) -> Finding:
            if finding.status is FindingStatus.DISPUTED:
                return finding
            self._check_is(connection, finding)
            said = replace(finding, disputed_by=by.subject)
            return self._decide(connection, said, FindingStatus.DISPUTED, reason, by, at)

        return await self._store.write(once(Finding, work))

    def settle_in(
        self, connection: Connection, finding_id: str, *, by: Caller, at: datetime
    ) -> None:
        """Note that an import took over what a finding is about, if there is one in sight."""
        known = _find(connection, finding_id)
        if known and known.status in IN_SIGHT:
            reason = "taken over with its opening balance"
            self._decide(connection, known, FindingStatus.ADOPTED, reason, by, at)

    def _check_is(self, connection: Connection, finding: Finding) -> None:
        now = _find(connection, finding.id)
        if now is None or (now.status, now.seen_version) != (finding.status, finding.seen_version):
            raise Conflict(f"{finding.id} changed meanwhile: read it again")
        if finding.status not in IN_SIGHT:
            raise Conflict(f"{finding.id} is {finding.status} already")

    def _decide(
        self,
        connection: Connection,
        finding: Finding,
        status: FindingStatus,
        reason: str,
        by: Caller,
        at: datetime,
    ) -> Finding:
        decided = replace(
            finding, status=status, reason=reason, decided_by=by.subject, decided_at=at
        )
        self._write(connection, decided)
        self._audit.append(connection, _entry(by, f"finding.{status}", decided, reason))
        return decided

    def _write(self, connection: Connection, finding: Finding) -> None:
        where = findings.c.id == finding.id
        connection.execute(update(findings).where(where).values(**_row(finding)))


def finding_id(instance: str, record_id: str) -> str:
    """Return the id of the finding about a record: one record is found once."""
    number = int.from_bytes(hashlib.sha256(f"{instance}|{record_id}".encode()).digest()[:16])
    return "fnd_" + "".join(_LETTERS[(number >> (5 * place)) & 31] for place in range(26))


def check_may_decide(finding: Finding, by: Caller) -> None:
    """Raise `Forbidden` unless a finding is for a role of the caller."""
    if finding.role not in by.roles:
        raise Forbidden(f"this finding is for the role {finding.role}")


def check_may_adopt(finding: Finding, by: Caller) -> None:
    """Raise `Forbidden` for who may not decide, disputed it, or manages what an invoice bills."""
    check_may_decide(finding, by)
    partial = {finding.disputed_by}
    if finding.kind is FindingKind.INVOICE:
        partial.add(finding.project_manager)
    if by.subject in partial:
        raise Forbidden("who disputed it, or manages the project it bills, may not adopt it")


def may_see(caller: Caller, finding: Finding) -> bool:
    """Its role sees it, in its own legal entity; operators see all."""
    return caller.sees(finding.legal_entity) and bool({finding.role, Role.OPERATOR} & caller.roles)


def listing_of(caller: Caller, statuses: Iterable[FindingStatus]) -> Listing[Finding]:
    """Return the list of the findings of some statuses that a caller's roles own, oldest first."""
    return Listing(
        name="findings",
        order=(findings.c.found_at, findings.c.id),
        read=recorded(Finding),
        wanted=(_owned_by(caller),),
        parts=tuple(findings.c.status == each for each in statuses),
    )


def _owned_by(caller: Caller) -> ColumnElement[bool]:
    """Whether a finding is for a role of the caller; operators see all."""
    if Role.OPERATOR in caller.roles:
        return true()
    return findings.c.role.in_(sorted(caller.roles))


def _find(connection: Connection, finding_id: str) -> Finding | None:
    found = _read(connection.execute(select(findings.c.record).where(findings.c.id == finding_id)))
    return found[0] if found else None


def _read(rows: Iterable[Row[tuple[bytes]]]) -> list[Finding]:
    return [msgspec.json.decode(row.record, type=Finding) for row in rows]


def _row(finding: Finding) -> dict[str, object]:
    return {
        "id": finding.id,
        "legal_entity": finding.legal_entity,
        "project_number": finding.project_number,
        "status": finding.status,
        "found_at": finding.found_at,
        "role": finding.role,
        "record": msgspec.json.encode(finding),
    }


def _entry(by: Caller, action: str, finding: Finding, reason: str | None = None) -> AuditEntry:
    return AuditEntry.by(
        by, action, finding.id, legal_entity=finding.legal_entity, reason=reason or finding.title
    )
