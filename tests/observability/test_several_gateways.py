"""Two gateways call the same systems under one Prometheus: both are heard, and told apart."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from system_apis.sandbox.server import SandboxAddress
from tests.installed import had
from tests.observability.prometheus import program
from tests.observability.watched import Called, Watched, watched
from tests.stories.books import Operator
from tests.stories.people import People, until
from tests.stories.programs import NORTHWIND, GatewayProgram, sandbox_program

AWAY = {"rules": [{"instance": "erp-b", "kind": "503-before"}]}
FAILING = Called("on-call", "StrataSystemFailing", "erp-b")
SAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TIMINGS = ("http_server_request_duration", "strata_layer_duration", "strata_upstream_duration")


@pytest.mark.real
@pytest.mark.xdist_group("alerts")
async def test_two_gateways_are_two_series_and_one_that_is_down_silences_nothing(
    tmp_path: Path,
) -> None:
    """Prometheus keeps the traces that the timings name."""
    had(lambda: program("prometheus"))
    for each in ("one", "other"):
        (tmp_path / each).mkdir()
    async with (
        sandbox_program(NORTHWIND, tmp_path / "sandbox") as address,
        aiohttp.ClientSession() as session,
        _gateway(tmp_path / "one", address, session) as (_, people),
        _gateway(tmp_path / "other", address, session) as (other, others),
    ):
        seen = [(each.base_url, each.token_of("operator")) for each in (people, others)]
        async with watched(tmp_path / "watch", *seen) as watch:
            await until(lambda: _both(watch), "both gateways' breakers of one system")
            await others.call("finance", "GET", "/system/crm/v1/clients", traceparent=SAMPLED)
            await until(lambda: _traced(watch), "the trace that three kinds of timings name")
            await other.kill()
            down = Called("on-call", "StrataDown", other.base_url.removeprefix("http://"))
            await until(lambda: _told(watch, down), "a page about the gateway that is down")
            await Operator(address, session).fail(**AWAY)
            await until(lambda: _told(watch, FAILING), "a page about erp-b by the one that runs")

    assert {each for each in watch.told if each.way == "on-call"} == {down, FAILING}


@asynccontextmanager
async def _gateway(
    folder: Path, address: SandboxAddress, session: aiohttp.ClientSession
) -> AsyncIterator[tuple[GatewayProgram, People]]:
    """Run a gateway with a data directory of its own on systems that others use too."""
    settings = {"STRATA_TRACING__OTLP_ENDPOINT": "http://127.0.0.1:9/v1/traces"}
    gateway = GatewayProgram(folder, NORTHWIND, address, settings)
    await gateway.start()
    try:
        yield gateway, People(gateway.base_url, gateway.data_dir, NORTHWIND, session)
    finally:
        await gateway.kill()


async def _both(watch: Watched) -> bool:
    by_gateway = 'count by (gateway) (strata_circuit_state{instance="crm"})'
    return await watch.number(f"count({by_gateway})") == 2


async def _traced(watch: Watched) -> bool:
    found = [await watch.asked("query_exemplars", f"{each}_seconds_bucket") for each in TIMINGS]
    return all(SAMPLED[3:35] in str(each) for each in found)


async def _told(watch: Watched, called: Called) -> bool:
    return called in watch.told
