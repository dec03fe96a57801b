"""The sandbox firm's services as a child process, and the gateway's word with its operator side."""

import asyncio
import base64
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import aiohttp
import msgspec
from msgspec import Struct

from gateway.firm import Firm
from system_apis.connectors import SystemSettings
from system_apis.sandbox.faults import FaultKind, FaultPlan, FaultReport, FaultRule
from system_apis.sandbox.server import SandboxAddress
from system_apis.systems import SystemKind
from system_apis.webhooks import WebhookSecret

STARTED_WITHIN_SECONDS = 30


class SandboxUnavailable(Exception):
    """The sandbox did not start, or does not answer."""


class _ClockSetting(Struct, frozen=True):
    now: datetime


@asynccontextmanager
async def sandbox_process(
    firm_dir: Path, data_dir: Path, port: int = 0
) -> AsyncIterator[SandboxAddress]:
    """Run the sandbox's services as a child for as long as the block runs."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "system_apis.sandbox",
        "--child",
        str(firm_dir),
        str(data_dir),
        str(port),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield await _address(child)
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()


async def _address(child: asyncio.subprocess.Process) -> SandboxAddress:
    assert child.stdout is not None  # noqa: S101  # asked for above
    async with asyncio.timeout(STARTED_WITHIN_SECONDS):
        line = await child.stdout.readline()
    if not line:
        raise SandboxUnavailable("the sandbox ended before it answered; its error is above")
    return msgspec.json.decode(line, type=SandboxAddress)


class _TellingSetting(Struct, frozen=True):
    url: str
    secrets: dict[str, str]


class SandboxControl:
    """The operator's side of a running sandbox: its clock, and what goes wrong on purpose."""

    def __init__(self, base_url: str, secret: str, session: aiohttp.ClientSession) -> None:
        self._base_url, self._session = base_url, session
        self._headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}

    async def set_clock(self, moment: datetime) -> None:
        """Let it be this moment in every system of the sandbox."""
        await self._put("clock", _ClockSetting(moment))

    async def send_messages(self, url: str, secrets: dict[str, str]) -> None:
        """Have the systems tell an address of their changes, each signing with its secret."""
        await self._put("webhooks", _TellingSetting(url, secrets))

    async def lose_answers(self, operation: str) -> None:
        """Let every instance do the next call of an operation, and lose its answer."""
        rule = FaultRule(kind=FaultKind.COMMIT_THEN_RESET, operation=operation, nth=1)
        await self._put("faults", FaultPlan(rules=(rule,)))

    async def lost_answers(self) -> int:
        """Return how many answers were lost so far."""
        address = f"{self._base_url}/_sandbox/faults"
        async with self._session.get(address, headers=self._headers) as reply:
            report = msgspec.json.decode(await reply.read(), type=FaultReport)
        return sum(report.fired.values())

    async def _put(self, what: str, body: Struct) -> None:
        async with self._session.put(
            f"{self._base_url}/_sandbox/{what}",
            data=msgspec.json.encode(body),
            headers=self._headers,
        ) as reply:
            if reply.status != 200:
                raise SandboxUnavailable(f"the sandbox's {what} answered {reply.status}")


def sandbox_systems(firm: Firm, base_url: str, *, sending: bool = False) -> list[SystemSettings]:
    """Return the settings that reach the sandbox's system instances.

    Those that are sending have each a secret of their own, a new one at every start.
    """
    return [
        SystemSettings(
            kind=kind,
            instance=system.id,
            connector="sandbox",
            config={
                "connection": {"base_url": f"{base_url}/{system.id}", "timeout_ms": 2000},
                **({"rounding": system.rounding} if kind is SystemKind.ERP else {}),
            },
            webhook_secrets=(WebhookSecret(_new_secret()),) if sending else (),
        )
        for kind in SystemKind
        for system in firm.served(kind)
    ]


def _new_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
