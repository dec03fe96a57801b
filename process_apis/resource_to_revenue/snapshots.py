"""The forecasts as they were frozen, week after week: written once, and never changed."""

import hashlib
from collections.abc import Sequence
from datetime import date

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Date,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    select,
)

from governance.access import current_caller
from governance.audit import Audit, AuditEntry
from process_apis.resource_to_revenue.records import ForecastRow
from store.database import Store, metadata

forecast_snapshots = Table(
    "forecast_snapshots",
    metadata,
    Column("legal_entity", String, nullable=False),
    Column("frozen_on", Date, nullable=False),
    Column("employee", String, nullable=False),
    Column("project_number", String, nullable=False),
    Column("week", Date, nullable=False),
    Column("record", LargeBinary, nullable=False),
    PrimaryKeyConstraint("legal_entity", "frozen_on", "employee", "project_number", "week"),
    Index("forecast_snapshots_by_week", "legal_entity", "week"),
)
table = forecast_snapshots


class Snapshots:
    """The register of frozen forecasts."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit

    async def freeze(self, legal_entity: str, on: date, rows: Sequence[ForecastRow]) -> int:
        """Write a company's forecast of a day down, the first time this is said.

        Returns how many rows are frozen.
        """
        by = current_caller()
        said = hashlib.sha256(msgspec.json.encode(list(rows))).hexdigest()
        entry = AuditEntry.by(
            by,
            "forecast.frozen",
            f"{legal_entity}:{on}",
            legal_entity=legal_entity,
            after_hash=said,
        )
        ours = (table.c.legal_entity == legal_entity, table.c.frozen_on == on)

        def work(connection: Connection) -> int:
            there = connection.execute(select(table.c.week).where(*ours)).all()
            if there or not rows:
                return len(there)
            connection.execute(insert(table), [_row(each) for each in rows])
            self._audit.append(connection, entry)
            return len(rows)

        return await self._store.write(work)

    async def listed(self, entities: frozenset[str], start: date, end: date) -> list[ForecastRow]:
        """Return every forecast of weeks that begin in start..end, the newest frozen last."""
        query = (
            select(table.c.record)
            .where(table.c.legal_entity.in_(sorted(entities)), table.c.week.between(start, end))
            .order_by(table.c.frozen_on, table.c.week, table.c.employee, table.c.project_number)
        )
        return await self._store.read(
            lambda connection: [
                msgspec.json.decode(row.record, type=ForecastRow)
                for row in connection.execute(query)
            ]
        )


def _row(row: ForecastRow) -> dict[str, object]:
    return {
        "legal_entity": row.legal_entity,
        "frozen_on": row.frozen_on,
        "employee": row.employee,
        "project_number": row.project_number,
        "week": row.week,
        "record": msgspec.json.encode(row),
    }
