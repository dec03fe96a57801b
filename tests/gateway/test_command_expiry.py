"""Until when a command may be repeated under its key is said wherever a caller looks."""

from datetime import timedelta
from email.utils import parsedate_to_datetime

import msgspec

from governance import v1 as governance_api
from system_apis.errors import Unknown
from tests.gateway.house import Caller, House, running
from tests.gateway.orders import orders_api

ORDER = b'{"number":"O-1","total":{"amount":"10.00","currency":"USD"}}'
EXPIRES, REPLAYED = "idempotency-expires", "idempotency-replayed"


async def test_id_02_an_answer_says_until_when_it_is_kept(house: House, caller: Caller) -> None:
    """A day from when it was given, and a repeat within the day does not make it longer."""
    first = await caller.place(ORDER, "key-1")
    house.wall.set(house.wall.now() + timedelta(hours=5))
    again = await caller.place(ORDER, "key-1", token=house.token())

    left = parsedate_to_datetime(first.headers[EXPIRES]) - house.wall.now()
    assert timedelta(hours=18, minutes=59) < left <= timedelta(hours=19)
    assert (again.headers[EXPIRES], again.headers[REPLAYED]) == (first.headers[EXPIRES], "true")


async def test_id_10_after_what_was_said_the_key_begins_anew(house: House, caller: Caller) -> None:
    """A second before it is a repeat; then the key is as good as new, and says another time."""
    first = await caller.place(ORDER, "key-1")
    ends = parsedate_to_datetime(first.headers[EXPIRES])
    house.wall.set(ends - timedelta(seconds=1))
    before = await caller.place(ORDER, "key-1", token=house.token())
    house.wall.set(ends)
    after = await caller.place(ORDER, "key-1", token=house.token())

    assert REPLAYED in before.headers
    assert REPLAYED not in after.headers
    assert parsedate_to_datetime(after.headers[EXPIRES]) == ends + timedelta(hours=24)


async def test_id_08_what_is_not_kept_promises_nothing(house: House, caller: Caller) -> None:
    """Neither a refusal nor a lost answer says a time: both may be sent again under the key."""
    refused = await caller.place(b'{"number":"O-1"}', "key-1")
    house.desk.raises.append(Unknown("desk", "timeout", settles_after=timedelta(seconds=7)))
    lost = await caller.place(ORDER, "key-1")

    assert (refused.status, lost.status) == (400, 503)
    assert not {EXPIRES, REPLAYED} & {*refused.headers, *lost.headers}


async def test_id_11_an_answer_too_large_to_keep_promises_nothing(
    house: House, caller: Caller
) -> None:
    """It is given all the same; sent again, the business key is what holds."""
    lines = [{"text": "x" * 4_000, "amount": {"amount": "1.00", "currency": "USD"}}] * 80
    large = msgspec.json.encode(msgspec.json.decode(ORDER) | {"lines": lines})

    answers = [await caller.place(large, "key-1") for _ in range(2)]

    assert [answer.status for answer in answers] == [201, 201]
    assert not [answer for answer in answers if {EXPIRES, REPLAYED} & answer.headers.keys()]


async def test_the_documents_say_for_how_long_an_answer_is_kept(house: House) -> None:
    """In the OpenAPI document of a command, with the headers that tell it, and in the catalog."""
    rights = frozenset({"governance:catalog:read"})
    async with running(house.app(orders_api(), governance_api), house) as caller:
        answer = await caller.send("GET", "/system/orders/v1/openapi.json")
        told = await caller.send("GET", "/governance/v1/catalog", token=house.token(scopes=rights))
    paths = msgspec.json.decode(answer.body)["paths"]
    place, note = (
        paths[f"/system/orders/v1/orders{address}"]["post"] for address in ("", "/{order_id}/notes")
    )

    assert place["x-idempotency-keep-hours"] == 24
    assert {"Idempotency-Expires", "Idempotency-Replayed"} <= place["responses"]["201"][
        "headers"
    ].keys()
    assert note["x-idempotency-keep-hours"] == 24
    assert [one["required"] for one in note["parameters"] if one["name"] == "Idempotency-Key"] == [
        False
    ]
    assert msgspec.json.decode(told.body)["answers_kept_hours"] == 24
