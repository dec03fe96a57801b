"""A secret that goes through the gateway stays nowhere in it (LOG-01 to LOG-10)."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.exc import StatementError

from observability.metrics import Metrics
from observability.tracing import Config, Tracing
from store.database import Store
from system_apis.canonical.record import Id
from system_apis.connector import Connection, Request
from system_apis.upstream import HttpUpstream
from system_apis.wire import open_session
from tests.gateway.house import SECRET, Answer, Caller, House, running
from tests.gateway.orders import (
    KNOWN_ID,
    Desk,
    list_orders,
    note_order,
    orders_api,
    place_order,
)
from tests.security.secrets.sinks import found, written

ORDERS = "/system/orders/v1/orders"
NOTE = f"{ORDERS}/{KNOWN_ID}/notes"
GOOD = b'{"text":"CANARY","amount":{"amount":"1.00","currency":"USD"}}'
FORM = {"content-type": "application/x-www-form-urlencoded"}
KEY = "upstream-key-9f8e7d6c5b4a3210"
COOKIE = "session-cookie-0a1b2c3d4e5f6789"
QUERY = "query-secret-1122334455667788"
# Neither half of it can be a part of an id or a figure.
SALARY = "CHF-184,223.17"


@asynccontextmanager
async def echo() -> AsyncIterator[str]:
    """Serve a system that answers 500 and says what it was sent, until the block ends."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 500 No\r\nContent-Length: %d\r\n\r\n%b" % (len(head), head))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@get("/orders/{order_id:str}", opt={"operation": "read"})
async def ask_system(
    desk: NamedDependency[Desk], upstream: NamedDependency[HttpUpstream], order_id: FromPath[Id]
) -> Response[bytes]:
    """Ask the system, unless something else goes wrong."""
    if desk.raises:
        raise desk.raises.pop()
    request = Request(operation="order", method="POST", path="/orders", writes=True, body=b"{}")
    return Response((await upstream.send(request)).body, media_type=MediaType.TEXT)


async def played(house: House) -> tuple[str, list[Answer]]:
    """Send secrets through success and every kind of failure; return the token and the answers."""
    async with echo() as address, open_session() as session:
        connection = Connection(base_url=address, bearer=KEY)
        house.more["upstream"] = HttpUpstream(
            connection, "erp", "erp-a", session, house.governance.metrics, house.governance.tracing
        )
        api = orders_api(handlers=[list_orders, ask_system, place_order, note_order])
        async with running(house.app(api), house) as caller:
            return caller.token, await _sent(house, caller)


async def _sent(house: House, caller: Caller) -> list[Answer]:
    grant = f"grant_type=client_credentials&client_id=robot&client_secret={SECRET}"
    form = grant.replace(" ", "+").encode()
    wrong = form.replace(b"robot", b"nobody")
    cookie = {"cookie": f"session={COOKIE}"}
    salary = GOOD[:-1] + f',"salary":"{SALARY}"}}'.encode()
    token = await caller.send("POST", "/oauth/token", body=form, headers=FORM, token=None)
    answers = [
        await caller.send("GET", ORDERS, headers=cookie),
        await caller.send("GET", f"{ORDERS}?number={QUERY}"),
        await caller.send("GET", f"{ORDERS}?api_key={QUERY}", token=None),
        await caller.send("POST", NOTE, body=salary, headers=cookie),
        await caller.send("POST", "/oauth/token", body=wrong, headers=FORM, token=None),
        await caller.send("GET", f"{ORDERS}/{KNOWN_ID}"),
    ]
    for error in _failures(caller.token):
        house.desk.raises.append(error)
        answers.append(await caller.send("GET", f"{ORDERS}/{KNOWN_ID}", headers=cookie))
    assert [each.status for each in (token, *answers)] == [
        *(200, 200, 400, 401, 400, 401),
        *(503, 500, 500, 500, 500),
    ]
    return answers


def _failures(token: str) -> list[Exception]:
    return [
        RuntimeError(f"could not send Authorization: Bearer {token}"),
        RuntimeError(f"no answer of http://strata:{KEY}@127.0.0.1/x?api_key={KEY}&page=2"),
        RuntimeError(f"{{'client_secret': '{SECRET.replace(' ', '-')}', 'cookie': '{COOKIE}'}}"),
        RuntimeError(f"got {token} where something else should be"),
    ]


@pytest.mark.parametrize("ratio", [0.0, 1.0])
async def test_no_secret_stays_where_something_is_written_down(
    ratio: float, tmp_path: Path
) -> None:
    """Sampled or not: log, spans, metrics, audit, answers and database have none (LOG-03/04/05)."""
    house = House(tmp_path)
    house.governance = msgspec.structs.replace(
        house.governance, tracing=Tracing(Config(sample_ratio=ratio), house.spans)
    )

    token, answers = await played(house)
    secrets = {
        "the token's signature": token.split(".")[2],
        "the token's claims": token.split(".")[1],
        "the client's secret": SECRET,
        "the system's key": KEY,
        "a cookie": COOKIE,
        "a secret in a query": QUERY,
        "a salary": SALARY,
    }
    places = written(house, tmp_path, answers)
    await house.close()

    assert all(places[name] for name in ("log", "metrics", "audit", "answers", "database"))
    assert found(secrets, places) == []


async def test_a_statement_that_fails_does_not_tell_its_values(tmp_path: Path) -> None:
    """The database's own words are written down without what was to be stored (LOG-03)."""
    store = Store(tmp_path / "strata.db")

    with pytest.raises(StatementError) as failure:
        await store.write(
            lambda connection: connection.exec_driver_sql("INSERT INTO nowhere VALUES (?)", (KEY,))
        )
    store.close()

    assert KEY not in str(failure.value)


async def test_one_trace_is_named_in_answer_log_and_audit(house: House, caller: Caller) -> None:
    """Whoever has a problem document finds everything by its trace id (LOG-10)."""
    answer = await caller.send("POST", NOTE, body=b"{}")
    house.governance.logs.flush()

    [entry] = house.trail.entries
    lines = [msgspec.json.decode(line) for line in house.log.getvalue().splitlines()]
    assert {answer.problem.trace_id, entry.trace_id} == {answer.headers["x-trace-id"]}
    assert [line["trace_id"] for line in lines] == [entry.trace_id]


async def test_a_hundred_failures_are_two_hundred_lines(house: House, caller: Caller) -> None:
    """Of a request that fails there is its own line and one that says why (LOG-07)."""
    for number in range(100):
        house.desk.raises.append(RuntimeError(f"number {number}\n" * 10_000))
        await caller.send("GET", f"{ORDERS}/{KNOWN_ID}")
    house.governance.logs.flush()

    assert len(house.log.getvalue().splitlines()) == 200
    assert len(house.log.getvalue()) < 200 * 12_000


def test_a_text_of_ten_megabytes_is_cut(house: House) -> None:
    """One value does not fill the disk, and says how long it was (LOG-02)."""
    house.governance.logs.events.info("refused", name="n" * 10_000_000)

    assert len(house.log.getvalue()) < 10_000
    assert b"10000000" in house.log.getvalue()


@pytest.mark.parametrize("text", ["_" * 4_000, "a_" * 2_000, "://" * 1_300, "bearer " * 570])
def test_looking_for_secrets_costs_little(house: House, text: str) -> None:
    """Whatever a text is made of, it is soon looked through (LOG-02)."""
    began = time.thread_time()
    house.governance.logs.events.info("refused", name=text)

    assert time.thread_time() - began < 0.2


def test_a_caller_does_not_decide_that_every_trace_is_kept(house: House) -> None:
    """Of all who ask for their traces, a few a second get them (LOG-06)."""
    tracing = Tracing(Config(sample_ratio=0.0), house.spans)

    for number in range(1, 1_001):
        parent = f"00-{number:032x}-b7ad6b7169203331-01"
        tracing.begin(parent).end(lambda: ("GET /x", {}), failed=False)

    assert 10 <= len(house.spans.get_finished_spans()) <= 40


def test_spans_that_nobody_takes_hold_nothing_up() -> None:
    """Where spans should go there is nobody: work goes on, and memory is bounded (LOG-08)."""
    tracing = Tracing(Config(sample_ratio=1.0, otlp_endpoint="http://127.0.0.1:9/v1/traces"))
    began = time.thread_time()

    for _ in range(5_000):
        tracing.begin(None).end(lambda: ("GET /x", {}), failed=False)

    assert time.thread_time() - began < 2
    assert Metrics().render()
