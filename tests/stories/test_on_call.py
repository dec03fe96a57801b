"""Who is on call learns from one answer which system failed whom, and replays its work there."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from experience_apis.operations.views import Incident, IncidentList
from gateway.on_call import EVERY_SECONDS
from process_apis.exceptions.queue import Replay
from process_apis.project_to_cash.records import InvoiceStage
from system_apis.failing import FailureKind
from tests.stories.engagement import Counts, Scene, scene
from tests.stories.people import until

GARBLED = {"rules": [{"instance": "erp-a", "kind": "commit-then-garbage"}]}
AWAY = {"rules": [{"instance": "erp-b", "kind": "503-before"}]}
KEPT = "SELECT count(*) FROM failing_operations WHERE instance = 'erp-b'"
ROUND = 'strata_worker_heartbeat_timestamp_seconds{worker="failures"} '
OPERATIONS, POSTING = "/experience/operations/v1", "project-to-cash.post"
UNPAID = Counts(projects=1, ledger_projects=1, invoices=1, payments=0)


async def incidents(stage: Scene) -> list[Incident]:
    """Return what people on call are told."""
    return (await stage.people.read("operator", f"{OPERATIONS}/incidents", IncidentList)).items


async def stranded(stage: Scene) -> Incident:
    """Wait until the ERP has stranded the posting, and return what is told of it."""

    async def told() -> Incident | None:
        found = [each for each in await incidents(stage) if each.system == "erp-a"]
        runs = {run.process: each for each in found for run in each.stranded}
        return runs.get(POSTING)

    return await until(told, "a stranded posting")


async def counted_money(stage: Scene) -> str:
    """Wait until the metrics say that money waits for the ERP, and return that line."""

    async def told() -> str | None:
        page = (await stage.people.call("operator", "GET", "/metrics")).body.decode()
        lines = [each for each in page.splitlines() if each.startswith("strata_waiting_amount{")]
        return next((each for each in lines if 'instance="erp-a"' in each), None)

    return await until(told, "money that waits in the metrics")


async def replay(stage: Scene) -> Replay:
    """Replay what the ERP stranded."""
    wish = {"note": "the ERP is mended"}
    path = f"{OPERATIONS}/systems/erp-a/replay"
    return (await stage.people.call("operator", "POST", path, wish)).read(Replay)


async def test_on_call_sees_what_waits_for_a_system_and_replays_it_from_there(
    tmp_path: Path,
) -> None:
    """Nothing is lost, nothing is done twice, and no money waits any more."""
    async with scene(tmp_path) as stage:
        draft = await stage.engagement.drafted()
        await stage.operator.fail(**GARBLED)
        await stage.engagement.approved_by_all()
        told = await stranded(stage)
        metrics = await counted_money(stage)
        refused = await stage.people.call("finance", "GET", f"{OPERATIONS}/incidents")
        await stage.gateway.kill()
        await stage.gateway.start()
        restarted = await stranded(stage)
        await stage.operator.fail()
        first, again = await replay(stage), await replay(stage)
        posted = await stage.engagement.invoice(InvoiceStage.POSTED)
        await stage.settled()
        counted, after = await stage.counts(), await incidents(stage)

    [case] = [each.exception_id for each in told.stranded if each.process == POSTING]
    [look] = [each for each in told.operations if each.operation == "changes"]
    assert (look.api, look.kind, look.processes) == (
        "/system/erp/v1",
        FailureKind.MALFORMED,
        ["intake"],
    )
    assert told.since is not None
    assert {POSTING, "intake"} <= set(told.processes)
    assert (told.breaker, bool(told.trace_ids)) == ("closed", True)
    assert told.unprocessed_seconds is not None
    [known] = [each for each in restarted.operations if each.operation == "changes"]
    assert (restarted.since, known.since, known.kind) == (told.since, look.since, look.kind)
    assert "malformed" in _ways(told)
    assert _ways(told) <= _ways(restarted)
    assert set(told.processes) <= set(restarted.processes)
    assert restarted.answered_at == told.answered_at
    assert restarted.money_waiting == told.money_waiting
    assert told.money_waiting == [draft.expected]
    assert metrics == 'strata_waiting_amount{currency="USD",instance="erp-a"} 58640.5'
    assert refused.status == 403
    assert case in first.replayed
    assert not set(first.replayed) & set(again.replayed)
    assert posted.posted == posted.expected == draft.expected
    assert counted == UNPAID
    assert [each for each in after if each.money_waiting or each.stranded] == []


async def test_what_began_to_fail_a_moment_before_a_kill_is_known_after_it(tmp_path: Path) -> None:
    """It is written when it begins, not when the next round is due."""
    async with scene(tmp_path) as stage:
        due = await until(lambda: _round_due(stage), "the first round")
        await stage.operator.fail(**AWAY)
        told = await until(lambda: _erp_b(stage), "erp-b failing")
        await until(lambda: _kept(stage), "erp-b in the books")
        kept_at = time.time()
        await stage.gateway.kill()
        await stage.gateway.start()
        known = await until(lambda: _erp_b(stage), "erp-b failing still")

    assert kept_at < due
    assert (known.since, known.kinds[0].kind) == (told.since, "refused")


def _ways(told: Incident) -> set[str]:
    return {each.kind for each in told.kinds}


async def _round_due(stage: Scene) -> float | None:
    page = (await stage.people.call("operator", "GET", "/metrics")).body.decode()
    lines = [each for each in page.splitlines() if each.startswith(ROUND)]
    return float(lines[0].removeprefix(ROUND)) + EVERY_SECONDS if lines else None


async def _erp_b(stage: Scene) -> Incident | None:
    return next((each for each in await incidents(stage) if each.system == "erp-b"), None)


async def _kept(stage: Scene) -> bool:
    path = f"file:{stage.gateway.data_dir / 'strata.sqlite'}?mode=ro"
    with closing(sqlite3.connect(path, uri=True)) as store:
        return bool(store.execute(KEPT).fetchone()[0])
