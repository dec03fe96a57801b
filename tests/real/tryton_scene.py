"""A firm's gateway whose ERP is a real Tryton, reached over a line that may lose answers."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import aiohttp
import msgspec
from msgspec import Struct

from tests.real.lossy_proxy import Loss, LossyProxy
from tests.real.tryton.server import Tryton
from tests.stories.engagement import Engagement
from tests.stories.people import People
from tests.stories.programs import BEGINS, NORTHWIND, GatewayProgram, sandbox_program

LONGEST_REQUEST_SECONDS = 2


class EngagementOnTryton(Engagement):
    """An engagement whose ERP lives in the business time of the gateway."""

    def __init__(self, people: People, project: str, tryton: Tryton) -> None:
        super().__init__(people, project)
        self._tryton = tryton

    async def at(self, moment: str) -> None:
        """Let it be this moment in Tryton, then everywhere else."""
        _set(self._tryton, moment)
        await super().at(moment)


class TrytonScene(Struct, frozen=True):
    """A gateway that serves a firm, and the line to its Tryton."""

    gateway: GatewayProgram
    engagement: EngagementOnTryton
    line: LossyProxy


@asynccontextmanager
async def tryton_scene(
    folder: Path,
    tryton: Tryton,
    *,
    firm: Path = NORTHWIND,
    project: str = "P-1001",
    losses: Sequence[Loss] = (),
) -> AsyncIterator[TrytonScene]:
    """Serve a firm whose `erp-a` is a Tryton, from empty directories, until the block ends.

    `losses` are those of the first answers to the writing of an invoice.
    """
    _set(tryton, BEGINS)
    line = LossyProxy(tryton.base_url, {invoices_of(tryton): losses})
    async with (
        sandbox_program(firm, folder / "sandbox") as address,
        line.serving(),
        aiohttp.ClientSession() as session,
    ):
        (folder / "strata.toml").write_text(_settings(tryton, line))
        gateway = GatewayProgram(folder, firm, address, {})
        try:
            await gateway.start()
            people = People(gateway.base_url, gateway.data_dir, firm, session)
            yield TrytonScene(gateway, EngagementOnTryton(people, project, tryton), line)
        finally:
            await gateway.stop()


def invoices_of(tryton: Tryton) -> str:
    """Return the path that invoices are written to."""
    return f"/{tryton.seeded.database}/rest/model/account.invoice"


def _set(tryton: Tryton, moment: str) -> None:
    assert tryton.time is not None
    tryton.time.set(datetime.fromisoformat(moment))


def _settings(tryton: Tryton, line: LossyProxy) -> str:
    """Return the settings that put Tryton in the place of the sandbox's `erp-a`."""
    config = msgspec.to_builtins(tryton.config())
    config["connection"]["base_url"] = line.base_url
    config["longest_request_seconds"] = LONGEST_REQUEST_SECONDS
    return f"[systems.erp.erp-a]\nconnector = 'tryton'\nconfig = {_toml(config)}\n"


def _toml(value: object) -> str:
    """Write a value as TOML does in one line; its plain values are written as JSON's."""
    if isinstance(value, Mapping):
        said = {name: each for name, each in value.items() if each is not None}
        pairs = (f"{json.dumps(name)} = {_toml(each)}" for name, each in said.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return json.dumps(value)
