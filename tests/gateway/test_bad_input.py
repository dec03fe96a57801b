"""Whatever is sent, the answer is a problem that says what to do, and no handler was entered."""

import pytest

from gateway.decoding import decode
from gateway.problems import Refusal
from process_apis.subscriptions.v1 import StatusWish
from tests.gateway.house import Caller, House
from tests.gateway.orders import KNOWN_ID, OTHER_ID

ORDERS = "/system/orders/v1/orders"
GOOD = b'{"number":"O-1","total":{"amount":"10.00","currency":"USD"}}'
NOTE = f"{ORDERS}/{KNOWN_ID}/notes"


def order(total: bytes, rest: bytes = b"") -> bytes:
    """Return an order with a total."""
    return b'{"number":"O-1","total":' + total + rest + b"}"


MONEY = b'{"amount":"10.00","currency":"USD"}'
BODIES = {
    "an unknown field": (order(MONEY, b',"price":1'), 400, "/price"),
    "an unknown field inside": (order(b'{"amount":"1","currency":"USD","x":1}'), 400, "/total/x"),
    "a prototype": (order(MONEY, b',"__proto__":{}'), 400, "/__proto__"),
    "a missing field": (b'{"number":"O-1"}', 400, "/total"),
    "a key twice": (order(MONEY, b',"number":"O-2"'), 400, "/number"),
    "a key twice inside": (
        order(b'{"amount":"1","amount":"1","currency":"USD"}'),
        400,
        "/total/amount",
    ),
    "money as a whole number": (order(b'{"amount":10,"currency":"USD"}'), 400, "/total/amount"),
    "money as a fraction": (order(b'{"amount":10.10,"currency":"USD"}'), 400, "/total/amount"),
    "money with an exponent": (order(b'{"amount":1e3,"currency":"USD"}'), 400, "/total/amount"),
    "money that is NaN": (order(b'{"amount":NaN,"currency":"USD"}'), 400, "/total/amount"),
    "money that is infinite": (
        order(b'{"amount":-Infinity,"currency":"USD"}'),
        400,
        "/total/amount",
    ),
    "money with a newline": (order(b'{"amount":"12\\n","currency":"USD"}'), 400, "/total/amount"),
    "money of three decimals": (order(b'{"amount":"1.001","currency":"USD"}'), 422, "/total"),
    "money of no currency": (order(b'{"amount":"1.00","currency":"QQQ"}'), 422, "/total"),
    "a huge number": (order(MONEY, b',"lines":' + b"9" * 5_000), 400, "/lines"),
    "a fraction in a list": (order(MONEY, b',"lines":[1,{"a/b":0.5}]'), 400, "/lines/1/a~1b"),
    "an array": (b"[]", 400, ""),
    "a bare null": (b"null", 400, ""),
    "nothing": (b"", 400, ""),
    "spaces": (b"  \n ", 400, ""),
    "two documents": (GOOD + GOOD, 400, ""),
    "a comment": (b"/* */" + GOOD, 400, ""),
    "a byte order mark": (b"\xef\xbb\xbf" + GOOD, 400, ""),
    "bytes that are no UTF-8": (order(MONEY).replace(b"O-1", b"\xff\xfe"), 400, ""),
    "half a surrogate pair": (order(MONEY).replace(b"O-1", b"\\ud800"), 400, ""),
    "a depth of 65": (order(MONEY, b',"lines":' + b"[" * 65 + b"]" * 65), 400, ""),
    "a depth of 2,000": (order(MONEY, b',"lines":' + b"[" * 2000 + b"]" * 2000), 400, ""),
    "a depth that never ends": (b'{"a":' * 100_000, 400, ""),
    "a quote that never ends": (b'{"a":"' + b"\\" * 500_001 + b"[" * 99, 400, ""),
}


@pytest.mark.parametrize("said", BODIES)
async def test_a_body_that_is_not_as_promised_is_refused(
    house: House, caller: Caller, said: str
) -> None:
    """A bad body is a 400 or 422 problem that points at what is wrong."""
    body, status, pointer = BODIES[said]

    answer = await caller.place(body, "key-1")

    assert answer.status == status
    assert answer.slug == ("bad-body" if status == 400 else "invalid-value")
    assert [fault.pointer for fault in answer.problem.errors] == [pointer]
    assert all(fault.remedy for fault in answer.problem.errors)
    assert house.desk.entered == 0


def test_a_field_whose_value_makes_no_sense_is_pointed_at() -> None:
    """Also where the body itself knows it: nobody has to read which field is meant."""
    with pytest.raises(Refusal) as told:
        decode(b'{"status":"disabled"}', StatusWish)

    [fault] = told.value.faults
    assert (fault.pointer, fault.detail) == ("/status", "say active or paused")


@pytest.mark.parametrize(
    "hours", [b"7", b'"NaN"', b'"1e9"', b'"1_0"', b'" 1"', b'"+1"', '"٣"'.encode(), b'"1\\n"']
)
async def test_a_decimal_is_a_plain_string_of_digits(
    house: House, caller: Caller, hours: bytes
) -> None:
    """What a decimal field would take besides digits is refused where it stands."""
    body = b'{"text":"x","amount":' + MONEY + b',"hours":' + hours + b"}"

    answer = await caller.send("POST", NOTE, body=body)

    assert answer.slug == "bad-body"
    assert answer.problem.errors[0].pointer == "/hours"
    assert house.desk.entered == 0


async def test_a_decimal_arrives_exactly(caller: Caller) -> None:
    """Every digit of a decimal arrives as it was written."""
    body = b'{"text":"x","amount":' + MONEY + b',"hours":"7.2500"}'

    answer = await caller.send("POST", NOTE, body=body)

    assert answer.status == 201
    assert b'"hours":"7.2500"' in answer.body


TYPES = {
    "text": {"content-type": "text/plain"},
    "nothing": {"content-type": ""},
    "another charset": {"content-type": "application/json; charset=utf-16"},
    "a form": {"content-type": "application/x-www-form-urlencoded"},
    "a part": {"content-type": "multipart/form-data; boundary=x"},
    "XML": {"content-type": "application/xml"},
    "gzip": {"content-encoding": "gzip"},
    "almost JSON": {"content-type": "application/json, text/plain"},
}


@pytest.mark.parametrize("said", TYPES)
async def test_a_body_of_another_type_is_not_read(house: House, caller: Caller, said: str) -> None:
    """Only uncompressed JSON in UTF-8 is taken."""
    headers = {"idempotency-key": "key-1", **TYPES[said]}

    answer = await caller.send("POST", ORDERS, body=GOOD, headers=headers)

    assert answer.status == 415
    assert answer.slug == "unsupported-media-type"
    assert house.desk.entered == 0


@pytest.mark.parametrize("header", ["Content-Type", "Content-Encoding", "Idempotency-Key"])
async def test_a_header_that_may_be_there_once_is_not_taken_twice(
    house: House, caller: Caller, header: str
) -> None:
    """Nobody has to guess which of two was meant, even when they are the same."""
    twice = f"{header}: application/json\r\n" * 2
    head = f"POST {ORDERS} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(GOOD)}\r\n"
    token = f"Authorization: Bearer {caller.token}\r\nConnection: close\r\n\r\n"

    found = await caller.raw((head + twice + token).encode() + GOOD)

    assert found.startswith(b"HTTP/1.1 400 ")
    assert f'"header":"{header.lower()}"'.encode() in found
    assert house.desk.entered == 0


REQUESTS = {
    "an unknown address": ("GET", "/system/orders/v1/nothing", 404, "no-such-address"),
    "an unknown id": ("GET", f"{ORDERS}/{OTHER_ID}", 404, "not-found"),
    "an id that cannot be": ("GET", f"{ORDERS}/1%20OR%201=1", 404, "not-found"),
    "an id of 1,500 letters": ("GET", f"{ORDERS}/{'a' * 1500}", 404, "not-found"),
    "a method that is not taken": ("DELETE", ORDERS, 405, "method-not-allowed"),
    "OPTIONS": ("OPTIONS", ORDERS, 405, "method-not-allowed"),
    "TRACE": ("TRACE", ORDERS, 405, "method-not-allowed"),
    "an unknown parameter": ("GET", f"{ORDERS}?nunber=1", 400, "bad-query"),
    "a parameter twice": ("GET", f"{ORDERS}?number=1&number=2", 400, "bad-query"),
    "brackets": ("GET", f"{ORDERS}?number[]=1", 400, "bad-query"),
    "a broken escape": ("GET", f"{ORDERS}?number=%zz", 400, "bad-query"),
    "a semicolon": ("GET", f"{ORDERS}?number=1;limit=2", 400, "bad-query"),
    "a value of another form": ("GET", f"{ORDERS}?number='%20OR%201=1", 400, "bad-query"),
    "a value with a newline": ("GET", f"{ORDERS}?number=1%0a", 400, "bad-query"),
    "no items": ("GET", f"{ORDERS}?limit=0", 400, "bad-query"),
    "fewer than none": ("GET", f"{ORDERS}?limit=-1", 400, "bad-query"),
    "too many items": ("GET", f"{ORDERS}?limit=201", 400, "bad-query"),
    "a limit that is none": ("GET", f"{ORDERS}?limit=NaN", 400, "bad-query"),
    "a limit with a zero": ("GET", f"{ORDERS}?limit=01", 400, "bad-query"),
    "a cursor of spaces": ("GET", f"{ORDERS}?cursor=%20%20", 400, "bad-query"),
    "a NUL": ("GET", f"{ORDERS}/%00", 400, "bad-request"),
    "a backslash": ("GET", f"{ORDERS}/%5c", 400, "bad-request"),
    "a byte that is no UTF-8": ("GET", f"{ORDERS}/%ff", 400, "bad-request"),
    "a long path": ("GET", f"/{'a' * 3000}", 400, "bad-request"),
    "a long query": ("GET", f"{ORDERS}?number={'a' * 9000}", 400, "bad-request"),
}


@pytest.mark.parametrize("said", REQUESTS)
async def test_an_address_that_makes_no_sense_is_refused(caller: Caller, said: str) -> None:
    """A path, method or query that nothing answers is a problem, never a failure."""
    method, path, status, slug = REQUESTS[said]

    answer = await caller.send(method, path)

    assert (answer.status, answer.slug) == (status, slug)


async def test_an_unknown_and_a_malformed_id_look_alike(caller: Caller) -> None:
    """Nobody learns from the answer whether an id could exist."""
    unknown = await caller.send("GET", f"{ORDERS}/{OTHER_ID}")
    malformed = await caller.send("GET", f"{ORDERS}/nonsense")

    assert (unknown.problem.type, unknown.problem.detail) == (
        malformed.problem.type,
        malformed.problem.detail,
    )


async def test_a_wrong_method_is_told_which_are_right(caller: Caller) -> None:
    """405 comes with the methods of that address, and no others."""
    refused = [await caller.send(method, ORDERS) for method in ("PUT", "OPTIONS", "TRACE")]

    assert {answer.headers["allow"] for answer in refused} == {"GET, HEAD, POST"}


async def test_an_unknown_parameter_is_named(caller: Caller) -> None:
    """The problem names the parameter and those that are known."""
    answer = await caller.send("GET", f"{ORDERS}?nunber=1")

    (fault,) = answer.problem.errors
    assert fault.parameter == "nunber"
    assert fault.remedy == "Known are: cursor, limit, number."
