"""The engagements that Strata carries: which opportunity became which project, and when."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import (
    Column,
    Connection,
    Index,
    String,
    Table,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Row

from governance.access import Caller, current_caller
from governance.audit import Audit, AuditEntry
from store.columns import Instant
from store.database import Store, metadata
from system_apis.canonical.record import Id

engagements = Table(
    "engagements",
    metadata,
    Column("project_number", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("opportunity_id", String, unique=True),
    Column("contract_id", String, nullable=False),
    Column("contract_number", String, nullable=False),
    Column("legal_entity", String, nullable=False),
    Column("client_number", String, nullable=False),
    Column("client_name", String, nullable=False),
    Column("currency", String, nullable=False),
    Column("billing_model", String, nullable=False),
    Column("project_manager", String, nullable=False),
    Column("command_key", String, nullable=False),
    Column("status", String, nullable=False),
    Column("project_id", String),
    Column("agreed_at", Instant, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("activated_at", Instant),
    Index("engagements_by_entity", "legal_entity"),
)


_BY_NUMBER = select(engagements).where(engagements.c.project_number == bindparam("number"))


class EngagementStatus(StrEnum):
    """Whether work may be booked on an engagement's project."""

    PROVISIONING = "provisioning"
    ACTIVE = "active"


class Engagement(Struct, frozen=True, kw_only=True):
    """One client's work. `agreed_at` is when the deal was both won and signed.

    An engagement that ran before us may have no opportunity.
    """

    project_number: str
    name: str
    opportunity_id: Id | None
    contract_id: Id
    contract_number: str
    legal_entity: str
    client_number: str
    client_name: str
    currency: str
    billing_model: str
    project_manager: str
    command_key: str
    status: EngagementStatus
    project_id: Id | None = None
    agreed_at: datetime
    opened_at: datetime
    activated_at: datetime | None = None


class Engagements:
    """The register of engagements."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit

    async def open(self, engagement: Engagement) -> Engagement:
        """Write an engagement down, or return it as it stands."""
        by = current_caller()
        return await self._store.write(lambda connection: self.open_in(connection, engagement, by))

    def open_in(self, connection: Connection, engagement: Engagement, by: Caller) -> Engagement:
        """Write an engagement down in a unit of work that is running, or return it as it stands."""
        known = _find(connection, engagement.project_number)
        if known:
            return known
        values = {name: getattr(engagement, name) for name in engagement.__struct_fields__}
        connection.execute(insert(engagements).values(**values))
        opened = AuditEntry.by(
            by,
            "engagement.opened",
            engagement.project_number,
            legal_entity=engagement.legal_entity,
        )
        self._audit.append(connection, opened)
        return engagement

    async def activated(self, project_number: str, *, project_id: str, at: datetime) -> None:
        """Write down that a project is open for time, the first time this is said."""
        entry = AuditEntry.by(current_caller(), "engagement.activated", project_number)

        def work(connection: Connection) -> None:
            changed = connection.execute(
                update(engagements)
                .where(engagements.c.project_number == project_number)
                .where(engagements.c.status == EngagementStatus.PROVISIONING)
                .values(status=EngagementStatus.ACTIVE, project_id=project_id, activated_at=at)
            )
            if changed.rowcount:
                self._audit.append(connection, entry)

        await self._store.write(work)

    async def find(self, project_number: str) -> Engagement | None:
        """Return the engagement of a project, if Strata carries it."""
        return await self._store.read(lambda connection: _find(connection, project_number))

    async def listed(self, entities: frozenset[str]) -> list[Engagement]:
        """Return the engagements of some legal entities, oldest first."""

        def query(connection: Connection) -> list[Engagement]:
            rows = connection.execute(
                select(engagements)
                .where(engagements.c.legal_entity.in_(sorted(entities)))
                .order_by(engagements.c.opened_at, engagements.c.project_number)
            ).all()
            return [_engagement(row) for row in rows]

        return await self._store.read(query)


def _find(connection: Connection, project_number: str) -> Engagement | None:
    row = connection.execute(_BY_NUMBER, {"number": project_number}).first()
    return _engagement(row) if row else None


def _engagement(row: Row[tuple[object, ...]]) -> Engagement:
    fields = dict(row._mapping)
    fields["status"] = EngagementStatus(fields["status"])
    return Engagement(**fields)
