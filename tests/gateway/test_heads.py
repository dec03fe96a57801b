"""HEAD is answered over HTTP wherever GET is: the same head, no body, the same governance."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import date

import pytest

from governance import v1 as governance_api
from governance.usage import UsageQuestion
from tests.gateway.house import SCOPES, Answer, Caller, House, running
from tests.gateway.orders import orders_api

ORDERS = "/system/orders/v1/orders"
MISSING = f"{ORDERS}/or_01J9ZC3K6ZD0W5Y9Q8R7S6T5V4"
SEEING = SCOPES | {f"governance:{each}:read" for each in ("metrics", "catalog", "usage", "quality")}
# What differs from one answer to the next, whatever the method.
ODD = {"date", "x-trace-id", "traceresponse", "ratelimit"}
READ = {
    "a list": ORDERS,
    "a list of governance": "/governance/v1/usage",
    "the catalog": "/governance/v1/catalog",
    "the portal": "/docs",
    "the problems": "/docs/problems",
    "the style": "/docs/style.css",
    "a document": "/system/orders/v1/openapi.json",
    "health": "/health",
    "readiness": "/ready",
    "metrics": "/metrics",
    "the links": "/.well-known/api-catalog",
    "a resource": "/.well-known/oauth-protected-resource/system",
    "the server": "/.well-known/oauth-authorization-server",
    "an unknown record": MISSING,
    "an unknown address": "/system/orders/v1/nothing",
    "a bad query": f"{ORDERS}?nunber=1",
    "a bad cursor": "/governance/v1/usage?cursor=x",
    "a hostile path": "/system/%5corders",
}


@pytest.fixture
async def caller(house: House) -> AsyncIterator[Caller]:
    """Serve orders and governance to somebody who may read both."""
    async with running(house.app(orders_api(), governance_api), house) as calling:
        calling.token = house.token(scopes=SEEING)
        yield calling


def said(answer: Answer, odd: set[str] = ODD) -> Mapping[str, str]:
    """Return what an answer's head says."""
    return {name: value for name, value in answer.headers.items() if name not in odd}


@pytest.mark.parametrize("what", READ)
async def test_a_head_says_what_get_says(caller: Caller, what: str) -> None:
    """The same status and headers, and no body."""
    # The metrics have grown by the call before.
    odd = ODD | {"content-length"} if what == "metrics" else ODD
    get = await caller.send("GET", READ[what])
    head = await caller.send("HEAD", READ[what])

    assert (head.status, said(head, odd), head.body) == (get.status, said(get, odd), b"")
    assert get.body


async def test_a_head_is_decided_by_who_asks(caller: Caller, house: House) -> None:
    """Nobody and who lacks the scope are refused as from a GET, and that is on record."""
    other = house.token(scopes=frozenset({"governance:catalog:read"}))
    for path, status, token in (
        (ORDERS, 401, None),
        ("/metrics", 401, None),
        (ORDERS, 403, other),
        ("/metrics", 403, other),
    ):
        get = await caller.send("GET", path, token=token)
        head = await caller.send("HEAD", path, token=token)

        assert (head.status, head.body) == (get.status, b"") == (status, b"")
        assert said(head) == said(get)
    assert [each.outcome for each in house.trail.entries] == ["401", "401", "403", "403"]


async def test_a_head_is_counted_against_its_caller(caller: Caller, house: House) -> None:
    """In the limit as in the use; in the metrics by its own name."""
    get = await caller.send("GET", ORDERS)
    head = await caller.send("HEAD", ORDERS)
    await house.governance.usage.flush()
    page = house.governance.metrics.render().decode()
    [row] = [
        each
        for each in (await house.governance.usage.page(UsageQuestion(since=date.min)))[0]
        if each.api == "/system/orders/v1"
    ]

    left = [_left(each) for each in (get, head)]
    assert left[1] == left[0] - 1
    assert row.calls == 2
    assert 'method="HEAD",route="/system/orders/v1/orders",status="200"' in page


async def test_a_connection_goes_on_after_a_head(caller: Caller) -> None:
    """What announces a length and sends nothing does not shift what follows."""
    asked = f"Host: localhost\r\nAuthorization: Bearer {caller.token}\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", caller.port)
    writer.write(
        f"HEAD {ORDERS} HTTP/1.1\r\n{asked}\r\n"
        f"HEAD /nothing HTTP/1.1\r\n{asked}\r\n"
        f"GET /health HTTP/1.1\r\n{asked}Connection: close\r\n\r\n".encode()
    )
    answers = await reader.read()
    writer.close()

    first, second, third = answers.split(b"HTTP/1.1 ")[1:]
    assert [each[:3] for each in (first, second, third)] == [b"200", b"404", b"200"]
    assert first.endswith(b"\r\n\r\n")
    assert second.endswith(b"\r\n\r\n")
    assert third.endswith(b'"status":"ok"}')


@pytest.mark.parametrize(
    ("path", "status", "allow"),
    [("/oauth/token", 405, "POST"), ("/system/orders/v1/orders/x/notes", 405, "POST")],
)
async def test_a_head_is_no_method_of_what_cannot_be_read(
    caller: Caller, path: str, status: int, allow: str
) -> None:
    """It is told which methods there are."""
    head = await caller.send("HEAD", path)

    assert (head.status, head.headers["allow"], head.body) == (status, allow, b"")


async def test_heads_at_once_do_not_disturb_reads(caller: Caller) -> None:
    """A GET beside a HEAD has its body."""
    answers = await asyncio.gather(
        *(caller.send(method, ORDERS) for method in ("HEAD", "GET") * 20)
    )

    assert {each.status for each in answers} == {200}
    assert [bool(each.body) for each in answers] == [False, True] * 20


def _left(answer: Answer) -> int:
    return int(answer.headers["ratelimit"].partition("r=")[2].partition(";")[0])
