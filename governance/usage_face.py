"""Governance over HTTP, as far as it is about who uses what, and who was told that it ends."""

from datetime import timedelta
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from msgspec import Struct

from governance.lifecycle import Lifecycles
from governance.usage import Notice, Usage, UsageRow


class UsageReport(Struct, frozen=True):
    """Calls by API version, operation, consumer and field over the days of a period."""

    items: list[UsageRow]


class Notices(Struct, frozen=True):
    """Who still calls what is on its way out, the latest notice first."""

    items: list[Notice]


@get("/usage", opt={"operation": "read_usage"})
async def read_usage(
    usage: NamedDependency[Usage],
    lifecycles: NamedDependency[Lifecycles],
    api: FromQuery[str | None] = None,
    consumer: FromQuery[str | None] = None,
    days: Annotated[int, QueryParameter(ge=1, le=400)] = 30,
) -> UsageReport:
    """Return who used which operation and field of which API version over the last days."""
    since = lifecycles.wall().date() - timedelta(days=days - 1)
    return UsageReport(await usage.rows(since=since, api=api, consumer=consumer))


@get("/notices", opt={"operation": "read_notices"})
async def read_notices(usage: NamedDependency[Usage]) -> Notices:
    """Return the notices to consumers of versions that are on their way out."""
    return Notices(await usage.notices())


handlers = [read_usage, read_notices]
