"""Deals of which one half is there, won or signed, and that wait for the other one."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import (
    Column,
    Connection,
    Date,
    Index,
    Select,
    String,
    Table,
    Update,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Row

from governance.access import current_caller
from governance.audit import Audit, AuditEntry
from process_apis.opportunity_to_project.second_half import Handover, HandoverState, Missing
from store.columns import Instant
from store.database import Store, metadata

handovers = Table(
    "handovers",
    metadata,
    Column("subject_id", String, primary_key=True),
    Column("opportunity_number", String, nullable=False),
    Column("missing", String, nullable=False),
    Column("legal_entity", String),
    Column("since", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("state", String, nullable=False),
    Column("note", String),
    Column("updated_at", Instant, nullable=False),
    Index("handovers_by_state", "state"),
)


class Handovers:
    """The register of waits, one for each deal's first half."""

    def __init__(self, store: Store, audit: Audit, clock: Callable[[], datetime]) -> None:
        self._store, self._audit, self._clock = store, audit, clock

    async def begin(self, wait: Handover) -> Handover:
        """Write a wait down, or return the one that is under way."""
        by = current_caller()

        def work(connection: Connection) -> Handover:
            row = connection.execute(_of(wait.subject_id)).first()
            if row is not None and row.state != HandoverState.CLOSED:
                return _handover(row)
            values = {name: getattr(wait, name) for name in wait.__struct_fields__}
            values["updated_at"] = self._clock()
            if row is None:
                connection.execute(insert(handovers).values(**values))
            else:
                connection.execute(_change(wait.subject_id).values(**values))
            reason = f"{wait.missing} until {wait.last_day}"
            told = AuditEntry.by(
                by,
                "handover.waits",
                wait.subject_id,
                legal_entity=wait.legal_entity,
                reason=reason,
            )
            self._audit.append(connection, told)
            return wait

        return await self._store.write(work)

    async def end(self, subject_ids: Iterable[str], note: str) -> None:
        """Write down why nothing is waited for any more; what nobody waits for stays as it is."""
        for each in subject_ids:
            found = await self.find(each)
            if found is not None and found.state is HandoverState.WAITING:
                await self.move(found, HandoverState.CLOSED, note=note)
            elif found is not None and found.state is HandoverState.OVERDUE:
                await self.move(found, HandoverState.OVER, note=note)

    async def move(self, wait: Handover, state: HandoverState, *, note: str | None = None) -> None:
        """Write down where a wait stands now, unless somebody moved it since it was seen."""
        by = current_caller()
        said = note or wait.note

        def work(connection: Connection) -> None:
            changed = connection.execute(
                _change(wait.subject_id)
                .where(handovers.c.state == wait.state)
                .values(state=state, note=said, updated_at=self._clock())
            )
            if changed.rowcount:
                told = AuditEntry.by(
                    by,
                    f"handover.{state}",
                    wait.subject_id,
                    legal_entity=wait.legal_entity,
                    reason=said,
                )
                self._audit.append(connection, told)

        await self._store.write(work)

    async def find(self, subject_id: str) -> Handover | None:
        """Return the wait of an opportunity or contract, if there ever was one."""
        row = await self._store.read(lambda connection: connection.execute(_of(subject_id)).first())
        return _handover(row) if row else None

    async def standing(self, state: HandoverState) -> list[Handover]:
        """Return the waits that stand somewhere."""
        query = select(handovers).where(handovers.c.state == state).order_by(handovers.c.since)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return [_handover(row) for row in rows]


def _of(subject_id: str) -> Select[tuple[object, ...]]:
    return select(handovers).where(handovers.c.subject_id == subject_id)


def _change(subject_id: str) -> Update:
    return update(handovers).where(handovers.c.subject_id == subject_id)


def _handover(row: Row[tuple[object, ...]]) -> Handover:
    fields = {name: getattr(row, name) for name in Handover.__struct_fields__}
    fields["missing"] = Missing(fields["missing"])
    fields["state"] = HandoverState(fields["state"])
    return Handover(**fields)
