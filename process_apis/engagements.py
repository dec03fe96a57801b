"""The engagements that Strata carries: which opportunity became which project, and when."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any  # Any: a row of the table, as lists hand it over

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import (
    Column,
    Connection,
    Index,
    String,
    Table,
    Update,
    bindparam,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.engine import Row

from governance.access import Caller, current_caller
from governance.audit import Audit, AuditEntry
from process_apis.listing import Listing
from process_apis.sight import Sight
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
    Column("business_unit", String),
    Column("client_id", String, nullable=False),
    Column("client_number", String, nullable=False),
    Column("client_name", String, nullable=False),
    Column("currency", String, nullable=False),
    Column("billing_model", String, nullable=False),
    Column("project_manager", String, nullable=False),
    Column("command_key", String, nullable=False),
    Column("status", String, nullable=False),
    Column("stops_at", String),
    Column("price_difference", String),
    Column("project_id", String),
    Column("agreed_at", Instant, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("activated_at", Instant),
    Index("engagements_listed", "legal_entity", "opened_at", "project_number"),
    Index("engagements_by_stop", "status", "stops_at"),
)


_AT_ONCE = 500
_BY_NUMBER = select(engagements).where(engagements.c.project_number == bindparam("number"))


class EngagementStatus(StrEnum):
    """Whether work may be booked on an engagement's project (domain handbook, 1.6)."""

    PENDING_APPROVAL = "pending_approval"
    PROVISIONING = "provisioning"
    ACTIVE = "active"
    CANCELLED = "cancelled"


class Engagement(Struct, frozen=True, kw_only=True):
    """One client's work. `agreed_at` is when the deal was both won and signed.

    An engagement that ran before us may have no opportunity. `stops_at` is the first thing
    that people were asked about before it was set up, and `price_difference` how far CRM and
    contract lay apart, as a share of the CRM's amount.
    """

    project_number: str
    name: str
    opportunity_id: Id | None
    contract_id: Id
    contract_number: str
    legal_entity: str
    business_unit: str | None = None
    client_id: Id
    client_number: str
    client_name: str
    currency: str
    billing_model: str
    project_manager: str
    command_key: str
    status: EngagementStatus
    stops_at: str | None = None
    price_difference: Decimal | None = None
    project_id: Id | None = None
    agreed_at: datetime
    opened_at: datetime
    activated_at: datetime | None = None

    @property
    def is_carried(self) -> bool:
        """Whether it was not given up before it began."""
        return self.status is not EngagementStatus.CANCELLED

    @property
    def called(self) -> str:
        """What people call it: by its client, and its project."""
        return f"{self.client_name}, {self.project_number}"

    @property
    def is_adopted(self) -> bool:
        """Whether its project ran before it was ours."""
        return self.command_key == adopted_key(self.project_number)


class Engagements:
    """The register of engagements."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit

    async def open(self, engagement: Engagement) -> Engagement:
        """Write an engagement down, or return it as it stands.

        Until its set-up is approved it follows what CRM and contract say now.
        """
        opened = _told("opened", engagement)
        reviewed = _told("reviewed", engagement)

        def work(connection: Connection) -> Engagement:
            known = _find(connection, engagement.project_number)
            if known is None:
                connection.execute(insert(engagements).values(**_columns(engagement)))
                self._audit.append(connection, opened)
                return engagement
            if known.status is not EngagementStatus.PENDING_APPROVAL:
                return known
            now = replace(
                engagement,
                opened_at=known.opened_at,
                stops_at=known.stops_at,
                price_difference=known.price_difference,
            )
            if now != known:
                connection.execute(_this(engagement.project_number).values(**_columns(now)))
                self._audit.append(connection, reviewed)
            return now

        return await self._store.write(work)

    def adopt(self, connection: Connection, engagement: Engagement, by: Caller) -> None:
        """Write down an engagement that runs already, in a unit of work that is running.

        One that was given up before it was set up is written anew.
        """
        known = _find(connection, engagement.project_number)
        if known is None:
            connection.execute(insert(engagements).values(**_columns(engagement)))
        elif known.status is EngagementStatus.CANCELLED:
            connection.execute(_this(engagement.project_number).values(**_columns(engagement)))
        else:
            return
        number, entity = engagement.project_number, engagement.legal_entity
        entry = AuditEntry.by(by, "engagement.adopted", number, legal_entity=entity)
        self._audit.append(connection, entry)

    async def waits(
        self, engagement: Engagement, *, stops_at: str, price_difference: Decimal | None
    ) -> None:
        """Write down what people are asked about before an engagement is set up."""
        apart = None if price_difference is None else str(price_difference)
        entry = _told("waits", engagement, reason=stops_at)
        values = {"stops_at": stops_at, "price_difference": apart}
        await self._move(
            engagement.project_number, {EngagementStatus.PENDING_APPROVAL}, values, entry
        )

    async def provisioning(self, engagement: Engagement) -> None:
        """Write down that the systems are told of an engagement from now on."""
        values = {"status": EngagementStatus.PROVISIONING}
        entry = _told("provisioning", engagement)
        await self._move(
            engagement.project_number, {EngagementStatus.PENDING_APPROVAL}, values, entry
        )

    async def cancelled(self, engagement: Engagement) -> None:
        """Write down that an engagement whose set-up was not finished was given up."""
        values = {"status": EngagementStatus.CANCELLED}
        entry = _told("cancelled", engagement)
        unfinished = {EngagementStatus.PENDING_APPROVAL, EngagementStatus.PROVISIONING}
        await self._move(engagement.project_number, unfinished, values, entry)

    async def activated(self, project_number: str, *, project_id: str, at: datetime) -> None:
        """Write down that a project is open for time, the first time this is said."""
        entry = AuditEntry.by(current_caller(), "engagement.activated", project_number)
        values = {
            "status": EngagementStatus.ACTIVE,
            "project_id": project_id,
            "activated_at": at,
        }
        await self._move(project_number, {EngagementStatus.PROVISIONING}, values, entry)

    async def _move(
        self,
        project_number: str,
        from_any: set[EngagementStatus],
        values: Mapping[str, object],
        entry: AuditEntry,
    ) -> None:
        """Change an engagement that stands at one of some states, and audit it if it did."""
        standing = engagements.c.status.in_(sorted(from_any))

        def work(connection: Connection) -> None:
            changed = connection.execute(_this(project_number).where(standing).values(**values))
            if changed.rowcount:
                self._audit.append(connection, entry)

        await self._store.write(work)

    async def find(self, project_number: str) -> Engagement | None:
        """Return the engagement of a project, if Strata carries it."""
        return await self._store.read(lambda connection: _find(connection, project_number))

    async def called(self, project_numbers: Iterable[str]) -> Mapping[str, str]:
        """Return what people call the work of some projects; one that is not ours, its number."""
        numbers = sorted(set(project_numbers))

        def query(connection: Connection) -> dict[str, str]:
            found = {each: each for each in numbers}
            for start in range(0, len(numbers), _AT_ONCE):
                some = engagements.c.project_number.in_(numbers[start : start + _AT_ONCE])
                for row in connection.execute(select(engagements).where(some)):
                    found[row.project_number] = _engagement(row).called
            return found

        return await self._store.read(query)

    async def clients_called(self, numbers: Iterable[str]) -> Mapping[str, str]:
        """Return the names of some clients by their numbers, as far as we work for them."""
        some = engagements.c.client_number.in_(sorted(set(numbers)))
        query = select(engagements.c.client_number, engagements.c.client_name).where(some)
        return await self._store.read(
            lambda connection: {
                row.client_number: row.client_name for row in connection.execute(query)
            }
        )

    async def of_opportunity(self, opportunity_id: str) -> Engagement | None:
        """Return the engagement that an opportunity became, if it did."""
        query = select(engagements).where(engagements.c.opportunity_id == opportunity_id)

        def first(connection: Connection) -> Engagement | None:
            row = connection.execute(query).first()
            return _engagement(row) if row else None

        return await self._store.read(first)

    async def waiting(self, entities: frozenset[str], *, stops_at: str) -> list[Engagement]:
        """Return the engagements that wait for one kind of answer before they are set up."""
        query = (
            select(engagements)
            .where(engagements.c.status == EngagementStatus.PENDING_APPROVAL)
            .where(engagements.c.stops_at == stops_at)
            .where(engagements.c.legal_entity.in_(sorted(entities)))
        )
        found = await self._store.read(
            lambda connection: [_engagement(row) for row in connection.execute(query)]
        )
        # Few wait: to sort them in the store it would go through all that a company has.
        return sorted(found, key=lambda each: (each.opened_at, each.project_number))

    async def sight(self, caller: Caller) -> Sight:
        """Return what a caller sees; who is bound to no business unit is looked up nowhere."""
        if caller.units is None:
            return Sight(caller, frozenset())
        unit = engagements.c.business_unit
        hidden = select(engagements.c.project_number).where(
            unit.is_not(None), unit.not_in(sorted(caller.units))
        )
        return await self._store.read(
            lambda connection: Sight(caller, frozenset(connection.scalars(hidden)))
        )

    async def listed(
        self, entities: frozenset[str], *, client_ids: Sequence[str] | None = None
    ) -> list[Engagement]:
        """Return the engagements of some legal entities, oldest first, or those with a client.

        A client may have several ids: those that were merged into its own.
        """
        whose = true() if client_ids is None else engagements.c.client_id.in_(client_ids)

        def query(connection: Connection) -> list[Engagement]:
            rows = connection.execute(
                select(engagements)
                .where(engagements.c.legal_entity.in_(sorted(entities)), whose)
                .order_by(engagements.c.opened_at, engagements.c.project_number)
            ).all()
            return [_engagement(row) for row in rows]

        return await self._store.read(query)


def _read(_: Connection, rows: Sequence[Row[Any]]) -> list[Engagement]:
    return [_engagement(each) for each in rows]


ENGAGEMENTS = Listing(
    name="engagements",
    order=(engagements.c.opened_at, engagements.c.project_number),
    read=_read,
)


def adopted_key(project_number: str) -> str:
    """Return what an engagement goes by that was adopted, and not set up by a command."""
    return f"adopted:{project_number}"


def called(connection: Connection, project_number: str) -> str:
    """Return what people call the work of a project, in a unit of work that is running."""
    known = _find(connection, project_number)
    return known.called if known else project_number


def _find(connection: Connection, project_number: str) -> Engagement | None:
    row = connection.execute(_BY_NUMBER, {"number": project_number}).first()
    return _engagement(row) if row else None


def _this(project_number: str) -> Update:
    return update(engagements).where(engagements.c.project_number == project_number)


def _told(what: str, engagement: Engagement, *, reason: str | None = None) -> AuditEntry:
    return AuditEntry.by(
        current_caller(),
        f"engagement.{what}",
        engagement.project_number,
        legal_entity=engagement.legal_entity,
        reason=reason,
    )


def _columns(engagement: Engagement) -> dict[str, object]:
    values = {name: getattr(engagement, name) for name in engagement.__struct_fields__}
    apart = engagement.price_difference
    return values | {"price_difference": None if apart is None else str(apart)}


def _engagement(row: Row[tuple[object, ...]]) -> Engagement:
    fields = dict(row._mapping)
    fields["status"] = EngagementStatus(fields["status"])
    apart = fields["price_difference"]
    fields["price_difference"] = None if apart is None else Decimal(apart)
    return Engagement(**fields)
