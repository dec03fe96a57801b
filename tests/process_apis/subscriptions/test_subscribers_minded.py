"""Whoever cannot be told of an event is put to a person, and goes on when it is put right."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from governance.access import acting_as
from process_apis.commands import CommandStatus
from process_apis.engine import Engine
from process_apis.exceptions.queue import ExceptionQueue, OpenException, Resolution
from process_apis.subscriptions.minding import Minding
from process_apis.subscriptions.process import Asking, processes
from process_apis.subscriptions.records import DeliveryState, SubscriptionStatus
from process_apis.subscriptions.rules import TRIES, WAITS
from store.clock import wall_clock
from tests.process_apis.telling import OWNER, Receiver, Telling
from tests.process_apis.workshop import Workshop
from tests.stories.people import until


class Minded(Telling):
    """What tells subscribers, with a program in which somebody minds those who are not told."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (folder / "engine").mkdir()
        self.workshop = Workshop(folder / "engine")
        self.minding = Minding(self.register, self.deliveries)
        self.processes = processes(Asking(self.minding))

    async def stopped(self, engine: Engine, *, looks: int = 3) -> OpenException:
        """Look at who is not told, and return the one case that a person is given of it."""
        for _ in range(looks):
            await self.minding.look(engine)

        async def there() -> list[OpenException]:
            return await self.workshop.exceptions.all_open()

        await until(there, "the case")
        [case] = await there()
        return case

    async def retried(self, engine: Engine, case: OpenException) -> None:
        """Have an operator try again, until the run is at its end or stopped anew."""
        exceptions: ExceptionQueue = self.workshop.exceptions
        with acting_as(OWNER):
            resolved = await exceptions.resolve(
                case, Resolution.RETRY, note="put right", by=OWNER, at=wall_clock()
            )

        async def resumed() -> bool:
            return await engine.resume(resolved)

        await until(resumed, "the run going on")

        async def over() -> bool:
            command = await self.workshop.commands.find(case.command_key)
            waiting = [each.id for each in await exceptions.all_open()]
            done = command is not None and command.status is CommandStatus.DONE
            return done or bool(waiting and waiting != [case.id])

        await until(over, "what becomes of the run")


@pytest.fixture
async def minded(tmp_path: Path) -> AsyncIterator[Minded]:
    minded = Minded(tmp_path)
    yield minded
    minded.workshop.close()
    minded.store.close()


async def test_a_receiver_that_fails_stops_at_the_operators_until_it_is_told_again(
    minded: Minded, there: Receiver
) -> None:
    """They are asked once however often it is looked; trying again without mending asks anew."""
    subscription = await minded.subscribe(there)
    there.status = 410
    async with minded.sender() as sender, minded.workshop.engine(*minded.processes) as engine:
        await minded.post_invoice(1)
        await minded.round(sender)
        first = await minded.stopped(engine)
        await minded.retried(engine, first)
        second = await minded.stopped(engine)
        there.status = 204
        active = SubscriptionStatus.ACTIVE
        await minded.register.set_status(subscription.id, active, None, by=OWNER)
        await minded.retried(engine, second)

    assert (first.code, first.owner_role) == ("RECEIVER_FAILS", "operator")
    assert "410" in first.reason
    assert "resume the subscription" in first.reason
    assert (second.code, second.command_key) == (first.code, first.command_key)
    assert second.id != first.id
    assert await minded.workshop.exceptions.all_open() == []


async def test_an_event_that_is_not_taken_stops_at_the_operators_until_it_is_replayed(
    minded: Minded, there: Receiver
) -> None:
    """The receiver takes everything else, so that it is told on, and this event is not lost."""
    subscription = await minded.subscribe(there)
    async with minded.sender() as sender, minded.workshop.engine(*minded.processes) as engine:
        await minded.post_invoice(0)
        for number, wait in enumerate([timedelta(), *WAITS], start=1):
            there.status = 500
            await minded.round(sender, later=wait * 1.2)
            there.status = 204
            await minded.post_invoice(number)
            await minded.round(sender)
        case = await minded.stopped(engine)
        [given_up] = await minded.deliveries.given_up()
        with acting_as(OWNER):
            await minded.desk.replay(given_up.id)
        await minded.retried(engine, case)
        await minded.round(sender)
        [*_, first] = await minded.deliveries.listed(subscription.id, state=None, most=99)

    assert (case.code, case.owner_role) == ("EVENT_NOT_TAKEN", "operator")
    assert f"refused {TRIES} times" in case.reason
    assert first.id == given_up.id
    assert first.state is DeliveryState.DELIVERED
    assert await minded.workshop.exceptions.all_open() == []
