"""A system that is away for long holds back its own work, and nobody else's."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from experience_apis.worklist.v1 import Worklist
from process_apis.project_to_cash.records import EventStatus, InvoiceStage
from system_apis.sandbox.server import SandboxAddress
from tests.stories.engagement import MORNING, Engagement, scene
from tests.stories.programs import NORTHWIND, GatewayProgram, sandbox_program

# Longer than the first few tries of a step take, so that who gives up early is seen.
LONG_SECONDS = 12
FEED = ("a system fails", "erp-b", "changes")
AWAY = {"rules": [{"instance": "erp-b", "kind": "503-before"}]}


async def test_billing_of_other_companies_goes_on_while_one_erp_is_away(tmp_path: Path) -> None:
    """The others post; what needs the absent ERP waits, nobody is bothered, and then it posts."""
    async with scene(tmp_path) as stage:
        british = Engagement(stage.people, "P-3001")
        dutch = Engagement(stage.people, "P-2002")
        await british.set_up()
        await dutch.set_up()
        await stage.operator.fail(**AWAY)
        await british.at(MORNING)
        await dutch.approve("U-PM2", "P-2002: invoice of")
        posted = await dutch.invoice(InvoiceStage.POSTED)
        held = await british.readiness()
        await asyncio.sleep(LONG_SECONDS)
        bothered = await stage.people.read("operator", "/experience/worklist/v1/", Worklist)
        await stage.operator.fail()
        await british.approve("U-PM3", "P-3001: invoice of")
        late = await british.invoice(InvoiceStage.POSTED)

    assert posted.posted == posted.expected
    assert held.status is EventStatus.PLANNED
    assert [each for each in bothered.items if each.legal_entity == "HAL-UK"] == []
    assert late.posted == late.expected


async def test_the_log_tells_once_that_an_erp_is_away_and_once_that_it_is_back(
    tmp_path: Path,
) -> None:
    """Nobody has to ask for it: its change feed is followed all the time."""
    log = tmp_path / "gateway.log"
    async with sandbox_program(NORTHWIND, tmp_path / "sandbox") as address:
        gateway = GatewayProgram(tmp_path, NORTHWIND, address, {})
        await gateway.start()
        await _fail(address, AWAY)
        await _until_told(log, "a system fails")
        await asyncio.sleep(1)  # the feed is asked again meanwhile, and fails again
        await _fail(address, {"rules": []})
        await _until_told(log, "a system works again")
        ended = await gateway.stop()

    told = _told(log)
    assert {instance for _, instance, _ in told} == {"erp-b"}
    assert len(set(told)) == len(told)
    assert {FEED, ("a system works again", *FEED[1:])} <= set(told)
    assert ended


async def _fail(address: SandboxAddress, plan: object) -> None:
    url = f"{address.base_url}/_sandbox/faults"
    headers = {"authorization": f"Bearer {address.control_secret}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.put(url, json=plan) as answer,
    ):
        assert answer.status == 200


async def _until_told(log: Path, event: str) -> None:
    async with asyncio.timeout(60):
        while (event, *FEED[1:]) not in _told(log):
            await asyncio.sleep(0.05)


def _told(log: Path) -> list[tuple[str, str, str]]:
    """Return which lines tell that a system fails or works again, and of which operation."""
    lines = [each for each in log.read_bytes().splitlines() if b'"a system ' in each]
    found: list[dict[str, Any]] = [msgspec.json.decode(each) for each in lines]
    return [(each["event"], each["instance"], each["operation"]) for each in found]
