"""The book of pay runs: which rows which run told, so that no row is told twice."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, insert, select, update

from governance.access import Caller
from governance.audit import Audit, AuditEntry
from process_apis.listing import Listing, recorded
from process_apis.time_and_expense.pay_records import PayRunStatus, ToldHours
from process_apis.time_and_expense.tables import paid_hours, pay_runs
from store.database import Store

_AT_ONCE = 500
PAY_RUNS = Listing(
    name="pay_runs",
    order=(pay_runs.c.period, pay_runs.c.legal_entity, pay_runs.c.run),
    read=recorded(ToldHours),
)


class PayRuns:
    """Strata's own record of what was told to those who pay."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit

    async def find(self, run_id: str) -> ToldHours | None:
        """Return a run, if it was claimed."""
        return await self._store.read(lambda connection: _find(connection, run_id))

    async def paid(self, entry_ids: Sequence[str]) -> frozenset[str]:
        """Return which of some rows a run has told."""

        def query(connection: Connection) -> frozenset[str]:
            found: set[str] = set()
            for start in range(0, len(entry_ids), _AT_ONCE):
                some = paid_hours.c.entry_id.in_(entry_ids[start : start + _AT_ONCE])
                found |= set(connection.scalars(select(paid_hours.c.entry_id).where(some)))
            return frozenset(found)

        return await self._store.read(query)

    async def claim(self, told: ToldHours, entry_ids: Sequence[str], *, by: Caller) -> ToldHours:
        """Write a run down with its rows; none of them is any other run's."""

        def work(connection: Connection) -> ToldHours:
            known = _find(connection, told.id)
            if known is not None:
                return known
            connection.execute(insert(pay_runs).values(**_row(told)))
            if entry_ids:
                rows = [{"entry_id": each, "pay_run_id": told.id} for each in entry_ids]
                connection.execute(insert(paid_hours), rows)
            self._audit.append(connection, _entry(by, told))
            return told

        return await self._store.write(work)

    async def told(self, run: ToldHours, *, by: Caller) -> ToldHours:
        """Write down that a run was told; said again, nothing changes."""

        def work(connection: Connection) -> ToldHours:
            known = _find(connection, run.id)
            if known is not None and known.status is PayRunStatus.TOLD:
                return known
            done = update(pay_runs).where(pay_runs.c.id == run.id).values(**_row(run))
            connection.execute(done)
            self._audit.append(connection, _entry(by, run))
            return run

        return await self._store.write(work)


def _find(connection: Connection, run_id: str) -> ToldHours | None:
    record = connection.scalars(select(pay_runs.c.record).where(pay_runs.c.id == run_id)).first()
    return None if record is None else msgspec.json.decode(record, type=ToldHours)


def _row(run: ToldHours) -> dict[str, object]:
    return {
        "id": run.id,
        "legal_entity": run.legal_entity,
        "period": run.period,
        "run": run.run,
        "status": run.status,
        "record": msgspec.json.encode(run),
    }


def _entry(by: Caller, run: ToldHours) -> AuditEntry:
    return AuditEntry.by(
        by,
        f"pay_run.{run.status}",
        run.id,
        legal_entity=run.legal_entity,
        reason=f"{run.rows} rows of {run.period}, run {run.run}",
    )
