"""What gateways share in one store is told once under one Prometheus, and their own apart."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from system_apis.sandbox.server import SandboxAddress
from tests.governance.valkey import own_valkey
from tests.installed import had
from tests.observability.prometheus import program
from tests.observability.watched import Watched, watched
from tests.stories.people import People, until
from tests.stories.programs import NORTHWIND, GatewayProgram, sandbox_program

QUOTA, EACH = 500, 5
LEFT = 'strata_vendor_quota_remaining{instance="erp-a"}'
SPENT = 'sum(strata_vendor_budget_decisions_total{instance="erp-a"})'
ADMITTED = 'strata_rate_limit_decisions_total{api="/system/erp/v1",decision="allowed"}'


@pytest.mark.real
@pytest.mark.xdist_group("alerts")
async def test_one_quota_that_two_gateways_use_is_told_once_and_what_each_does_apart(
    tmp_path: Path,
) -> None:
    """The least that either knows to be left is what all calls of both have left."""
    had(lambda: program("prometheus"))
    async with _two(tmp_path) as gateways:
        seen = [(each.base_url, each.token_of("operator")) for each in gateways]
        async with watched(tmp_path / "watch", *seen) as watch:
            for each in [each for each in gateways for _ in range(EACH)]:
                answer = await each.call("finance", "GET", "/system/erp/v1/clients")
                assert answer.status == 200
            await until(lambda: _same(watch, f"sum({ADMITTED})", f"{2 * EACH}"), "all requests")
            await until(lambda: _same(watch, SPENT, f"{QUOTA} - min({LEFT})"), "one quota")
            told = [
                await watch.number(query)
                for query in (
                    f"count(count by (gateway) ({LEFT}))",
                    f"min({ADMITTED})",
                    f"max({ADMITTED})",
                )
            ]

    assert told == [2, EACH, EACH]


@asynccontextmanager
async def _two(folder: Path) -> AsyncIterator[list[People]]:
    """Run two gateways, each with books of its own, on the same systems and one store."""
    async with AsyncExitStack() as open_parts:
        valkey = open_parts.enter_context(own_valkey())
        address = await open_parts.enter_async_context(
            sandbox_program(NORTHWIND, folder / "sandbox")
        )
        session = await open_parts.enter_async_context(aiohttp.ClientSession())
        settings = {
            "STRATA_REDIS_URL": f"redis://127.0.0.1:{valkey.port}/0",
            "STRATA_ROUNDS_SECONDS": "3600",
        }
        people = []
        for name in ("one", "other"):
            (folder / name).mkdir()
            (folder / name / "strata.toml").write_text(_quota(address))
            gateway = GatewayProgram(folder / name, NORTHWIND, address, settings)
            open_parts.push_async_callback(gateway.kill)
            await gateway.start()
            people.append(People(gateway.base_url, gateway.data_dir, NORTHWIND, session))
        yield people


def _quota(address: SandboxAddress) -> str:
    table = "systems.erp.erp-a"
    return f"""
[{table}]
connector = 'sandbox'
[{table}.config.connection]
base_url = '{address.of("erp-a")}'
quota = {{calls_per_day = {QUOTA}}}
"""


async def _same(watch: Watched, one: str, other: str) -> bool:
    return await watch.number(f"{one} - ({other})") == 0
