"""Who uses what: calls by API version, operation, consumer and field, and the notices that follow.

A call is counted in memory. Every few seconds the counts are added to the day's rows in one
unit of work, so what a crash loses is those few seconds. Of a version that is on its way out,
each consumer that called it gets one notice for each stage and week, in the same unit of work.
An event that a subscriber took is counted with its delivery, and never lost.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, TypeVar  # Any: rows of any shape are read by one function

import msgspec
from msgspec import Struct
from msgspec.structs import astuple
from sqlalchemy import (
    Column,
    Connection,
    Date,
    Integer,
    Select,
    String,
    Table,
    and_,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from governance.lifecycle import Lifecycles
from governance.pages import MomentPlace, Named, Place, page_of
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
PAGE = 500
T = TypeVar("T")


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


class UsageQuestion(Struct, frozen=True, kw_only=True):
    """From which day on, and whose use of what somebody wants to see: everybody's of everything."""

    since: date
    api: str | None = None
    consumer: str | None = None


class UsagePlace(Place, frozen=True, tag="usage"):
    """Where a page of use ends."""

    api: Named
    operation: Named
    consumer: Named
    field: Named


class NoticePlace(MomentPlace, frozen=True, tag="notices"):
    """Where a page of notices ends: when the last of it was raised, and what it is about."""

    api: Named
    consumer: Named
    stage: Named
    week: Named


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

    async def rows(self, question: UsageQuestion) -> list[UsageRow]:
        """Return all that was used, to be drawn or compared."""
        return await self._store.read(lambda connection: every_use(connection, question))

    async def page(
        self, question: UsageQuestion, *, after: UsagePlace | None = None, most: int = PAGE
    ) -> tuple[list[UsageRow], str | None]:
        """Return a page of what was used, by API, operation, consumer and field, and its cursor."""
        query = _use(question, after).limit(most + 1)
        found = await self._store.read(lambda connection: _read(connection, query, UsageRow))
        return page_of(
            found,
            most,
            lambda last: UsagePlace(last.api, last.operation, last.consumer, last.field),
        )

    async def notices(
        self, *, after: NoticePlace | None = None, most: int = PAGE
    ) -> tuple[list[Notice], str | None]:
        """Return a page of the notices, the latest first, and its cursor."""
        query = _told(after).limit(most + 1)
        found = await self._store.read(lambda connection: _read(connection, query, Notice))
        return page_of(
            found,
            most,
            lambda last: NoticePlace(
                last.raised_at, last.api, last.consumer, last.stage, last.week
            ),
        )

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


def every_use(connection: Connection, question: UsageQuestion) -> list[UsageRow]:
    """Return all that was used."""
    return _read(connection, _use(question, None), UsageRow)


def _use(question: UsageQuestion, after: UsagePlace | None) -> Select[Any]:
    column = api_usage.c
    what = (column.api, column.operation, column.consumer, column.field)
    totals = (func.sum(column.calls).label("calls"), func.max(column.day).label("last_day"))
    query = select(*what, *totals).where(column.day >= question.since)
    if question.api is not None:
        query = query.where(column.api == question.api)
    if question.consumer is not None:
        query = query.where(column.consumer == question.consumer)
    if after is not None:
        query = query.where(tuple_(*what) > tuple_(*astuple(after)))
    return query.group_by(*what).order_by(*what)


def _told(after: NoticePlace | None) -> Select[Any]:
    column = lifecycle_notices.c
    names = (column.api, column.consumer, column.stage, column.week)
    query = select(lifecycle_notices).order_by(column.raised_at.desc(), *names)
    if after is None:
        return query
    at, *rest = astuple(after)
    same = and_(column.raised_at == at, tuple_(*names) > tuple_(*rest))
    return query.where(or_(column.raised_at < at, same))


def _read(connection: Connection, query: Select[Any], kind: type[T]) -> list[T]:
    rows = connection.execute(query)
    return [msgspec.convert(row, kind, from_attributes=True) for row in rows]


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
