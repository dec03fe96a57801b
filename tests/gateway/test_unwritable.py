"""A gateway whose store takes no change says so, refuses changes, and goes on by itself."""

import asyncio
import os
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import aiohttp
import msgspec
import pytest

from gateway.commands.doctor import Report
from gateway.doctor import Severity
from observability.health import Readiness, State
from tests.forked import run_strata
from tests.stores import put_migrated
from tests.stories.programs import NORTHWIND, GatewayProgram, sandbox_program

WITHIN_SECONDS = 60
Fault = Callable[[GatewayProgram], AbstractContextManager[None]]


@contextmanager
def _full_disk(gateway: GatewayProgram) -> Iterator[None]:
    """Let no file of the gateway's grow, as on a full disk; its log's neither."""
    limits = resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY)
    before = resource.prlimit(gateway.pid, *limits)
    yield
    resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def _held(gateway: GatewayProgram) -> Iterator[None]:
    """Hold the database as another program does that forgot to let go."""
    database = gateway.data_dir / "strata.sqlite"
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


FAULTS: dict[str, Fault] = {"a full disk": _full_disk, "another program holds it": _held}


class _Operator:
    """Somebody who sets the clock, which is a change of our own books alone."""

    def __init__(self, session: aiohttp.ClientSession, gateway: GatewayProgram, token: str) -> None:
        self._session, self._url = session, gateway.base_url
        self._token = {"authorization": f"Bearer {token}"}

    async def readiness(self) -> Readiness:
        """Return what the gateway says of itself."""
        async with self._session.get(f"{self._url}/ready") as answer:
            found = msgspec.json.decode(await answer.read(), type=Readiness)
            assert answer.status == (200 if found.ready else 503)
        return found

    async def until(self, *, store: str) -> Readiness:
        """Wait until the gateway says so of its store, and is ready only if it says ok."""
        async with asyncio.timeout(WITHIN_SECONDS):
            while True:
                found = await self.readiness()
                if found.checks["store"] == store and found.ready is (store == "ok"):
                    return found
                await asyncio.sleep(0.1)

    async def set_clock(self, now: str) -> tuple[int, str, str]:
        """Return the status of a change, after how long to retry it, and what it says."""
        headers = {**self._token, "idempotency-key": f"set-{now}"}
        url = f"{self._url}/governance/v1/clock"
        async with self._session.put(url, json={"now": now}, headers=headers) as answer:
            return answer.status, answer.headers.get("retry-after", ""), await answer.text()

    async def clock(self) -> str:
        """Return the business time."""
        url = f"{self._url}/governance/v1/clock"
        async with self._session.get(url, headers=self._token) as answer:
            assert answer.status == 200
            return await answer.text()

    async def lives(self) -> State:
        """Return where the process says that it is."""
        async with self._session.get(f"{self._url}/health") as answer:
            assert answer.status == 200
            return State((await answer.json())["state"])


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_store_that_takes_nothing_is_told_and_survived(tmp_path: Path, fault: str) -> None:
    """Reads go on, changes answer 503 and are not half made, and nobody has to restart it."""
    async with (
        sandbox_program(NORTHWIND, tmp_path / "sandbox") as address,
        aiohttp.ClientSession() as session,
    ):
        gateway = GatewayProgram(tmp_path, NORTHWIND, address, {})
        await gateway.start()
        _, token = await gateway.run("token", "--as", "operator")
        operator = _Operator(session, gateway, token.strip())
        with FAULTS[fault](gateway):
            unready = await operator.until(store="failing")
            refused = await operator.set_clock("2026-10-20T09:00:00Z")
            read, lives = await operator.clock(), await operator.lives()
        again = await operator.until(store="ok")
        taken = await operator.set_clock("2026-10-20T09:00:00Z")
        ended = await gateway.stop()

    assert unready.state == lives == State.UNREADY
    assert unready.checks["store"] == "failing"
    [store] = [each for each in unready.reasons if each.startswith("store")]
    assert store.startswith("store is failing: no change is taken: make room on the disk")
    assert refused[:2] == (503, "1")
    assert "Nothing was done" in refused[2]
    assert "2026-10-20" not in read
    assert again.reasons == []
    assert taken[0] == 200
    assert ended
    assert "Traceback" not in gateway.said()


@pytest.mark.parametrize("closed", [".", "strata.sqlite", "keys", "lives", "engine.lock"])
async def test_a_data_directory_that_cannot_be_written_is_told_before_the_start(
    tmp_path: Path, closed: str
) -> None:
    """By the doctor and by the start in the same words, and nothing is begun in it."""
    folder = tmp_path / "data"
    for each in ("keys", "lives"):
        (folder / each).mkdir(parents=True, mode=0o700)
    put_migrated(folder / "strata.sqlite")
    (folder / "engine.lock").touch()
    environment = {**os.environ, "STRATA_DATA_DIR": str(folder), "STRATA_FIRM": str(NORTHWIND)}
    before = sorted(folder.iterdir())
    with _read_only(folder / closed):
        code, said, _ = await run_strata("doctor", "--json", environment=environment)
        refused, _, complained = await run_strata("serve", "--port", "1", environment=environment)
    [found] = msgspec.json.decode(said, type=Report).findings

    assert (code, refused) == (1, 1)
    assert (found.about, found.severity) == ("data_dir", Severity.STOP)
    assert f"{folder / closed} cannot be written" in found.what
    assert found.remedy.startswith("let our user own")
    assert complained == f"Error: data_dir: {found.what}; {found.remedy}\n"
    assert sorted(folder.iterdir()) == before


@contextmanager
def _read_only(path: Path) -> Iterator[None]:
    """Let nobody write, whoever runs the tests: what is started has no more rights than others."""
    before = path.stat().st_mode
    path.chmod(before & 0o555)
    yield
    path.chmod(before)
