"""HEAD at every address that can be read: decided as GET is, and nothing told or used up."""

import pytest

from gateway.inbound.heads import SHOWN_ONCE
from tests.security.routes.attacked import Attacked, Case
from tests.security.routes.oracle import Answer
from tests.security.routes.table import ROUTES, Route

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
READS = [
    route
    for route in ROUTES
    if route.method == "GET" and not route.mounted.handler.opt.get(SHOWN_ONCE)
]
# What differs from one answer to the next, whatever the method.
_ODD = {"date", "x-trace-id", "traceresponse", "ratelimit", "content-length"}


def _said(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in _ODD}


@pytest.mark.parametrize("route", READS, ids=str)
async def test_a_head_is_what_get_says_without_its_body(site: Attacked, route: Route) -> None:
    """Of a good record, and of one that there is not."""
    for path in (route.at(site.id_of(route)), route.at()):
        get = await site.send("GET", path)
        head = await site.send("HEAD", path)

        assert (head.status, _said(head), head.body) == (get.status, _said(get), b"")
        assert ("content-length" in head.headers) == ("content-length" in get.headers)


@pytest.mark.parametrize("route", READS, ids=str)
async def test_a_head_is_refused_to_whom_get_is(site: Attacked, route: Route) -> None:
    """Who is nobody, and who lacks the scope."""
    without = site.callers.anybody_with(site.callers.anybody().scopes - {route.scope})
    wrong = await site.wrong(
        Case(
            said=str(status),
            method="HEAD",
            path=route.at(site.id_of(route)),
            token=None if status == 401 else site.callers.token(without),
            wanted=frozenset({status}),
        )
        for status in (401, 403)
    )

    assert wrong == []


async def test_a_head_of_what_is_sensitive_is_on_record_as_a_read_is(site: Attacked) -> None:
    """It tells that the record is there."""
    route = next(each for each in READS if each.mounted.operation.sensitive)
    before = site.holdings.sensitive_reads()

    answer = await site.send("HEAD", route.at(site.id_of(route)))

    assert answer.status == 200
    [(actor, _)] = site.holdings.sensitive_reads()[len(before) :]
    assert actor == "U-ANY"


async def test_a_head_of_what_is_shown_once_is_refused(site: Attacked) -> None:
    """Answered, it would be used up and not seen; every other method is told so as well."""
    [once] = [each for each in ROUTES if each.mounted.handler.opt.get(SHOWN_ONCE)]
    path = once.at(site.id_of(once))
    answers = [await site.send(method, path) for method in ("HEAD", "PUT", "OPTIONS")]

    assert {(each.status, each.headers["allow"]) for each in answers} == {(405, "GET, POST")}
