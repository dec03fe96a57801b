"""Governance over HTTP, as far as it is about who uses what, and who was told that it ends."""

from datetime import timedelta
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from msgspec import Struct

from governance.lifecycle import Lifecycles
from governance.pages import place_at
from governance.usage import (
    Notice,
    NoticePlace,
    Usage,
    UsagePlace,
    UsageQuestion,
    UsageRow,
)


class UsageReport(Struct, frozen=True):
    """Calls by API version, operation, consumer and field over the days of a period."""

    items: list[UsageRow]
    next_cursor: str | None = None


class Notices(Struct, frozen=True):
    """Who still calls what is on its way out, the latest notice first."""

    items: list[Notice]
    next_cursor: str | None = None


@get("/usage", opt={"operation": "read_usage"})
async def read_usage(
    usage: NamedDependency[Usage],
    lifecycles: NamedDependency[Lifecycles],
    api: FromQuery[str | None] = None,
    consumer: FromQuery[str | None] = None,
    days: Annotated[int, QueryParameter(ge=1, le=400)] = 30,
    cursor: FromQuery[str | None] = None,
) -> UsageReport:
    """Return who used which operation and field of which API version, five hundred rows a page."""
    since = lifecycles.wall().date() - timedelta(days=days - 1)
    question = UsageQuestion(since=since, api=api, consumer=consumer)
    return UsageReport(*await usage.page(question, after=place_at(cursor, UsagePlace)))


@get("/notices", opt={"operation": "read_notices"})
async def read_notices(
    usage: NamedDependency[Usage], cursor: FromQuery[str | None] = None
) -> Notices:
    """Return the notices to consumers of versions that are on their way out, a page at a time."""
    return Notices(*await usage.notices(after=place_at(cursor, NoticePlace)))


handlers = [read_usage, read_notices]
