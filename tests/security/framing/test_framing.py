"""Where one request ends and the next begins is never a matter of opinion (HT-01 to HT-22)."""

import asyncio
import re

import pytest

from tests.gateway.house import Caller, House
from tests.security.framing.forms import (
    BODY,
    CHUNKED,
    FORMS,
    HIDDEN,
    HOST,
    LENGTH,
    NOTE,
    READ,
    TOKEN,
    Form,
)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("framing")]
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_OPEN_SECONDS = 0.1


def with_token(caller: Caller, sent: bytes) -> bytes:
    """Return what is sent with the caller's token in it."""
    return sent.replace(TOKEN, f"Authorization: Bearer {caller.token}\r\n".encode())


async def answered(caller: Caller, parts: list[bytes]) -> tuple[bytes, bool]:
    """Send packets, and return what comes back and whether the connection was closed then."""
    reader, writer = await asyncio.open_connection("127.0.0.1", caller.port)
    found, closed = b"", False
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.01)
        async with asyncio.timeout(2):
            found = await reader.read(65_536)
        async with asyncio.timeout(_OPEN_SECONDS):
            found += await reader.read()
            closed = True
    except ConnectionResetError:
        closed = True
    except TimeoutError:
        pass
    finally:
        writer.close()
    return found, closed


async def judged(house: House, caller: Caller, form: Form, parts: list[bytes]) -> list[str]:
    """Return what is wrong with what came of a form."""
    before = house.desk.entered
    found, closed = await answered(caller, parts)
    statuses = [int(each) for each in _STATUS.findall(found)]
    wrong = []
    if len(statuses) != 1 or statuses[0] not in form.wanted:
        wrong.append(f"got {statuses}, not one of {sorted(form.wanted)}")
    if house.desk.entered - before != form.entered:
        wrong.append(f"entered {house.desk.entered - before} times")
    if form.closes and not closed:
        wrong.append("the connection stays open")
    if statuses and statuses[0] >= 400 and b"application/problem+json" not in found:
        wrong.append("is no problem document")
    return wrong


@pytest.mark.parametrize("name", FORMS)
async def test_a_form_is_taken_in_one_way_or_not_at_all(
    house: House, caller: Caller, name: str
) -> None:
    """In one packet or in two: one answer, no hidden request done, and no more on that line."""
    form = FORMS[name]
    sent = with_token(caller, form.sent)
    head_end = sent.find(b"\r\n\r\n") + 2

    whole = await judged(house, caller, form, [sent])
    halves = await judged(house, caller, form, [sent[:head_end], sent[head_end:]])
    early = await judged(house, caller, form, [sent[:40], sent[40:]])

    assert (whole, halves, early) == ([], [], [])


async def test_what_comes_behind_a_body_is_no_header(house: House, caller: Caller) -> None:
    """A trailer says neither who calls, nor for which host, nor how long the body was (HT-16)."""
    head = b"POST " + NOTE + b" HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
    chunks = b"%x\r\n%s\r\n0\r\n" % (len(BODY), BODY)
    without = head + CHUNKED + b"\r\n" + chunks + TOKEN + b"\r\n"
    elsewhere = head + TOKEN + CHUNKED + b"\r\n" + chunks + b"Host: bank.example\r\n\r\n"
    longer = elsewhere.replace(b"Host: bank.example", b"Content-Length: 0")
    before = house.desk.entered

    nobody, _ = await answered(caller, [with_token(caller, without)])
    taken, _ = await answered(caller, [with_token(caller, elsewhere)])
    refused, _ = await answered(caller, [with_token(caller, longer)])

    assert _STATUS.findall(nobody) == [b"401"]
    assert _STATUS.findall(taken) == [b"201"]
    assert _STATUS.findall(refused) == [b"400"]
    assert house.desk.entered == before + 1


SPOOFED = {
    "Connection names the token": b"Connection: authorization\r\n",
    "X-Forwarded-For": b"X-Forwarded-For: 10.0.0.1\r\n",
    "X-Forwarded-Host": b"X-Forwarded-Host: bank.example\r\n",
    "X-Forwarded-Proto": b"X-Forwarded-Proto: gopher\r\n",
    "Forwarded": b"Forwarded: for=10.0.0.1;host=bank.example\r\n",
    "X-Original-URL": b"X-Original-URL: /system/orders/v1/nothing\r\n",
    "X-Rewrite-URL": b"X-Rewrite-URL: /system/orders/v1/nothing\r\n",
}


@pytest.mark.parametrize("name", SPOOFED)
async def test_what_a_proxy_would_say_changes_nothing(
    house: House, caller: Caller, name: str
) -> None:
    """The same call with a header of a proxy is the same call (HT-22)."""
    before = house.desk.entered
    found, _ = await answered(
        caller, [with_token(caller, READ + HOST + SPOOFED[name] + TOKEN + b"\r\n")]
    )

    assert _STATUS.findall(found) == [b"200"]
    assert b"bank.example" not in found
    assert house.desk.entered == before + 1


async def test_good_requests_behind_each_other_are_each_answered(
    house: House, caller: Caller
) -> None:
    """What is not ambiguous may be pipelined."""
    note = b"POST " + NOTE + b" HTTP/1.1\r\n" + HOST + TOKEN + b"Content-Type: application/json\r\n"
    before = house.desk.entered

    found, _ = await answered(
        caller, [with_token(caller, HIDDEN + note + LENGTH + b"\r\n" + BODY + HIDDEN)]
    )

    assert _STATUS.findall(found) == [b"200", b"201", b"200"]
    assert house.desk.entered == before + 3
