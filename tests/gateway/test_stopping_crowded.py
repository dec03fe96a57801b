"""A gateway that is stopped among hundreds of requests loses none, and does none twice."""

import asyncio
import os
import signal
import time
from collections import Counter
from pathlib import Path

import aiohttp
import msgspec
import pytest
from msgspec import Struct

from observability.health import Readiness, State
from tests.gateway.crowd import PLANS, WRITE, Asked, Crowd
from tests.stories.programs import NORTHWIND, GatewayProgram, sandbox_program

CLIENTS, UNREADY_SECONDS, PLAYED_SECONDS = 200, 2, 3
TASKS = f"{WRITE}?legal_entity=NWA-US&project_number=P-1001&on=2026-10-29"


class _Named(Struct, frozen=True):
    name: str


class _Tasks(Struct, frozen=True):
    items: list[_Named]
    next_cursor: str | None = None


@pytest.mark.soak
async def test_a_stop_among_hundreds_of_requests_loses_nothing_and_does_nothing_twice(
    tmp_path: Path,
) -> None:
    """Until it ends all are answered; what was written is answered alike by the next start."""
    (tmp_path / "strata.toml").write_text(PLANS)
    async with sandbox_program(NORTHWIND, tmp_path / "sandbox") as address:
        told = {"STRATA_UNREADY_SECONDS": str(UNREADY_SECONDS)}
        gateway = GatewayProgram(tmp_path, NORTHWIND, address, told)
        await gateway.start()
        _, token = await gateway.run("token", "--as", "integrator")
        crowd = Crowd(gateway.base_url, token.strip())
        asking = asyncio.create_task(crowd.ask_while(lambda: True, clients=CLIENTS))
        await asyncio.sleep(PLAYED_SECONDS)
        stopped_at = time.monotonic()
        os.kill(gateway.pid, signal.SIGTERM)
        unready = await _readiness(gateway)
        await asking
        ended = await gateway.stop()
        await gateway.start()
        writes = [each.key for each in crowd.asked if each.key]
        again = await crowd.repeat(writes)
        tasks = await _tasks(gateway, token.strip())
        await gateway.stop()

    assert ended
    assert {each.state for each in unready} == {State.DRAINING}
    assert not any(each.ready for each in unready)
    _all_were_answered(crowd.asked, stopped_at)
    assert tasks == Counter(f"task {key}" for key in writes)
    _are_the_same(crowd.asked, again)


def _all_were_answered(asked: list[Asked], stopped_at: float) -> None:
    """Hold that nobody was cut off, and that only those who came too late were turned away."""
    under_way = [each for each in asked if each.sent < stopped_at < each.ended]
    turned_away = [each for each in asked if each.status is None]

    assert len(under_way) > CLIENTS / 2
    assert [each for each in asked if each.lost] == []
    assert {each.status for each in asked if each.status} == {200, 201}
    assert len(turned_away) == CLIENTS
    assert min(each.ended for each in turned_away) > stopped_at + UNREADY_SECONDS


def _are_the_same(first: list[Asked], again: list[Asked]) -> None:
    """Hold that whoever had an answer gets it again, and others their first."""
    known = {each.key: each for each in first if each.key}

    assert {each.status for each in again} == {201}
    for each in again:
        assert each.key is not None
        assert each.replayed is (known[each.key].status == 201)
        assert known[each.key].body in {each.body, ""}


async def _readiness(gateway: GatewayProgram) -> list[Readiness]:
    """Return what it says of itself until nobody is let in any more."""
    found: list[Readiness] = []
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"{gateway.base_url}/ready") as answer:
                    found.append(msgspec.json.decode(await answer.read(), type=Readiness))
            except aiohttp.ClientError:
                return found
            await asyncio.sleep(0.1)


async def _tasks(gateway: GatewayProgram, token: str) -> Counter[str]:
    """Return the names of the crowd's tasks, and how often each is there."""
    found, cursor = Counter[str](), ""
    async with aiohttp.ClientSession(headers={"authorization": f"Bearer {token}"}) as session:
        while True:
            async with session.get(f"{gateway.base_url}{TASKS}{cursor}") as answer:
                page = msgspec.json.decode(await answer.read(), type=_Tasks)
            found.update(each.name for each in page.items if each.name.startswith("task "))
            if page.next_cursor is None:
                return found
            cursor = f"&cursor={page.next_cursor}"
