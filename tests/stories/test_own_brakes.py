"""On call is told apart what a system does not do, what it says no to, and what we never asked."""

import asyncio
from pathlib import Path

from experience_apis.operations.views import Incident
from process_apis.project_to_cash.records import InvoiceStage
from tests.stories.engagement import Scene, scene
from tests.stories.people import until
from tests.stories.test_closed_period import STORY, resolve
from tests.stories.test_on_call import incidents, replay

SLOW = {"rules": [{"instance": "erp-a", "kind": "commit-then-slow"}]}
CLIENTS, AT_ONCE = "/system/erp/v1/clients", 6
BRAKES = {"erp-a": "timeout_ms = 500\nconcurrency = 1", "erp-b": "quota = {calls_per_hour = 1}"}
OURS = {"queue", "circuit_open", "timeout"}


async def test_a_no_a_slow_system_and_our_own_brakes_are_told_apart(tmp_path: Path) -> None:
    """A closed month, a system that is slow, and a quota that is used up, in one night."""
    async with scene(tmp_path) as stage:
        draft = await stage.engagement.drafted()
        await stage.engagement.approve("project_manager", "invoice of")
        await stage.operator.set_period(*STORY, is_open=False)
        await stage.engagement.approve("finance", "invoice of")
        stopped = await stage.engagement.asked("finance", "PERIOD_CLOSED")
        said_no = await _of(stage, "erp-a")
        await stage.gateway.kill()
        (tmp_path / "strata.toml").write_text(_settings(stage))
        await stage.operator.fail(**SLOW)
        await stage.gateway.start()
        slow = await until(lambda: _slow(stage), "how erp-a fails")
        spent = await until(lambda: _of(stage, "erp-b"), "erp-b, whose quota is used up")
        page = (await stage.people.call("operator", "GET", "/metrics")).body.decode()
        replayed = await replay(stage)
        await stage.operator.fail()
        await stage.operator.set_period(*STORY, is_open=True)
        await resolve(stage, "finance", stopped.act_at)
        posted = await stage.engagement.invoice(InvoiceStage.POSTED)

    assert not said_no or "post_invoice" not in {each.operation for each in said_no.operations}
    assert _ways(slow) >= OURS | {"business"}
    assert (_ways(spent), spent.breaker, spent.quota[0].remaining) == ({"budget"}, "closed", 0)
    assert _counted(page, "erp-a") >= OURS
    assert _counted(page, "erp-b") == {"budget"}
    assert replayed.replayed == []
    assert posted.posted == draft.expected


def _settings(stage: Scene) -> str:
    tables = []
    for instance, words in BRAKES.items():
        table = f"systems.erp.{instance}"
        address = f"base_url = '{stage.operator.address_of(instance)}'"
        tables += [f"[{table}]", "connector = 'sandbox'"]
        tables += [f"[{table}.config.connection]", address, words]
    return "\n".join(tables)


async def _of(stage: Scene, instance: str) -> Incident | None:
    return next((each for each in await incidents(stage) if each.system == instance), None)


async def _slow(stage: Scene) -> Incident | None:
    """Return what is told of the slow system, once its clients were asked for in vain."""
    asked = (stage.people.call("finance", "GET", CLIENTS) for _ in range(AT_ONCE))
    assert {each.status for each in await asyncio.gather(*asked)} == {503}
    told = await _of(stage, "erp-a")
    return told if told and _ways(told) >= OURS else None


def _counted(page: str, instance: str) -> set[str]:
    """Return the ways in which a system's calls came to nothing, by the metrics."""
    label = f'strata_upstream_failures_total{{instance="{instance}",kind="'
    lines = (each for each in page.splitlines() if each.startswith(label))
    return {each.removeprefix(label).partition('"')[0] for each in lines}


def _ways(told: Incident) -> set[str]:
    return {each.kind for each in told.kinds}
