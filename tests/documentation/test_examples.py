"""The code that the guides print: it does what the guide says of it."""

import sys
from collections.abc import Iterator, Mapping
from inspect import iscoroutinefunction
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from gateway.mounting import read_api
from process_apis.engine import Process
from process_apis.events.billing import InvoiceRejected
from system_apis.canonical.money import Money
from system_apis.canonical.party import ClientStatus
from system_apis.canonical.sales import Stage
from system_apis.connector import Connection, Reply, Request
from system_apis.crm.interface import Crm
from tests.documentation.pages import ROOT, blocks

FIRM = {"key": "f1", "code": "C-1", "name": "Acme", "country": "US", "buys": True}
DEAL = {
    "key": "d7",
    "dealNo": "OPP-7",
    "title": "Roll-out",
    "firm": "f1",
    "won": "2026-09-01T12:00:00Z",
    "worth": "1200.5",
    "currency": "USD",
}
EVENTS = [
    {"no": 9, "kind": "deal", "key": "d7", "revision": 3, "at": "2026-09-01T12:00:00Z"},
    {"no": 10, "kind": "firm", "key": "f1", "revision": 1, "at": "2026-09-01T12:00:00Z"},
]


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


class Dealbook:
    """An upstream that answers as Dealbook would."""

    instance = "deals"

    def __init__(self) -> None:
        self.asked: list[Request] = []

    async def send(self, request: Request) -> Reply:
        """Answer a request from what there is, and a note with the note."""
        self.asked.append(request)
        answers: Mapping[str, object] = {
            "/deals/d7": DEAL,
            "/deals": {"deals": [DEAL], "next": "2"},
            "/firms/f1": FIRM,
            "/firms": {"firms": [FIRM]},
            "/events": EVENTS,
        }
        body = request.body or msgspec.json.encode(answers[request.path])
        return Reply(system="deals", status=200, headers={}, body=body, writes=request.writes)


class Ids:
    """Cross references that spell an id out."""

    async def ids_of(self, record_type: str, record_ids: list[str]) -> list[str]:
        """Return ours for theirs."""
        return [f"{record_type}-{each}" for each in record_ids]

    async def record_of(self, record_type: str, canonical_id: str) -> str:
        """Return theirs for ours."""
        return canonical_id.removeprefix(f"{record_type}-")


@pytest.fixture
def upstream() -> Dealbook:
    """Where the guide's connector finds its system."""
    return Dealbook()


@pytest.fixture
def crm(written: list[str], upstream: Dealbook) -> Crm:
    """The connector of the guide, before its system."""
    module = written_as("system_apis.crm.dealbook", "add-a-connector.md", "connector", written)
    config = module.Config(connection=Connection(base_url="http://127.0.0.1:1"))
    connected = module.connect(config, upstream, Ids())
    assert isinstance(connected, Crm)
    return connected


async def test_the_connector_of_the_guide_is_one(crm: Crm, upstream: Dealbook) -> None:
    """It reads a record, a page and the feed in our words, with our ids."""
    one = await crm.opportunity("opportunity-d7")
    page = await crm.opportunities(number="OPP-7")
    client = await crm.client("client-f1")
    clients = await crm.clients(cursor="5")
    feed = await crm.changes(after=8)

    assert (one.id, one.client_id, one.number) == ("opportunity-d7", "client-f1", "OPP-7")
    assert (one.stage, one.amount) == (Stage.CLOSED_WON, Money("1200.50", "USD"))
    assert (page.items, page.next_cursor) == ([one], "2")
    assert (client.number, client.status) == ("C-1", ClientStatus.ACTIVE)
    assert (clients.items, clients.next_cursor) == ([client], None)
    assert [(each.sequence, each.id, each.version) for each in feed.items] == [
        (9, "opportunity-d7", 3),
        (10, "client-f1", 1),
    ]
    queries = [each.query for each in upstream.asked]
    assert queries == [{}, {"dealNo": "OPP-7"}, {}, {"after": "5"}, {"after": "8"}]


async def test_the_connector_of_the_guide_declares_what_it_writes(
    crm: Crm, upstream: Dealbook
) -> None:
    """Each write is known as one, has a mode, and puts the same however often it is done."""
    await crm.link_project("opportunity-d7", "P-7", key="link:7")
    await crm.link_project("opportunity-d7", "P-7", key="link:7")
    await crm.unlink_project("opportunity-d7", key="unlink:7")

    linked, again, unlinked = upstream.asked
    assert linked == again
    assert {each.operation for each in upstream.asked} == set(crm.writes)
    assert all(each.writes and each.path == "/deals/d7/note" for each in upstream.asked)
    assert (linked.body, unlinked.body) == (b'{"project":"P-7"}', b'{"project":null}')


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
    name = "experience_apis.partners.v1"
    module = written_as(name, "add-an-experience.md", "experience", written)

    api = read_api(module)

    assert api.policy.path == "/experience/partners/v1"
    assert [each.name for each in api.operations] == ["waiting"]
