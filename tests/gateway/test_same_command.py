"""A command under an Idempotency-Key is done once, however often it is sent."""

import asyncio
from datetime import timedelta

import pytest

from governance.access import Caller as Somebody
from governance.idempotency import Begun, Command
from governance.lives import Life
from system_apis.errors import Unknown
from tests.gateway.house import SCOPES, Answer, Caller, House
from tests.gateway.orders import KNOWN_ID, MARGIN

ORDER = b'{"number":"O-1","total":{"amount":"10.00","currency":"USD"}}'
SAME = b'{ "total" : {"currency":"USD", "amount":"10.00"},\n "number":"O-1" }'
OTHER = b'{"number":"O-2","total":{"amount":"10.00","currency":"USD"}}'
ORDERS = "/system/orders/v1/orders"
NOTES = f"{ORDERS}/{KNOWN_ID}/notes"
NOTE = b'{"text":"a line","amount":{"amount":"1.00","currency":"USD"}}'
OTHER_NOTE = NOTE.replace(b"1.00", b"2.00")
KEY = {"idempotency-key": "key-1"}


async def test_a_command_needs_a_key(house: House, caller: Caller) -> None:
    """Without a key the command is refused and not done."""
    answer = await caller.send("POST", ORDERS, body=ORDER)

    assert (answer.status, answer.slug) == (400, "idempotency-key-missing")
    assert house.desk.entered == 0


@pytest.mark.parametrize("key", ["", " ", "a" * 256, "schlüssel", "a b", 'a"', '"a', "a,b"])
async def test_a_key_has_a_form(house: House, caller: Caller, key: str) -> None:
    """A key is 1 to 255 letters, digits or plain signs."""
    answer = await caller.place(ORDER, key)

    assert (answer.status, answer.slug) == (400, "idempotency-key-invalid")
    assert house.desk.entered == 0


async def test_the_same_command_gets_the_same_answer(house: House, caller: Caller) -> None:
    """Sent again, with other spaces and order of keys, it is answered and not done."""
    first = await caller.place(ORDER, "key-1")
    again = await caller.place(SAME, '"key-1"')

    assert (first.status, again.status) == (201, 201)
    assert first.body == again.body
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert house.desk.entered == 1


async def test_a_key_is_for_one_command(house: House, caller: Caller) -> None:
    """Another body under the same key is refused."""
    await caller.place(ORDER, "key-1")

    answer = await caller.place(OTHER, "key-1")

    assert (answer.status, answer.slug) == (422, "idempotency-other-request")
    assert house.desk.entered == 1


async def test_fifty_at_once_do_it_once(house: House, caller: Caller) -> None:
    """Of fifty at once one does it; the others are told to wait or get its answer."""
    answers = await asyncio.gather(*(caller.place(ORDER, "key-1") for _ in range(50)))

    assert {answer.status for answer in answers} <= {201, 409}
    assert house.desk.entered == 1


async def test_a_key_belongs_to_who_sent_it(house: House, caller: Caller) -> None:
    """Another person, or another client of the same person, has keys of its own."""
    tokens = [house.token(), house.token("ben"), house.token(client_id="phone")]

    answers = [await caller.place(ORDER, "key-1", token=token) for token in tokens]

    assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None] * 3
    assert house.desk.entered == 3


async def test_a_new_token_of_the_same_person_gets_the_answer(house: House, caller: Caller) -> None:
    """A token that was refreshed in between makes no difference."""
    await caller.place(ORDER, "key-1", token=house.token())

    answer = await caller.place(ORDER, "key-1", token=house.token())

    assert answer.headers["idempotency-replayed"] == "true"


async def test_who_lost_the_scope_or_the_entity_gets_no_old_answer(
    house: House, caller: Caller
) -> None:
    """A kept answer is not shown to somebody who may no longer see what it says."""
    await caller.place(ORDER, "key-1")
    reader = house.token(scopes=frozenset({"system:orders:read"}))
    moved = house.token(entities=frozenset({"NWA-DE"}))

    answers = [await caller.place(ORDER, "key-1", token=token) for token in (reader, moved)]

    assert [answer.slug for answer in answers] == ["forbidden", "forbidden"]


async def test_who_lost_the_scope_of_a_field_gets_no_old_answer_that_shows_it(
    house: House, caller: Caller
) -> None:
    """Who may see the field again, or never could, gets the answer as it was given to them."""
    note = b'{"text":"a line","amount":{"amount":"1.00","currency":"USD"},"margin":"0.40"}'
    seeing, blind = house.token(scopes=SCOPES | {MARGIN}), house.token()

    async def noted(key: str, token: str) -> Answer:
        sent = {"idempotency-key": key}
        return await caller.send("POST", NOTES, body=note, headers=sent, token=token)

    seen = [await noted("key-1", token) for token in (seeing, blind, seeing)]
    unseen = [await noted("key-2", token) for token in (blind, blind, seeing)]

    assert [(each.status, b"0.40" in each.body) for each in seen] == [
        (201, True),
        (403, False),
        (201, True),
    ]
    assert [(each.status, b"0.40" in each.body) for each in unseen] == [(201, False)] * 3
    assert house.desk.entered == 2


@pytest.mark.parametrize(
    ("before", "after", "slug"),
    [
        (None, {"TAX"}, "forbidden"),
        ({"TAX"}, {"DATA"}, "forbidden"),
        ({"TAX", "DATA"}, {"TAX"}, "forbidden"),
        (set(), set(), None),
        ({"TAX"}, {"TAX", "DATA"}, None),
        ({"TAX"}, None, None),
    ],
)
async def test_who_was_bound_to_other_units_gets_no_old_answer(
    house: House,
    caller: Caller,
    before: set[str] | None,
    after: set[str] | None,
    slug: str | None,
) -> None:
    """Nor who was bound to none before, and is now; who sees no less than before does get it."""
    first, then = (
        house.token(units=None if units is None else frozenset(units)) for units in (before, after)
    )
    await caller.place(ORDER, "key-1", token=first)

    again = await caller.place(ORDER, "key-1", token=then)

    assert (again.slug if slug else None) == slug
    assert again.status == (403 if slug else 201)


async def test_a_refused_command_may_be_corrected(house: House, caller: Caller) -> None:
    """A bad body does not use its key up."""
    bad = await caller.place(b'{"number":"O-1"}', "key-1")

    good = await caller.place(ORDER, "key-1")

    assert (bad.status, good.status) == (400, 201)


async def test_a_lost_answer_is_not_kept(house: House, caller: Caller) -> None:
    """After an unknown outcome the same command goes through to the effect, which knows."""
    house.desk.raises.append(Unknown("desk", "timeout", settles_after=timedelta(seconds=7)))
    lost = await caller.place(ORDER, "key-1")

    again = await caller.place(ORDER, "key-1")

    assert (lost.status, lost.slug) == (503, "outcome-unknown")
    assert lost.headers["retry-after"] == "7"
    assert again.status == 201
    assert "idempotency-replayed" not in again.headers


async def test_a_silent_attempt_of_a_living_process_holds_the_key_for_a_minute(
    house: House, caller: Caller
) -> None:
    """It is refused at first, and may be done after a while."""
    await caller.place(ORDER, "key-1")
    _forget_answer(house, house.life.name)

    early = await caller.place(ORDER, "key-1")
    house.wall.set(house.wall.now() + timedelta(seconds=61))
    late = await caller.place(ORDER, "key-1")

    assert (early.status, early.slug) == (409, "idempotency-in-flight")
    assert int(early.headers["retry-after"]) >= 1
    assert late.status == 201
    assert await house.governance.idempotency.forget_expired() == 0


async def test_id_09_an_attempt_of_another_process_holds_the_key_while_that_lives(
    house: House, caller: Caller
) -> None:
    """As soon as the process has ended, the command may be done again."""
    await caller.place(ORDER, "key-1")
    other = Life(house.path / "lives")
    _forget_answer(house, other.name)

    living = await caller.place(ORDER, "key-1")
    other.close()
    dead = await caller.place(ORDER, "key-1")

    assert (living.status, living.slug) == (409, "idempotency-in-flight")
    assert (dead.status, "idempotency-replayed" in dead.headers) == (201, False)


def _forget_answer(house: House, life: str) -> None:
    """Let the commands that were answered be attempts of a process."""
    with house.store.engine.begin() as connection:
        change = "UPDATE idempotency_keys SET answer = NULL, life = ?"
        connection.exec_driver_sql(change, (life,))


async def test_an_overtaken_attempt_does_not_speak_for_the_command(house: House) -> None:
    """An attempt that was given up for dead cannot keep its answer over its successor's."""
    records = house.governance.idempotency
    somebody = Somebody(subject="ana", client_id="robot", scopes=frozenset())
    command = Command(somebody, "op", "key-1", b"f" * 32)
    first = await records.begin(command)
    house.wall.set(house.wall.now() + timedelta(seconds=61))
    second = await records.begin(command)
    assert isinstance(first, Begun)
    assert isinstance(second, Begun)

    await records.release(command, first)
    still = await records.begin(command)

    assert not isinstance(still, Begun)


async def test_an_answer_is_forgotten_after_a_day(house: House, caller: Caller) -> None:
    """After a day the record is gone; what then prevents a second effect is the business key."""
    await caller.place(ORDER, "key-1")
    house.wall.set(house.wall.now() + timedelta(hours=25))

    forgotten = await house.governance.idempotency.forget_expired()

    assert forgotten == 1


async def test_a_read_ignores_a_key(caller: Caller) -> None:
    """A GET with a key is a GET."""
    answers = [
        await caller.send("GET", ORDERS, headers={"idempotency-key": "key-1"}) for _ in range(2)
    ]

    assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None, None]


async def test_id_01_a_command_that_needs_no_key_may_come_under_one(
    house: House, caller: Caller
) -> None:
    """Without a key it is done each time; under one it is done once, and no other command is."""
    first = await caller.send("POST", NOTES, body=NOTE, headers=KEY)
    again = await caller.send("POST", NOTES, body=NOTE, headers=KEY)
    other = await caller.send("POST", NOTES, body=OTHER_NOTE, headers=KEY)
    plain = await caller.send("POST", NOTES, body=NOTE)

    assert (first.status, again.status, plain.status, other.status) == (201, 201, 201, 422)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.body == first.body
    assert "idempotency-replayed" not in plain.headers
    assert house.desk.entered == 2


async def test_id_06_a_key_is_good_for_each_operation(house: House, caller: Caller) -> None:
    """What was said under it at another address has nothing to do with it."""
    await caller.place(ORDER, "key-1")

    answer = await caller.send("POST", NOTES, body=NOTE, headers=KEY)

    assert answer.status == 201
    assert "idempotency-replayed" not in answer.headers
    assert house.desk.entered == 2
