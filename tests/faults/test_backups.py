"""A backup that is taken at work is of one moment; what was done after it is not done twice."""

import shutil
from pathlib import Path

from process_apis.project_to_cash.records import InvoiceStage
from tests.faults.killer import ANY_WRITE
from tests.stories.engagement import EACH_ONCE, Scene, scene
from tests.stories.people import until
from tests.stories.programs import GatewayProgram


async def _taken(gateway: GatewayProgram, path: Path) -> None:
    code, said = await gateway.run("backup", "--to", str(path))
    assert code == 0, said


async def _went_back_to(stage: Scene, backup: Path) -> None:
    """Lose the data directory, put a backup in its place, and serve from that."""
    await stage.gateway.kill()
    stage.gateway.data_dir.rename(stage.gateway.data_dir.with_name("lost"))
    code, said = await stage.gateway.run(
        "restore", str(backup), "--into", str(stage.gateway.data_dir)
    )
    assert code == 0, said
    await stage.gateway.start()


async def _played(stage: Scene) -> bool:
    return bool((await stage.operator.faults()).log)


async def test_what_was_done_after_a_backup_is_found_and_not_done_twice(tmp_path: Path) -> None:
    """One is of a set-up at its first write, one of a draft whose invoice is posted meanwhile."""
    async with scene(tmp_path, serving=False) as stage:
        slow = {"operation": ANY_WRITE, "nth": 1, "kind": "commit-then-slow"}
        await stage.operator.fail(rules=[slow])
        await stage.gateway.start()
        await until(lambda: _played(stage), "the first write of the set-up")
        await _taken(stage.gateway, tmp_path / "at-work")
        await stage.operator.fail()
        await stage.engagement.set_up()
        await _went_back_to(stage, tmp_path / "at-work")
        await stage.engagement.drafted()
        await _taken(stage.gateway, tmp_path / "drafted")
        await stage.engagement.approved_by_all()
        await stage.engagement.invoice(InvoiceStage.POSTED)
        shutil.rmtree(tmp_path / "lost")
        await _went_back_to(stage, tmp_path / "drafted")
        await stage.engagement.approved_by_all()
        await stage.engagement.paid()
        counts = await stage.counts()
        code, said = await stage.gateway.run("verify")
        whole, audited = await stage.gateway.run("audit", "verify")

    assert counts == EACH_ONCE
    assert code == 0, said
    assert whole == 0, audited
