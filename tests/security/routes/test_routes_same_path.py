"""A record that is hidden takes no longer to be refused than one that there is not (AZ-07)."""

import re

import pytest

from tests.security.routes.attacked import Attacked
from tests.security.routes.table import Route
from tests.security.routes.test_routes_records import HIDING_IDS

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
# What the gateway looks for by itself, every second or so, is nobody's request.
_CALLS = re.compile(
    rb'^strata_upstream_duration_seconds_count\{(?![^}]*operation="changes")[^}]*\} ([0-9.]+)$',
    re.MULTILINE,
)


@pytest.mark.parametrize("route", HIDING_IDS, ids=str)
async def test_az_07_what_is_hidden_asks_no_system(site: Attacked, route: Route) -> None:
    """Once it was met, it is told without a call, as one that there is not."""
    known = site.id_of(route)
    unknown = known[:-1] + ("0" if known[-1] != "0" else "1")
    await _refused(site, route, known)

    calls = [await _refused(site, route, record_id) for record_id in (known, unknown)]

    assert calls == [0, 0]


async def _refused(site: Attacked, route: Route, record_id: str) -> int:
    """Return how often a system was called for a request of another company."""
    before = await _calls(site)
    answer = await site.send(
        route.method,
        route.at(record_id),
        body=route.good_body,
        token=site.callers.token(site.callers.anybody("NWA-DE")),
    )
    assert answer.status == 404
    return await _calls(site) - before


async def _calls(site: Attacked) -> int:
    told = (await site.send("GET", "/metrics")).body
    return int(sum(float(each) for each in _CALLS.findall(told)))
