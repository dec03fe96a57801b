"""The exception queue: each open case has an owner, a reason and a remedy."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec import Struct
from sqlalchemy import Column, Connection, Index, Integer, String, Table, insert, select, update
from sqlalchemy.engine import Row

from governance.access import Caller, Forbidden, current_caller
from governance.audit import Audit, AuditEntry
from governance.once import once
from process_apis.errors import Conflict, NoSuchRecord
from process_apis.listing import Listing, Whose
from store.columns import Instant
from store.database import Store, metadata
from system_apis.canonical.money import Money

exceptions = Table(
    "exceptions",
    metadata,
    Column("id", String, primary_key=True),
    Column("process", String, nullable=False),
    Column("command_key", String, nullable=False),
    Column("step", Integer, nullable=False),
    Column("step_name", String, nullable=False),
    Column("code", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("owner_role", String, nullable=False),
    Column("legal_entity", String),
    Column("on_behalf_of", String, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("status", String, nullable=False),
    Column("resolution", String),
    Column("resolved_by", String),
    Column("resolved_at", Instant),
    Column("note", String),
    Column("resumed", Integer, nullable=False, default=0),
    Column("amount_at_risk", String),
    Column("evidence", String, nullable=False, server_default="[]"),
    Column("system", String),
    Index("exceptions_by_status", "status", "owner_role"),
    Index("exceptions_listed", "status", "legal_entity", "opened_at", "id", "owner_role"),
)


class ExceptionStatus(StrEnum):
    """Whether a person still has to act."""

    OPEN = "open"
    RESOLVED = "resolved"


class Resolution(StrEnum):
    """What a person decided: try that step again, go on despite it, or give the work up.

    `fix_data` is a retry after something was put right, `override` goes on though something is
    wrong, `waive` though something is missing.
    """

    RETRY = "retry"
    FIX_DATA = "fix_data"
    OVERRIDE = "override"
    WAIVE = "waive"
    CANCEL = "cancel"


DESPITE = frozenset({Resolution.OVERRIDE, Resolution.WAIVE})
# What its owner may let pass, with a reason, and by which of the two [P]; nothing else is.
MAY_PASS = {
    "MARGIN_BELOW_FLOOR": Resolution.OVERRIDE,
    "BUDGET_EXCEEDED": Resolution.OVERRIDE,
    "BEYOND_CONTRACT": Resolution.OVERRIDE,
    "PRICE": Resolution.OVERRIDE,
    "TAX": Resolution.OVERRIDE,
    "VENDOR_INACTIVE": Resolution.WAIVE,
    "NO_RECEIPT": Resolution.WAIVE,
}


class OpenException(Struct, frozen=True, kw_only=True):
    """A case that stopped a process at one step.

    `evidence` names the records to look at, `amount_at_risk` is absent where nobody knows it.
    `system` is the instance that did not do its part, absent where it is not a system's doing.
    """

    id: str
    process: str
    command_key: str
    step: int
    step_name: str
    code: str
    reason: str
    owner_role: str
    legal_entity: str | None = None
    on_behalf_of: str
    opened_at: datetime
    due_at: datetime
    status: ExceptionStatus
    resolution: Resolution | None = None
    resolved_by: str | None = None
    resolved_at: datetime | None = None
    note: str | None = None
    amount_at_risk: Money | None = None
    evidence: tuple[str, ...] = ()
    system: str | None = None


class Replay(Struct, frozen=True, kw_only=True):
    """Which cases of a system are tried again, and which only somebody else may try."""

    system: str
    replayed: list[str]
    left_to_others: list[str]


class Said(Struct, frozen=True):
    """What somebody decided about a case, why and when."""

    resolution: Resolution
    note: str
    by: Caller
    at: datetime


DUE_WITHIN = timedelta(days=1)


class ExceptionQueue:
    """Opens, lists and resolves exceptions; none is ever closed in silence."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit

    async def open(self, case: OpenException) -> OpenException:
        """Open a case, or return it as it stands when the same stop was told before."""
        by = current_caller()

        def work(connection: Connection) -> OpenException:
            known = connection.execute(select(exceptions).where(exceptions.c.id == case.id)).first()
            if known:
                return _case(known)
            connection.execute(insert(exceptions).values(**_columns(case)))
            told = AuditEntry.by(
                by, "exception.opened", case.id, reason=f"{case.code}: {case.reason}"
            )
            self._audit.append(connection, told)
            return case

        return await self._store.write(work)

    async def listed(self, caller: Caller, *, status: ExceptionStatus) -> list[OpenException]:
        """Return the cases that the caller's roles own, oldest first; operators see all."""
        return [case for case in await self._all(status) if _may_see(caller, case)]

    async def page(
        self, caller: Caller, status: ExceptionStatus, cursor: str | None, *, most: int
    ) -> tuple[list[OpenException], str | None]:
        """Return a page of the cases that the caller's roles own, and the cursor of the next."""
        listing = cases_of(caller, status)
        after = listing.after(cursor)
        return await self._store.read(
            lambda connection: listing.page(
                connection, caller.entities, lambda _: True, after=after, most=most
            )
        )

    async def unresumed(self) -> list[OpenException]:
        """Return the cases that were resolved and whose work nobody has resumed yet."""

        def query(connection: Connection) -> list[OpenException]:
            rows = connection.execute(
                select(exceptions)
                .where(exceptions.c.status == ExceptionStatus.RESOLVED)
                .where(exceptions.c.resumed == 0)
                .order_by(exceptions.c.resolved_at)
            ).all()
            return [_case(row) for row in rows]

        return await self._store.read(query)

    async def waiting(self, command_key: str) -> OpenException | None:
        """Return the case that a run waits for: open, or resolved and not resumed yet."""
        query = (
            select(exceptions)
            .where(exceptions.c.command_key == command_key)
            .where(exceptions.c.resumed == 0)
        )

        def find(connection: Connection) -> OpenException | None:
            row = connection.execute(query).first()
            return _case(row) if row else None

        return await self._store.read(find)

    async def mark_resumed(self, exception_id: str) -> None:
        """Write down that the work of a resolved case goes on, or was given up."""
        statement = update(exceptions).where(exceptions.c.id == exception_id).values(resumed=1)
        await self._store.write(lambda connection: connection.execute(statement).close())

    async def all_open(self) -> list[OpenException]:
        """Return every open case, to be counted; nobody is shown them."""
        return await self._all(ExceptionStatus.OPEN)

    async def _all(self, status: ExceptionStatus) -> list[OpenException]:
        def query(connection: Connection) -> list[OpenException]:
            rows = connection.execute(
                select(exceptions)
                .where(exceptions.c.status == status)
                .order_by(exceptions.c.opened_at)
            ).all()
            return [_case(row) for row in rows]

        return await self._store.read(query)

    async def get(self, exception_id: str, caller: Caller) -> OpenException:
        """Return one case, or raise `NoSuchRecord`."""

        def query(connection: Connection) -> OpenException | None:
            row = connection.execute(
                select(exceptions).where(exceptions.c.id == exception_id)
            ).first()
            return _case(row) if row else None

        case = await self._store.read(query)
        if case is None or not _may_see(caller, case):
            raise NoSuchRecord(f"there is no exception {exception_id}")
        return case

    async def resolved(self, command_keys: Sequence[str]) -> list[OpenException]:
        """Return what people resolved in some runs, oldest first."""

        def query(connection: Connection) -> list[OpenException]:
            rows = connection.execute(
                select(exceptions)
                .where(exceptions.c.command_key.in_(list(command_keys)))
                .where(exceptions.c.status == ExceptionStatus.RESOLVED)
                .order_by(exceptions.c.opened_at)
            ).all()
            return [_case(row) for row in rows]

        return await self._store.read(query)

    async def resolve(
        self, case: OpenException, resolution: Resolution, *, note: str, by: Caller, at: datetime
    ) -> OpenException:
        """Write down what a person decided; the work itself is resumed by the engine.

        Raises `Forbidden` for the person on whose behalf the work runs, and for who lets
        something pass without its owner's role; `Conflict` when somebody was faster, or it is
        nothing that anybody may let pass.
        """
        if by.subject == case.on_behalf_of:
            raise Forbidden("the person whose work stopped may not resolve its exception")
        if resolution in DESPITE:
            _check_may_pass(case, resolution, by)

        said = Said(resolution, note, by, at)
        return await self._store.write(
            once(OpenException, lambda connection: self._settle(connection, case, said))
        )

    async def replay(
        self, system: str, among: frozenset[str], *, note: str, by: Caller, at: datetime
    ) -> Replay:
        """Retry those of some cases that a system left to the caller, all in one or none.

        What runs on the caller's own behalf is left to somebody else.
        """
        said = Said(Resolution.RETRY, note, by, at)

        def work(connection: Connection) -> Replay:
            rows = connection.execute(
                select(exceptions)
                .where(exceptions.c.status == ExceptionStatus.OPEN, exceptions.c.system == system)
                .order_by(exceptions.c.opened_at)
            ).all()
            cases = [each for each in map(_case, rows) if each.id in among and _may_see(by, each)]
            ours = [each.id for each in cases if each.on_behalf_of == by.subject]
            others = [each for each in cases if each.id not in ours]
            return Replay(
                system=system,
                replayed=[self._settle(connection, each, said).id for each in others],
                left_to_others=ours,
            )

        return await self._store.write(once(Replay, work))

    def _settle(self, connection: Connection, case: OpenException, said: Said) -> OpenException:
        changed = connection.execute(
            update(exceptions)
            .where(exceptions.c.id == case.id, exceptions.c.status == ExceptionStatus.OPEN)
            .values(
                status=ExceptionStatus.RESOLVED,
                resolution=said.resolution,
                resolved_by=said.by.subject,
                resolved_at=said.at,
                note=said.note,
            )
        )
        if not changed.rowcount:
            raise Conflict(f"{case.id} was resolved before")
        entry = AuditEntry.by(said.by, f"exception.{said.resolution}", case.id, reason=said.note)
        self._audit.append(connection, entry)
        row = connection.execute(select(exceptions).where(exceptions.c.id == case.id)).one()
        return _case(row)


def cases_of(caller: Caller, status: ExceptionStatus) -> Listing[OpenException]:
    """Return the list of the cases that the caller's roles own, oldest first; operators see all."""
    owned = exceptions.c.owner_role.in_(sorted(caller.roles))
    return Listing(
        name="exceptions",
        order=(exceptions.c.opened_at, exceptions.c.id),
        read=lambda _, rows: [_case(each) for each in rows],
        wanted=(exceptions.c.status == status, *([] if "operator" in caller.roles else [owned])),
        whose=Whose.EACH_AND_NONE,
    )


def case_id(command_key: str, step: int, opened_at: datetime) -> str:
    """Return the id of one stop: the same stop told twice is one case."""
    digest = hashlib.sha256(f"{command_key}|{step}|{opened_at.isoformat()}".encode())
    return f"exc_{digest.hexdigest()[:24]}"


def offered(code: str) -> tuple[Resolution, ...]:
    """Return what a person may decide about a case of a code."""
    despite = MAY_PASS.get(code)
    return tuple(each for each in Resolution if each not in DESPITE or each is despite)


def _check_may_pass(case: OpenException, resolution: Resolution, by: Caller) -> None:
    if MAY_PASS.get(case.code) is not resolution:
        *most, last = offered(case.code)
        raise Conflict(
            f"nobody may {resolution} {case.code}: it offers {', '.join(most)} and {last}"
        )
    if case.owner_role not in by.roles:
        raise Forbidden(f"only a {case.owner_role} may {resolution} {case.code}")


def _may_see(caller: Caller, case: OpenException) -> bool:
    ours = case.legal_entity is None or caller.sees(case.legal_entity)
    return ours and bool({case.owner_role, "operator"} & caller.roles)


def _columns(case: OpenException) -> dict[str, object]:
    told = {name: getattr(case, name) for name in case.__struct_fields__}
    at_risk = case.amount_at_risk
    told["amount_at_risk"] = None if at_risk is None else msgspec.json.encode(at_risk).decode()
    return told | {"evidence": msgspec.json.encode(case.evidence).decode()}


def _case(row: Row[tuple[object, ...]]) -> OpenException:
    fields = {name: getattr(row, name) for name in OpenException.__struct_fields__}
    fields["status"] = ExceptionStatus(fields["status"])
    if fields["resolution"]:
        fields["resolution"] = Resolution(fields["resolution"])
    if fields["amount_at_risk"]:
        fields["amount_at_risk"] = msgspec.json.decode(fields["amount_at_risk"], type=Money)
    fields["evidence"] = msgspec.json.decode(fields["evidence"], type=tuple[str, ...])
    return OpenException(**fields)
