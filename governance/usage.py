"""Who uses what: calls by API version, operation, consumer and field, and the notices that follow.

A call is counted in memory. Every few seconds the counts are added to the day's rows in one
unit of work, so what a crash loses is those few seconds. Of a version that is on its way out,
each consumer that called it gets one notice for each stage and week, in the same unit of work.
An event that a subscriber took is counted with its delivery, and never lost.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime

import msgspec
from msgspec import Struct
from sqlalchemy import (
    Column,
    Connection,
    Date,
    Integer,
    String,
    Table,
    func,
    insert,
    select,
    update,
)

from governance.lifecycle import Lifecycles
from governance.stages import LEAVING
from observability.logs import Logs
from store.columns import Instant
from store.database import Store, metadata

api_usage = Table(
    "api_usage",
    metadata,
    Column("day", Date, primary_key=True),
    Column("api", String, primary_key=True),
    Column("operation", String, primary_key=True),
    Column("consumer", String, primary_key=True),
    Column("field", String, primary_key=True),
    Column("calls", Integer, nullable=False),
)
lifecycle_notices = Table(
    "lifecycle_notices",
    metadata,
    Column("api", String, primary_key=True),
    Column("consumer", String, primary_key=True),
    Column("stage", String, primary_key=True),
    Column("week", String, primary_key=True),
    Column("raised_at", Instant, nullable=False),
    Column("sunset_on", Date),
    Column("successor", String),
)
WHOLE_RECORD = "*"
OTHERS = "others"
MOST_CONSUMERS = 1_000


class Used(Struct, frozen=True, order=True):
    """What is counted: `field` is one that the consumer chose, or `*` for the whole record."""

    api: str
    operation: str
    consumer: str
    field: str = WHOLE_RECORD


class UsageRow(Struct, frozen=True, kw_only=True):
    """How often a consumer called an operation for a field on the days of a period."""

    api: str
    operation: str
    consumer: str
    field: str
    calls: int
    last_day: date


class Notice(Struct, frozen=True, kw_only=True):
    """That a consumer still calls a version on its way out: once for each stage and ISO week."""

    api: str
    consumer: str
    stage: str
    week: str
    raised_at: datetime
    sunset_on: date | None
    successor: str | None


class Usage:
    """Counts calls, and knows what was counted."""

    def __init__(
        self, store: Store, lifecycles: Lifecycles, logs: Logs, wall: Callable[[], datetime]
    ) -> None:
        self._store, self._lifecycles, self._logs, self._wall = store, lifecycles, logs, wall
        self._counts: Counter[Used] = Counter()
        self._consumers: set[str] = set()

    def named(self, client_id: str) -> str:
        """Return what a client is counted as: its own name, for the first thousand of them."""
        if client_id not in self._consumers:
            if len(self._consumers) >= MOST_CONSUMERS:
                return OTHERS
            self._consumers.add(client_id)
        return client_id

    def count(self, used: Used) -> None:
        """Count one call."""
        self._counts[used] += 1

    def count_own(self, api: str, operation: str, process: str) -> None:
        """Count one call of a process of ours, which takes whole records."""
        self.count(Used(api, operation, process))

    async def flush(self) -> None:
        """Add what was counted to the day's rows, with the notices that are due."""
        counted = Counter(self._counts)
        if not counted:
            return
        now = self._wall()
        due = list(self._notices(counted, now))
        new = await self._store.write(lambda connection: _keep(connection, counted, due, now))
        self._counts = self._counts - counted
        for notice in new:
            said = msgspec.structs.asdict(notice)
            self._logs.events.warning("a version that ends is still called", **said)

    async def rows(
        self, *, since: date, api: str | None = None, consumer: str | None = None
    ) -> list[UsageRow]:
        """Return what was used since a day, all of it unless an API or a consumer is named."""
        return await self._store.read(lambda c: used_since(c, since, api=api, consumer=consumer))

    async def notices(self) -> list[Notice]:
        """Return every notice, the latest first."""
        query = select(lifecycle_notices).order_by(lifecycle_notices.c.raised_at.desc()).limit(1000)

        def read(connection: Connection) -> list[Notice]:
            rows = connection.execute(query)
            return [msgspec.convert(row, Notice, from_attributes=True) for row in rows]

        return await self._store.read(read)

    def _notices(self, counted: Iterable[Used], now: datetime) -> Iterable[Notice]:
        year, week, _ = now.isocalendar()
        for api, consumer in sorted({(used.api, used.consumer) for used in counted}):
            version = self._lifecycles.version(api)
            stage = version.at(now).stage
            if stage in LEAVING:
                yield Notice(
                    api=api,
                    consumer=consumer,
                    stage=stage,
                    week=f"{year}-W{week:02}",
                    raised_at=now,
                    sunset_on=version.lifecycle.sunset_on,
                    successor=version.lifecycle.successor,
                )


def used_since(
    connection: Connection, since: date, *, api: str | None = None, consumer: str | None = None
) -> list[UsageRow]:
    """Return what was used since a day."""
    column = api_usage.c
    what = (column.api, column.operation, column.consumer, column.field)
    totals = (func.sum(column.calls).label("calls"), func.max(column.day).label("last_day"))
    query = select(*what, *totals).where(column.day >= since).group_by(*what).order_by(*what)
    if api is not None:
        query = query.where(column.api == api)
    if consumer is not None:
        query = query.where(column.consumer == consumer)
    rows = connection.execute(query)
    return [msgspec.convert(row, UsageRow, from_attributes=True) for row in rows]


def add_use(connection: Connection, used: Used, day: date, calls: int = 1) -> None:
    """Add to the row of a day, in the caller's unit of work."""
    key = {"day": day, **msgspec.structs.asdict(used)}
    same = [api_usage.c[name] == value for name, value in key.items()]
    more = update(api_usage).where(*same).values(calls=api_usage.c.calls + calls)
    if not connection.execute(more).rowcount:
        connection.execute(insert(api_usage).values(**key, calls=calls))


def _keep(
    connection: Connection, counted: Counter[Used], due: list[Notice], now: datetime
) -> list[Notice]:
    """Add to the day's rows, and return the notices that are new."""
    for used, calls in sorted(counted.items()):
        add_use(connection, used, now.date(), calls)
    new = [notice for notice in due if not _known(connection, notice)]
    for notice in new:
        connection.execute(insert(lifecycle_notices).values(**msgspec.structs.asdict(notice)))
    return new


def _known(connection: Connection, notice: Notice) -> bool:
    key = ("api", "consumer", "stage", "week")
    same = [lifecycle_notices.c[name] == getattr(notice, name) for name in key]
    return connection.execute(select(lifecycle_notices.c.week).where(*same)).first() is not None
