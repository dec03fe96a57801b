"""A deal arrives by a signed message of its system, before anybody asks the system."""

from pathlib import Path

from process_apis.engagements import EngagementStatus
from tests.stories.engagement import Scene, scene
from tests.stories.people import until
from tests.stories.test_other_half import BEGINS, PROJECT, SECOND, deal_firm

# No round but those at the start and after an answer or a message.
TOLD = {"STRATA_SANDBOX_WEBHOOKS": "true", "STRATA_ROUNDS_SECONDS": "3600"}
BOTH = "2027-02-11T08:00:00Z"


async def test_a_deal_arrives_by_message_before_the_feed_is_asked(tmp_path: Path) -> None:
    """The CRM tells of the win, the contract system of the signature; the project is opened."""
    firm = deal_firm(tmp_path / "firm", SECOND, SECOND)
    async with scene(tmp_path, firm=firm, begins=BEGINS, project=PROJECT, settings=TOLD) as stage:
        await until(lambda: has_gone_round(stage), "the first round")
        await stage.engagement.at(BOTH)
        project = await stage.engagement.set_up()
        metrics = (await stage.people.call("operator", "GET", "/metrics")).body.decode()
        code, said = await stage.gateway.run("audit", "verify")

    assert project.status is EngagementStatus.ACTIVE
    assert all(_taken(metrics, each) > 0 for each in ("sales", "paper", "work", "books"))
    assert 'outcome="held"' not in metrics
    assert 'outcome="forged"' not in metrics
    assert code == 0, said


async def has_gone_round(stage: Scene) -> bool:
    """Whether every feed was read once since the start."""
    metrics = (await stage.people.call("operator", "GET", "/metrics")).body.decode()
    return 'heartbeat_timestamp_seconds{worker="rounds"}' in metrics


def _taken(metrics: str, source: str) -> float:
    line = f'strata_webhooks_received_total{{outcome="received",source="{source}"}} '
    found = [each for each in metrics.splitlines() if each.startswith(line)]
    return float(found[0].removeprefix(line)) if found else 0.0
