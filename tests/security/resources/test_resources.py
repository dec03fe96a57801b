"""Whoever sends slowly, takes slowly or opens too much harms nobody else (RS-08 to RS-17)."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gateway import server
from tests.security.resources.program import LARGE, PATIENCE_SECONDS, Program, program

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("resources")]
ORDERS = "/system/orders/v1/orders"
HEAD = f"POST {ORDERS}/or_01J9ZC3K6ZD0W5Y9Q8R7S6T5V4/notes HTTP/1.1\r\nHost: localhost\r\n"
HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
SOON = 0.5
GROWTH = 32 * 1_048_576
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    """A gateway of little patience, and callers who may open thousands of connections."""
    server.hold_many_files()
    async with program(tmp_path_factory.mktemp("resources")) as found:
        await found.probe()
        yield found


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def unharmed(gateway: Program) -> AsyncIterator[None]:
    """Compare memory and process before and after, and call again."""
    before = gateway.memory

    yield

    assert gateway.alive
    assert gateway.memory - before < GROWTH
    assert await gateway.probe() < SOON


async def opened(gateway: Program, count: int, sent: bytes) -> list[Connection]:
    """Open connections, and send the same on each."""
    found = [await gateway.connect() for _ in range(count)]
    for _, writer in found:
        writer.write(sent)
    return found


async def ended(connections: list[Connection], within: float) -> int:
    """Return how many connections the gateway closes in time."""

    async def one(connection: Connection) -> bool:
        reader, writer = connection
        try:
            async with asyncio.timeout(within):
                while await reader.read(65_536):
                    pass
        except TimeoutError:
            return False
        except ConnectionResetError:
            return True
        finally:
            writer.close()
        return True

    return sum(await asyncio.gather(*map(one, connections)))


async def probes(gateway: Program, times: int) -> list[float]:
    """Call several times in a row."""
    return [await gateway.probe() for _ in range(times)]


async def test_four_hundred_half_sent_requests_are_hung_up_on(gateway: Program) -> None:
    """Heads and bodies that do not come lose their connection, and others are answered (RS-08)."""
    auth = f"Authorization: Bearer {gateway.token}\r\nContent-Type: application/json\r\n"
    body = f"{HEAD}{auth}Content-Length: 100\r\n\r\n{{".encode()
    waiting = [*await opened(gateway, 200, HEAD.encode()), *await opened(gateway, 200, body)]

    closing = asyncio.create_task(ended(waiting, PATIENCE_SECONDS + 3))
    meanwhile = await probes(gateway, 20)

    assert await closing == 400
    assert max(meanwhile) < SOON


async def test_a_body_that_drips_is_not_waited_for(gateway: Program) -> None:
    """A byte now and then does not buy more time (RS-09)."""
    auth = f"Authorization: Bearer {gateway.token}\r\nContent-Type: application/json\r\n"
    [(reader, writer)] = await opened(
        gateway, 1, f"{HEAD}{auth}Content-Length: 100\r\n\r\n".encode()
    )

    async def drip() -> None:
        while True:
            writer.write(b" ")
            await asyncio.sleep(0.1)

    dripping, answer = asyncio.create_task(drip()), b""
    async with asyncio.timeout(PATIENCE_SECONDS + 2):
        # What drips on after the end resets the connection, behind the answer.
        while b"too-slow" not in answer:
            answer += await reader.read(65_536)
    dripping.cancel()
    writer.close()

    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_a_head_without_end_is_not_gathered(gateway: Program) -> None:
    """A head that is far too large is refused long before its time is over (RS-08)."""
    _, writer = await gateway.connect()
    writer.write(HEAD.encode() + b"X-A: ")
    sent = 0
    try:
        while sent < 50_000_000:
            writer.write(b"a" * 65_536)
            await writer.drain()
            sent += 65_536
    except ConnectionError:
        pass
    writer.close()

    assert sent < 20_000_000


async def test_who_does_not_take_an_answer_loses_the_connection(gateway: Program) -> None:
    """An answer that nobody reads is not kept for ever (RS-10)."""
    request = f"GET {ORDERS} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {gateway.token}"
    [(reader, writer)] = await opened(gateway, 1, f"{request}\r\n\r\n".encode())
    await asyncio.sleep(PATIENCE_SECONDS + 1)

    taken = 0
    try:
        while part := await reader.read(65_536):
            taken += len(part)
    except ConnectionResetError:
        pass
    writer.close()

    assert taken < LARGE


async def test_two_thousand_idle_connections_are_let_go(gateway: Program) -> None:
    """Who has been answered and says no more is hung up on, and keeps nobody out (RS-11)."""
    idle = await opened(gateway, 2_000, HEALTH)

    closing = asyncio.create_task(ended(idle, PATIENCE_SECONDS + 5))
    meanwhile = await probes(gateway, 5)

    assert await closing == 2_000
    assert max(meanwhile) < 4 * SOON


async def test_ten_thousand_requests_in_a_row_are_each_answered(gateway: Program) -> None:
    """One connection's requests wait for each other, and others do not wait for them (RS-12)."""
    reader, writer = await gateway.connect()

    async def answers() -> int:
        found, rest = 0, b""
        while found < 10_000 and (part := await reader.read(65_536)):
            rest += part
            found += rest.count(b"HTTP/1.1 200 OK")
            rest = rest[-14:]
        return found

    counting = asyncio.create_task(answers())
    writer.write(HEALTH * 10_000)
    meanwhile = await probes(gateway, 5)

    assert await counting == 10_000
    assert max(meanwhile) < 2 * SOON
    writer.close()


async def test_a_storm_of_broken_connections_breaks_nothing(gateway: Program) -> None:
    """A thousand callers that reset in the middle of their request are forgotten (RS-13)."""
    for _ in range(1_000):
        with socket.create_connection(("127.0.0.1", gateway.port)) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.send(HEAD.encode())

    assert max(await probes(gateway, 5)) < 2 * SOON


async def test_a_gateway_out_of_files_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """When every file that it may hold is a stranger's connection, it outlives them (RS-17)."""
    async with program(tmp_path_factory.mktemp("few"), files=64) as few:
        await few.probe()
        waiting = await opened(few, 100, b"")
        await asyncio.sleep(0.2)
        for _, writer in waiting:
            writer.close()
        async with asyncio.timeout(PATIENCE_SECONDS + 5):
            await few.probe()

        assert few.alive
