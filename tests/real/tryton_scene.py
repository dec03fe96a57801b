"""A firm's gateway whose ERP is a real Tryton, reached over a line that may lose answers."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import aiohttp
import msgspec
from msgspec import Struct

from gateway.demo.story import Story
from gateway.demo.visitor import Visitor
from gateway.sandbox import SandboxControl
from governance.v1 import BusinessTime
from tests.real.lossy_proxy import Loss, LossyProxy
from tests.real.tryton.server import Tryton
from tests.stories.engagement import Engagement
from tests.stories.people import People
from tests.stories.programs import BEGINS, NORTHWIND, GatewayProgram, sandbox_program

T = TypeVar("T")
LONGEST_REQUEST_SECONDS = 5
LEDGERS = {"erp-a": ("NWA-US", "NWA-DE")}


class EngagementOnTryton(Engagement):
    """An engagement whose ERP lives in the business time of the gateway."""

    def __init__(self, people: People, project: str, tryton: Tryton) -> None:
        super().__init__(people, project)
        self._tryton = tryton

    async def at(self, moment: str) -> None:
        """Let it be this moment in Tryton, then everywhere else."""
        _set(self._tryton, moment)
        await super().at(moment)


class VisitorOfTryton(Visitor):
    """A visitor of the gateway who sets Tryton's business time before everybody else's."""

    def __init__(self, people: People, session: aiohttp.ClientSession, tryton: Tryton) -> None:
        super().__init__(people.base_url, session, people.token_of)
        self._tryton = tryton

    async def send(
        self, who: str, method: str, path: str, body: object, into: type[T], *, key: str = ""
    ) -> T:
        """Return what a person gets for what they send."""
        if isinstance(body, BusinessTime):
            _set(self._tryton, body.now.isoformat())
        return await super().send(who, method, path, body, into, key=key)


class TrytonScene(Struct, frozen=True):
    """A gateway that serves a firm, and the line to its Tryton."""

    gateway: GatewayProgram
    engagement: EngagementOnTryton
    line: LossyProxy
    story: Story


@asynccontextmanager
async def tryton_scene(
    folder: Path,
    tryton: Tryton,
    *,
    firm: Path = NORTHWIND,
    project: str = "P-1001",
    ledgers: Mapping[str, Sequence[str]] = LEDGERS,
    losses: Sequence[Loss] = (),
) -> AsyncIterator[TrytonScene]:
    """Serve a firm on a Tryton, from empty directories, until the block ends.

    `ledgers` are the ERP instances that it is, and the companies of each. `losses` are those
    of the first answers to the writing of an invoice.
    """
    _set(tryton, BEGINS)
    line = LossyProxy(tryton.base_url, {invoices_of(tryton): losses})
    async with (
        sandbox_program(firm, folder / "sandbox") as address,
        line.serving(),
        aiohttp.ClientSession() as session,
    ):
        (folder / "strata.toml").write_text("".join(_settings(tryton, line, ledgers)))
        gateway = GatewayProgram(folder, firm, address, {})
        try:
            await gateway.start()
            people = People(gateway.base_url, gateway.data_dir, firm, session)
            control = SandboxControl(address.base_url, address.control_secret, session)
            visitor = VisitorOfTryton(people, session, tryton)
            story = Story(visitor, control, people.firm, firm, print)
            yield TrytonScene(gateway, EngagementOnTryton(people, project, tryton), line, story)
        finally:
            await gateway.stop()


def invoices_of(tryton: Tryton) -> str:
    """Return the path that invoices are written to."""
    return f"/{tryton.seeded.database}/rest/model/account.invoice"


def _set(tryton: Tryton, moment: str) -> None:
    assert tryton.time is not None
    tryton.time.set(datetime.fromisoformat(moment))


def _settings(
    tryton: Tryton, line: LossyProxy, ledgers: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """Return the settings that put Tryton in the place of ERPs of the sandbox."""
    for instance, companies in ledgers.items():
        config = msgspec.to_builtins(tryton.config())
        config["connection"]["base_url"] = line.base_url
        config["longest_request_seconds"] = LONGEST_REQUEST_SECONDS
        config["companies"] = {each: config["companies"][each] for each in companies}
        yield f"[systems.erp.{instance}]\nconnector = 'tryton'\nconfig = {_toml(config)}\n"


def _toml(value: object) -> str:
    """Write a value as TOML does in one line; its plain values are written as JSON's."""
    if isinstance(value, Mapping):
        said = {name: each for name, each in value.items() if each is not None}
        pairs = (f"{json.dumps(name)} = {_toml(each)}" for name, each in said.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return json.dumps(value)
