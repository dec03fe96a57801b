"""What a command did is kept with what it did, or neither is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from governance.access import Caller, acting_as
from governance.idempotency import Begun, Command, Config, IdempotencyRecords
from governance.lives import Life
from governance.once import Overtaken, attempting, command_name, done_before, once
from tests.stores import empty_store

ANA = Caller(subject="ana", client_id="robot", scopes=frozenset())
COMMAND = Command(ANA, "decide", "key-1", b"f" * 32)


class Desk:
    """Counts what was decided, in the store."""

    def __init__(self, folder: Path) -> None:
        self.store, self.life = empty_store(folder / "strata.sqlite"), Life(folder / "lives")
        with self.store.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE decisions (number INTEGER PRIMARY KEY)")
        self.moment = datetime(2026, 11, 28, tzinfo=UTC)
        self.records = IdempotencyRecords(self.store, lambda: self.moment, Config(), self.life)

    async def begin(self) -> Begun:
        """Begin an attempt; those before it are silent for too long."""
        self.moment += timedelta(seconds=61)
        begun = await self.records.begin(COMMAND)
        assert isinstance(begun, Begun)
        return begun

    async def decide(self, what: str = "") -> int:
        """Decide, and return how many decisions that makes."""
        return await self.store.write(once(int, _decide, what))

    async def count(self) -> int:
        """Return how many decisions there are."""
        return await self.store.read(_count)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk with an empty store."""
    found = Desk(tmp_path)
    with acting_as(ANA):
        yield found
    found.store.close()
    found.life.close()


async def test_a_command_that_is_done_again_returns_what_it_returned(desk: Desk) -> None:
    """By another attempt, after the first one died; each of its units is told apart."""
    with attempting(COMMAND, await desk.begin()):
        first, other = await desk.decide(), await desk.decide("other")
    with attempting(COMMAND, await desk.begin()):
        before = await desk.store.read(done_before(int, "other"))
        never = await desk.store.read(done_before(int, "never"))
        again = await desk.decide()

    assert (first, other) == (1, 2)
    assert (before, never, again) == (2, None, 1)
    assert await desk.count() == 2


async def test_a_unit_that_fails_leaves_nothing_to_return(desk: Desk) -> None:
    """Neither what it did nor that it did it."""

    def fail(connection: Connection) -> int:
        _decide(connection)
        raise ValueError("not so")

    with attempting(COMMAND, await desk.begin()):
        with pytest.raises(ValueError, match="not so"):
            await desk.store.write(once(int, fail))
        made = await desk.decide()

    assert (made, await desk.count()) == (1, 1)


async def test_an_attempt_that_was_overtaken_does_nothing(desk: Desk) -> None:
    """It comes back from a long silence, and the command is another's by now."""
    silent, _ = await desk.begin(), await desk.begin()
    with attempting(COMMAND, silent), pytest.raises(Overtaken):
        await desk.decide()

    assert await desk.count() == 0


async def test_what_was_done_outlives_an_answer_that_is_not_kept(desk: Desk) -> None:
    """A refusal after the unit of work lets the command be done again, and not that unit."""
    begun = await desk.begin()
    with attempting(COMMAND, begun):
        await desk.decide()
    await desk.records.release(COMMAND, begun)
    again = await desk.records.begin(COMMAND)
    assert isinstance(again, Begun)
    with attempting(COMMAND, again):
        await desk.decide()

    assert await desk.count() == 1


async def test_without_a_key_each_time_is_another(desk: Desk) -> None:
    """There is nothing to tell a repeat by."""
    made = [await desk.decide(), await desk.decide()]

    assert made == [1, 2]
    assert command_name() is None


async def test_what_a_command_set_going_is_not_the_command(desk: Desk) -> None:
    """A process that runs in its context does what it does each time that it is told."""
    process = Caller(subject="process:x", client_id="process:x", scopes=frozenset())
    with attempting(COMMAND, await desk.begin()), acting_as(process):
        made = [await desk.decide(), await desk.decide()]

    assert made == [1, 2]


async def test_a_command_has_one_name_however_often_it_is_sent(desk: Desk) -> None:
    """And another key another one."""
    with attempting(COMMAND, await desk.begin()):
        first = command_name()
    with attempting(COMMAND, await desk.begin()):
        again = command_name()
    with attempting(Command(ANA, "decide", "key-2", b"f" * 32), Begun("x")):
        other = command_name()

    assert first == again
    assert first not in {None, other}


def _decide(connection: Connection) -> int:
    connection.exec_driver_sql("INSERT INTO decisions DEFAULT VALUES")
    return _count(connection)


def _count(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT count(*) FROM decisions").scalar_one())
