"""A message that was taken is followed once, though the gateway is killed before it follows it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.faults.killer import Killer
from tests.stories.engagement import Counts, Scene, scene
from tests.stories.people import until
from tests.stories.test_other_half import BEGINS, PROJECT, SECOND, deal_firm
from tests.stories.test_told_by_message import BOTH, TOLD, has_gone_round

ASKED = "GET /changes"


async def test_a_deal_whose_message_was_taken_is_opened_once_after_a_kill(tmp_path: Path) -> None:
    """Killed between the receipt and the effect, twice; then every message is followed."""
    firm = deal_firm(tmp_path / "firm", SECOND, SECOND)
    async with scene(tmp_path, firm=firm, begins=BEGINS, project=PROJECT, settings=TOLD) as stage:
        killer = Killer(stage, seed=1)
        await until(lambda: has_gone_round(stage), "the first round")
        await killer.lie_in_wait(ASKED, 1)
        await stage.engagement.at(BOTH)
        await killer.strike()
        taken = _statuses(stage)
        await killer.lie_in_wait(ASKED, 1)
        await stage.gateway.begin()
        await killer.strike()
        await stage.gateway.start()
        await stage.engagement.set_up()

        async def all_followed() -> bool:
            return set(_statuses(stage)) == {"followed"}

        await until(all_followed, "every message followed")
        counts = await stage.counts()
        code, said = await stage.gateway.run("audit", "verify")

    assert "waiting" in taken
    assert counts == Counts(projects=1, ledger_projects=1, invoices=0, payments=0)
    assert code == 0, said


def _statuses(stage: Scene) -> list[str]:
    """Return how far each message has come."""
    path = f"file:{stage.gateway.data_dir / 'strata.sqlite'}?mode=ro"
    with closing(sqlite3.connect(path, uri=True)) as store:
        return [str(row[0]) for row in store.execute("SELECT status FROM hints")]
