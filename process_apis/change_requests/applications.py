"""Applications: plans that somebody wants carried out, each written down once, and how far."""

import msgspec
from msgspec.structs import replace
from sqlalchemy import Column, Connection, Index, LargeBinary, String, Table, insert, select, update

from governance.access import Caller, current_caller
from governance.audit import Audit, AuditEntry
from governance.once import once
from process_apis.change_requests.records import ApplicationState, PlannedChange
from process_apis.errors import NoSuchRecord
from process_apis.listing import Listing, recorded
from store.columns import Instant
from store.database import Store, metadata

change_applications = Table(
    "change_applications",
    metadata,
    Column("id", String, primary_key=True),
    Column("legal_entity", String, nullable=False),
    Column("project_number", String, nullable=False),
    Column("state", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Index("change_applications_listed", "legal_entity", "asked_at", "id"),
)
APPLICATIONS = Listing(
    name="applications",
    order=(change_applications.c.asked_at, change_applications.c.id),
    read=recorded(PlannedChange),
)
_ENDED = {
    ApplicationState.AGREED,
    ApplicationState.APPLIED,
    ApplicationState.REJECTED,
    ApplicationState.GIVEN_UP,
}


class Applications:
    """Strata's own record of the changes that were asked to be carried out."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit

    async def ask(self, application: PlannedChange, *, by: Caller) -> PlannedChange:
        """Write an application down; the same plan is asked for once."""

        def work(connection: Connection) -> PlannedChange:
            known = _find(connection, application.id)
            if known is not None:
                return known
            connection.execute(insert(change_applications).values(**_row(application)))
            self._audit.append(connection, _told(by, application))
            return application

        return await self._store.write(once(PlannedChange, work))

    async def turn(
        self, application_id: str, state: ApplicationState, *, notice: str | None = None
    ) -> PlannedChange:
        """Write down how far an application is; one that has ended stays as it is."""
        by = current_caller()

        def work(connection: Connection) -> PlannedChange:
            known = _find(connection, application_id)
            if known is None:
                raise NoSuchRecord(f"there is no change {application_id}")
            if known.state is state or known.state in _ENDED:
                return known
            turned = replace(known, state=state, notice=notice or known.notice)
            where = change_applications.c.id == application_id
            connection.execute(update(change_applications).where(where).values(**_row(turned)))
            self._audit.append(connection, _told(by, turned))
            return turned

        return await self._store.write(work)

    async def find(self, application_id: str) -> PlannedChange | None:
        """Return one application, if there is one."""
        return await self._store.read(lambda connection: _find(connection, application_id))

    async def get(self, application_id: str) -> PlannedChange:
        """Return one application, or raise `NoSuchRecord`."""
        found = await self.find(application_id)
        if found is None:
            raise NoSuchRecord(f"there is no change {application_id}")
        return found

    async def listed(self, *, entities: frozenset[str]) -> list[PlannedChange]:
        """Return the applications of some companies, the oldest first."""
        table = change_applications
        query = select(table.c.record).where(table.c.legal_entity.in_(sorted(entities)))
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        found = [msgspec.json.decode(row.record, type=PlannedChange) for row in rows]
        return sorted(found, key=lambda each: (each.asked_at, each.id))


def _find(connection: Connection, application_id: str) -> PlannedChange | None:
    table = change_applications
    row = connection.execute(select(table.c.record).where(table.c.id == application_id)).first()
    return msgspec.json.decode(row.record, type=PlannedChange) if row else None


def _row(application: PlannedChange) -> dict[str, object]:
    return {
        "id": application.id,
        "legal_entity": application.legal_entity,
        "project_number": application.project_number,
        "state": application.state,
        "asked_at": application.asked_at,
        "record": msgspec.json.encode(application),
    }


def _told(by: Caller, application: PlannedChange) -> AuditEntry:
    return AuditEntry.by(
        by,
        f"change.{application.state}",
        application.id,
        legal_entity=application.legal_entity,
        reason=f"{application.subject} of {application.contract_number}",
    )
