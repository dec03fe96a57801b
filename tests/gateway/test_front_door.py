"""What is not a fair HTTP request is turned away at the door."""

import asyncio

import pytest

from tests.gateway.house import Caller, House, running
from tests.gateway.orders import KNOWN_ID, orders_api

ORDERS = "/system/orders/v1/orders"
READ = f"GET {ORDERS} HTTP/1.1\r\n".encode()
HOST = b"Host: 127.0.0.1\r\n"


async def said(caller: Caller, request: bytes) -> tuple[int, bytes]:
    """Send a request with the caller's token and return the status and all that came back."""
    token = f"Authorization: Bearer {caller.token}\r\n".encode()
    answer = await caller.raw(request.replace(b"TOKEN", token) + b"Connection: close\r\n\r\n")
    return int(answer.split(b" ", 2)[1]), answer


async def test_a_plain_request_comes_through(house: House, caller: Caller) -> None:
    """The head that the other cases bend is a good one."""
    status, _ = await said(caller, READ + HOST + b"TOKEN")

    assert status == 200
    assert house.desk.entered == 1


HEADS = {
    "no host": (READ + b"TOKEN", 400),
    "two hosts": (READ + HOST + HOST + b"TOKEN", 400),
    "a strange host": (READ + b"Host: bank.example\r\nTOKEN", 421),
    "a host with a path": (READ + b"Host: 127.0.0.1/x\r\nTOKEN", 400),
    "a host with a user": (READ + b"Host: a@127.0.0.1\r\nTOKEN", 400),
    "a forwarded host only": (READ + b"X-Forwarded-Host: 127.0.0.1\r\nTOKEN", 400),
    "an underscore twin": (READ + HOST + b"X_Tenant: 1\r\nTOKEN", 400),
    "two tokens": (READ + HOST + b"TOKENTOKEN", 401),
    "a large header": (READ + HOST + b"X-A: " + b"a" * 100_000 + b"\r\nTOKEN", 431),
    "2,000 headers": (READ + HOST + b"X-A: 1\r\n" * 2_000 + b"TOKEN", 431),
    "a body on a GET": (READ + HOST + b"Content-Length: 2\r\nTOKEN", 400),
    "a chunked GET": (READ + HOST + b"Transfer-Encoding: chunked\r\nTOKEN", 400),
    "a relative path": (READ.replace(b"orders HTTP", b"x/../orders HTTP") + HOST + b"TOKEN", 400),
    "chunks in HTTP/1.0": (
        f"POST {ORDERS} HTTP/1.0\r\n".encode() + HOST + b"Transfer-Encoding: chunked\r\nTOKEN",
        400,
    ),
}


@pytest.mark.parametrize("name", HEADS)
async def test_a_head_that_is_not_fair_is_refused(house: House, caller: Caller, name: str) -> None:
    """A bad head is a problem document with a trace id, and no handler is entered."""
    request, expected = HEADS[name]

    status, answer = await said(caller, request)

    assert status == expected
    assert b"application/problem+json" in answer
    assert b'"trace_id"' in answer
    assert house.desk.entered == 0


async def test_a_body_above_the_limit_is_refused_before_it_is_read(
    house: House, caller: Caller
) -> None:
    """A declared length of two megabytes is answered at once, and the connection closed."""
    head = f"POST {ORDERS} HTTP/1.1\r\n".encode() + HOST
    head += b"TOKENContent-Type: application/json\r\nContent-Length: 2097152\r\n"

    status, answer = await said(caller, head)

    assert status == 413
    assert b"connection: close" in answer.lower()
    assert house.desk.entered == 0


async def test_a_chunked_body_is_cut_at_the_limit(house: House, caller: Caller) -> None:
    """Who says no length is stopped where the limit is."""

    async def endless() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", caller.port)
        head = f"POST {ORDERS}/{KNOWN_ID}/notes HTTP/1.1\r\nHost: localhost\r\n"
        head += f"Authorization: Bearer {caller.token}\r\nTransfer-Encoding: chunked\r\n"
        writer.write(f"{head}Content-Type: application/json\r\n\r\n".encode())
        for _ in range(80):
            writer.write(b"4000\r\n" + b" " * 0x4000 + b"\r\n")
        found = await reader.read(12)
        writer.close()
        return found

    async with asyncio.timeout(5):
        answer = await endless()

    assert answer == b"HTTP/1.1 413"
    assert house.desk.entered == 0


async def test_two_megabytes_of_good_json_are_too_large(house: House, caller: Caller) -> None:
    """The whole client sees a problem, not a broken connection."""
    answer = await caller.send(
        "POST", f"{ORDERS}/{KNOWN_ID}/notes", body=b'{"text":"' + b"a" * 2_000_000 + b'"}'
    )

    assert answer.slug == "too-large"
    assert house.desk.entered == 0


async def test_a_head_that_never_ends_is_hung_up_on(house: House) -> None:
    """A request whose head takes longer than the limit loses its connection."""
    async with running(house.app(orders_api()), house, head_seconds=1) as caller:
        reader, writer = await asyncio.open_connection("127.0.0.1", caller.port)
        writer.write(READ + b"X-A: ")

        async with asyncio.timeout(3):
            answer = await reader.read()
        writer.close()

    assert answer == b""


async def test_every_answer_forbids_guessing_its_type(caller: Caller) -> None:
    """Good and bad answers alike are to be taken as the type that they say."""
    answers = [await caller.send("GET", path) for path in (ORDERS, "/nothing", "/docs")]

    assert {answer.headers["x-content-type-options"] for answer in answers} == {"nosniff"}
    assert not [answer for answer in answers if "server" in answer.headers]
