"""The code that the guides print: it does what the guide says of it."""

import sys
from collections.abc import Iterator, Mapping
from datetime import date
from inspect import iscoroutinefunction
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from gateway.mounting import read_api
from process_apis.engine import Process
from process_apis.events import InvoiceRejected
from system_apis.connector import Connection, Reply, Request
from system_apis.contracts.interface import Contracts
from tests.documentation.pages import ROOT, blocks

PAPER = {
    "key": "p7",
    "paperNo": "CT-7",
    "revision": 3,
    "deal": "OPP-7",
    "account": "a1",
    "unit": "ACME-US",
    "job": "P-7",
    "currency": "USD",
    "starts": "2026-10-01",
    "ends": "2026-12-31",
    "signed": "2026-09-01T12:00:00Z",
    "checksum": "abc",
}
EVENT = {"no": 9, "paper": "p7", "revision": 3, "at": "2026-09-01T12:00:00Z"}


@pytest.fixture
def written() -> Iterator[list[str]]:
    """The names of modules that a test has written, which are forgotten after it."""
    names: list[str] = []
    yield names
    for name in names:
        sys.modules.pop(name, None)


def written_as(name: str, page: str, mark: str, written: list[str]) -> ModuleType:
    """Return the example of a guide as the module that the guide says to write."""
    [example] = [b for b in blocks(ROOT / "docs" / page) if mark in b.marks]
    module = ModuleType(name)
    sys.modules[name] = module
    written.append(name)
    code = compile(example.text, str(Path("docs") / page), "exec")
    exec(code, module.__dict__)  # noqa: S102  # the guide's own example
    return module


class Papers:
    """An upstream that answers as Paperly would."""

    instance = "papers"

    def __init__(self) -> None:
        self.asked: list[Request] = []

    async def send(self, request: Request) -> Reply:
        """Answer a request from what there is."""
        self.asked.append(request)
        answers: Mapping[str, object] = {
            "/papers/p7": PAPER,
            "/papers": {"papers": [PAPER], "next": "2"},
            "/events": [EVENT],
        }
        body = msgspec.json.encode(answers[request.path])
        return Reply(system="papers", status=200, headers={}, body=body, writes=request.writes)


class Ids:
    """Cross references that spell an id out."""

    async def ids_of(self, record_type: str, record_ids: list[str]) -> list[str]:
        """Return ours for theirs."""
        return [f"{record_type}-{each}" for each in record_ids]

    async def record_of(self, record_type: str, canonical_id: str) -> str:
        """Return theirs for ours."""
        return canonical_id.removeprefix(f"{record_type}-")


async def test_the_connector_of_the_guide_is_one(written: list[str]) -> None:
    """It reads a contract, a page and the feed in our words, with our ids."""
    name = "system_apis.contracts.paperly"
    module = written_as(name, "add-a-connector.md", "connector", written)
    config = module.Config(connection=Connection(base_url="http://127.0.0.1:1"))
    upstream = Papers()

    contracts = module.connect(config, upstream, Ids())

    assert isinstance(contracts, Contracts)
    one = await contracts.contract("contract-p7")
    page = await contracts.contracts(number="CT-7")
    feed = await contracts.changes(after=8)
    assert (one.id, one.client_id, one.number) == ("contract-p7", "client-a1", "CT-7")
    assert one.effective_to == date(2026, 12, 31)
    assert page.items == [one]
    assert page.next_cursor == "2"
    assert [(each.sequence, each.id, each.version) for each in feed.items] == [
        (9, "contract-p7", 3)
    ]
    assert upstream.asked[1].query == {"paperNo": "CT-7"}


def test_the_process_of_the_guide_is_one(written: list[str]) -> None:
    """It is a process on the event that the guide names, with steps that can be awaited."""
    name = "process_apis.rejected_drafts.process"
    module = written_as(name, "add-a-process.md", "process", written)
    stream = module.RejectedDrafts(billing=None)

    [process] = module.processes(stream)

    assert isinstance(process, Process)
    assert process.on is InvoiceRejected
    assert iscoroutinefunction(stream.release)


def test_the_experience_of_the_guide_can_be_mounted(written: list[str]) -> None:
    """It passes the examination at start-up, at the address that its path says."""
    name = "experience_apis.executive.v1"
    module = written_as(name, "add-an-experience.md", "experience", written)

    api = read_api(module)

    assert api.policy.path == "/experience/executive/v1"
    assert [each.name for each in api.operations] == ["waiting"]
