"""A running gateway: a change of another process is lived by in time, and use outlasts a kill."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest

from gateway.firm import load_firm
from governance.lifecycle_face import LifecycleNow
from governance.policy import Stage
from governance.usage_face import Notices, UsageReport
from tests.security.routes.callers import Callers
from tests.stories.programs import NORTHWIND, GatewayProgram, sandbox_program

OLD, NEW = "/system/crm/v1", "/system/crm/v2"
LIFE = "/governance/v1/lifecycle/system/crm/v1"
RETIRED = (
    b'{"stage":"retired","since":"2026-11-23","deprecated_on":"2026-11-24",'
    b'"sunset_on":"2026-11-25","successor":"/system/crm/v2","brownouts":[]}'
)
SEEN_WITHIN_SECONDS = 5.0


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[GatewayProgram]:
    """The whole gateway, running."""
    async with sandbox_program(NORTHWIND, tmp_path / "sandbox") as address:
        found = GatewayProgram(tmp_path, NORTHWIND, address, {})
        try:
            await found.start()
            yield found
        finally:
            await found.stop()


async def send(
    gateway: GatewayProgram,
    method: str,
    path: str,
    role: str,
    body: bytes | None = None,
    **headers: str,
) -> tuple[int, bytes]:
    """Send a request as somebody of a role."""
    keys, firm = gateway.data_dir / "keys", load_firm(NORTHWIND)
    callers = Callers(gateway.base_url, keys, NORTHWIND, firm)
    token = callers.token(callers.of_role(role), own_client=True)
    sent = {"authorization": f"Bearer {token}", **headers}
    if body is not None:
        sent["content-type"] = "application/json"
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, gateway.base_url + path, data=body, headers=sent) as reply,
    ):
        return reply.status, await reply.read()


async def get(gateway: GatewayProgram, path: str, role: str) -> tuple[int, bytes]:
    """Ask as somebody of a role."""
    return await send(gateway, "GET", path, role)


async def test_what_another_process_changed_is_lived_by_within_five_seconds(
    gateway: GatewayProgram,
) -> None:
    """A version that was retired elsewhere answers 410 here, without a restart."""
    before, _ = await get(gateway, f"{NEW}/clients", "finance")
    store = sqlite3.connect(gateway.data_dir / "strata.sqlite", timeout=30)
    with store:
        store.execute(
            "INSERT INTO lifecycle_changes VALUES (?, 1, ?, 'U-OP', 'console', 'a leak', ?)",
            (NEW, "2026-11-27 12:00:00", RETIRED.replace(b"crm/v2", b"crm/v1")),
        )
    store.close()
    began, status = time.monotonic(), before
    while status != 410 and time.monotonic() - began < SEEN_WITHIN_SECONDS:
        await asyncio.sleep(0.1)
        status, _ = await get(gateway, f"{NEW}/clients", "finance")

    assert (before, status) == (200, 410)


async def test_changes_and_use_outlast_a_kill(gateway: GatewayProgram) -> None:
    """A change that was answered is there after a power cut, and so is what was counted."""
    body = b'{"lifecycle":' + RETIRED + b',"reason":"a leak"}'
    forbidden, _ = await send(gateway, "PUT", LIFE, "finance", body, **{"if-match": '"0"'})
    put, _ = await send(gateway, "PUT", LIFE, "operator", body, **{"if-match": '"0"'})
    gone, _ = await get(gateway, f"{OLD}/clients", "finance")
    await asyncio.sleep(SEEN_WITHIN_SECONDS)
    await gateway.kill()
    await gateway.start()
    still, _ = await get(gateway, f"{OLD}/clients", "finance")
    again, _ = await send(gateway, "PUT", LIFE, "operator", body, **{"if-match": '"0"'})
    _, life = await get(gateway, LIFE, "operator")
    _, used = await get(gateway, f"/governance/v1/usage?api={OLD}", "operator")
    _, told = await get(gateway, "/governance/v1/notices", "operator")
    _, audit = await get(gateway, "/governance/v1/audit?action=lifecycle.change", "operator")

    assert (forbidden, put, gone, still, again) == (403, 200, 410, 410, 200)
    now = msgspec.json.decode(life, type=LifecycleNow)
    assert (now.stage, now.revision, len(now.history)) == (Stage.RETIRED, 1, 1)
    assert audit.count(b'"lifecycle.change"') == 1
    [row] = [
        each
        for each in msgspec.json.decode(used, type=UsageReport).items
        if each.operation == "clients"
    ]
    assert row.calls >= 1
    notices = msgspec.json.decode(told, type=Notices).items
    assert [(each.api, each.stage) for each in notices] == [(OLD, Stage.RETIRED)]


async def test_what_is_past_its_time_is_forgotten_by_the_program_itself(
    gateway: GatewayProgram,
) -> None:
    """A command that was answered a day ago is on record no more, and nobody has to ask for it."""
    with sqlite3.connect(gateway.data_dir / "strata.sqlite") as book:
        book.execute(
            "INSERT INTO idempotency_keys (subject, client_id, operation, key, fingerprint,"
            " entities, attempt, until) VALUES ('U-1', 'c', 'op', 'k', x'00', '', 'a', 1)"
        )

    async with asyncio.timeout(30):
        while book.execute("SELECT count(*) FROM idempotency_keys").fetchone() != (0,):
            await asyncio.sleep(0.1)
    book.close()
