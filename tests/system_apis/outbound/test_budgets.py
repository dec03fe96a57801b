"""A system's own quota is kept from outside in: told by its answers, shared by lanes."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import aiohttp
import pytest
from msgspec import Struct
from msgspec.structs import replace

from governance.access import Caller, acting_as
from governance.audit import Audit
from governance.lanes import Lane, in_lane
from governance.sensitive_reads import SensitiveReads
from governance.vendor_budgets import Budget, Budgets, Quota, SystemBudget, Terms
from observability.metrics import Metrics
from observability.tracing import Tracing
from store.clock import wall_clock
from system_apis.connections import Outside, connect_systems
from system_apis.connector import Connection, Request
from system_apis.connectors import SystemSettings
from system_apis.crm import sandbox as crm_sandbox
from system_apis.door import Warden
from system_apis.effects import Effects
from system_apis.errors import TryAgain
from system_apis.patience import Patience
from system_apis.sandbox.server import SandboxAddress, running_sandbox
from system_apis.systems import SystemKind, Systems
from system_apis.upstream import HttpUpstream
from tests.stores import empty_store
from tests.system_apis.outbound.conftest import Misbehaving

FIRM = Path(__file__).parents[3] / "northwind"
READER = Caller(
    subject="ana",
    client_id="integration",
    scopes=frozenset({"system:crm:read"}),
    entities=frozenset({"NWA-US", "NWA-DE", "HAL-UK"}),
)


class Office(Struct, frozen=True):
    """The firm's CRM and contracts behind their doors, and the sandbox that plays them."""

    sandbox: SandboxAddress
    session: aiohttp.ClientSession
    systems: Systems
    outside: Outside
    others: list[SystemSettings]

    @property
    def budgets(self) -> Budgets:
        """The budgets of the systems."""
        return self.outside.budgets

    @property
    def metrics(self) -> Metrics:
        """What is counted."""
        return self.outside.warden.metrics

    async def allow(self, calls_per_day: int) -> None:
        """Let the CRM answer so many calls a day."""
        async with self.session.put(
            f"{self.sandbox.base_url}/_sandbox/quotas",
            json={"instance": "crm", "calls_per_day": calls_per_day},
            headers={"Authorization": f"Bearer {self.sandbox.control_secret}"},
        ) as answer:
            assert answer.status == 200

    async def crm(self) -> SystemBudget:
        """Return the CRM's budget."""
        [found] = [each for each in await self.budgets.standing() if each.instance == "crm"]
        return found

    def refusals(self) -> float:
        """Return how often the CRM said that it was asked too much."""
        labels = {"system": "crm", "instance": "crm", "method": "GET", "status": "429"}
        name = "http_client_request_duration_seconds_count"
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    def failures(self, kind: str) -> float:
        """Return how many calls of the CRM failed in one way."""
        labels = {"system": "crm", "instance": "crm", "operation": "clients", "kind": kind}
        found = self.metrics.registry.get_sample_value("strata_upstream_failures_total", labels)
        return found or 0.0


@asynccontextmanager
async def _office(folder: Path, session: aiohttp.ClientSession) -> AsyncIterator[Office]:
    store, metrics = empty_store(folder / "strata.db"), Metrics()
    audit = Audit(store, wall_clock, folder / "heads.jsonl")
    budgets = Budgets(metrics)
    async with running_sandbox(FIRM, folder / "sandbox") as sandbox:
        outside = Outside(
            store=store,
            session=session,
            warden=Warden(
                Effects(store, wall_clock, audit),
                metrics,
                Tracing(),
                SensitiveReads(audit, store),
            ),
            budgets=budgets,
            clock=wall_clock,
        )
        settings = [
            SystemSettings(
                kind=SystemKind(name),
                instance=name,
                connector="sandbox",
                config={"connection": {"base_url": sandbox.of(name), "timeout_ms": 2_000}},
            )
            for name in ("crm", "contracts")
        ]
        systems = connect_systems(settings, [], outside)
        yield Office(sandbox, session, systems, outside, settings[1:])
    store.close()


@pytest.fixture
async def office(tmp_path: Path, session: aiohttp.ClientSession) -> AsyncIterator[Office]:
    """The firm's CRM, as Strata is connected to it."""
    async with _office(tmp_path, session) as open_office:
        yield open_office


async def _calls(office: Office, lane: Lane, most: int) -> int:
    """Return how many calls of a lane the CRM answered until one was refused."""
    with acting_as(READER), in_lane(lane):
        for made in range(most):
            try:
                await office.systems.crm.clients()
            except TryAgain:
                return made
    return most


async def test_the_crms_own_figure_is_learned_from_its_answers(office: Office) -> None:
    """Nobody set a quota: after the first answer the budget shows what the CRM says of it."""
    await office.allow(500)
    unknown = (await office.crm()).windows

    await _calls(office, Lane.SYNC, 1)

    told = await office.crm()
    assert unknown == []
    assert told.told_by_system
    assert (told.windows[0].limit, told.windows[0].used) == (500, 1)


async def test_the_lanes_share_what_the_crm_allows_and_it_never_has_to_refuse(
    office: Office,
) -> None:
    """Of twenty calls dashboards get fourteen, each lane above two more; the CRM sends no 429."""
    await office.allow(20)

    answered = [await _calls(office, lane, 50) for lane in reversed(Lane)]

    assert answered == [14, 2, 2, 2]
    assert office.refusals() == 0
    assert office.failures("budget") == 4


async def test_a_quota_that_others_used_up_is_met_once(office: Office) -> None:
    """The CRM's 429 says that nothing is left: it is not asked again that day."""
    await office.allow(1)
    url = office.sandbox.of("crm") + "/changes"
    async with office.session.get(url) as stranger:
        assert stranger.headers["Sforce-Limit-Info"] == "api-usage=1/1"
    await _calls(office, Lane.BILLING, 1)
    before = office.refusals()

    answered = await _calls(office, Lane.BILLING, 5)

    assert answered == 0
    assert before >= 1
    assert office.refusals() == before


async def test_every_try_of_a_read_is_counted(
    system: Misbehaving, session: aiohttp.ClientSession
) -> None:
    """A read that is sent three times has cost three calls of the system's quota."""
    budget = _erp_budget(Quota(calls_per_day=100))
    upstream = _upstream(system, session, budget, Patience(first_wait=0.001))
    with in_lane(Lane.BILLING), pytest.raises(TryAgain):
        await upstream.send(Request(operation="invoice", method="GET", path="/503"))

    assert (await budget.standing()).windows[0].used == 3
    assert system.asked["/erp-a/503"] == 3


async def test_a_refused_call_was_not_made_and_says_when_to_ask_again(
    system: Misbehaving, session: aiohttp.ClientSession
) -> None:
    """Beyond the quota a write is refused before it is sent, with the time until more comes."""
    upstream = _upstream(system, session, _erp_budget(Quota(calls_per_hour=1)), Patience())
    write = Request(
        operation="create_invoice", method="POST", path="/invoices", body=b"{}", writes=True
    )
    with in_lane(Lane.BILLING):
        await upstream.send(write)
        with pytest.raises(TryAgain) as refused:
            await upstream.send(write)

    assert timedelta() < refused.value.after <= timedelta(hours=1)
    assert system.asked["/erp-a/invoices"] == 1


def _erp_budget(quota: Quota) -> Budget:
    return Budgets(Metrics()).of(Terms(system="erp", instance="erp-a", quota=quota))


def _upstream(
    system: Misbehaving, session: aiohttp.ClientSession, budget: Budget, patience: Patience
) -> HttpUpstream:
    connection = Connection(base_url=system.base_url, timeout_ms=2_000)
    return HttpUpstream(connection, "erp", "erp-a", session, Metrics(), Tracing(), patience, budget)


async def test_a_connector_may_know_its_products_quota(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a connector says of its product holds, until the settings say something else."""
    product = ModuleType("system_apis.crm.metered")
    quota = Quota(calls_per_hour=7)
    vars(product).update(Config=crm_sandbox.Config, connect=crm_sandbox.connect, QUOTA=quota)
    monkeypatch.setitem(sys.modules, product.__name__, product)

    windows = {}
    for name, told in {"silent": {}, "set": {"calls_per_day": 5}}.items():
        budgets = Budgets(Metrics())
        connection = {"base_url": office.sandbox.of("crm"), "quota": told}
        crm = SystemSettings(
            kind=SystemKind.CRM,
            instance="crm",
            connector="metered",
            config={"connection": connection},
        )
        connect_systems([crm, *office.others], [], replace(office.outside, budgets=budgets))
        [standing] = [each for each in await budgets.standing() if each.instance == "crm"]
        windows[name] = [(each.window, each.limit) for each in standing.windows]

    assert windows == {"silent": [("hour", 7)], "set": [("day", 5)]}
