"""What is told of a request arrives at real receivers, and one that is away holds nothing up."""

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

from observability.exporting import Wire
from observability.tracing import Config, Tracing
from tests.installed import had
from tests.observability.receivers import receivers, relay, tap
from tests.stories.engagement import Scene, scene
from tests.stories.people import until
from tests.stories.traced import PARENT, TRACE, check_traced, ran_under

pytestmark = pytest.mark.real
# A receiver that says nothing is given up after a second instead of ten.
SOON = {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "1"}
NOT_TAKEN = 'strata_spans_dropped_total{reason="not_taken"}'


async def test_one_trace_comes_by_grpc_and_nothing_waits_when_its_receiver_hangs(
    tmp_path: Path,
) -> None:
    """A request, its process and its calls; later requests and the end come as quickly as ever."""
    had(receivers)
    async with tap(tmp_path) as at, relay(tmp_path, at) as between:
        settings = SOON | {
            "STRATA_TRACING__OTLP_ENDPOINT": between.by_grpc,
            "STRATA_TRACING__OTLP_PROTOCOL": "grpc",
        }
        async with scene(tmp_path, settings=settings) as stage:
            await stage.engagement.set_up()
            event = await stage.engagement.first_check()
            await check_traced(stage, event.billing_event_id)
            await at.come("project-to-cash.check")
            ours = [each for each in at.spans() if each.trace_id == TRACE]
            await between.hang()
            await check_traced(stage, event.billing_event_id)
            await until(lambda: _counts_losses(stage), "spans that are counted as lost")
            ended = await stage.gateway.stop()
            lines = [json.loads(each) for each in stage.gateway.said().splitlines()[1:]]

    [request] = [each for each in ours if each.name.endswith("/check")]
    [step] = [each for each in ours if each.name == "project-to-cash.check"]
    assert request.parent_span_id == PARENT
    assert request.told("http.response.status_code") == "202"
    assert step.parent_span_id == request.span_id
    above = {each.span_id: each for each in ours}
    calls = [each for each in ours if each.name == "GET time_entries"]
    assert {each.told("strata.system") for each in calls} == {"psa"}
    assert all(ran_under(call, step, above) for call in calls)
    assert ended
    assert any(each["event"] == "traces are lost" for each in lines)


@pytest.mark.parametrize("wire", list(Wire))
async def test_a_receiver_that_hangs_or_is_gone_costs_its_spans_and_nothing_else(
    tmp_path: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it took before is there; what it did not is counted, and why is said."""
    had(receivers)
    monkeypatch.setenv(*next(iter(SOON.items())))
    lost: Counter[str] = Counter()
    said: list[str] = []
    async with tap(tmp_path) as at, relay(tmp_path, at) as between:
        address = between.by_grpc if wire is Wire.GRPC else between.by_http
        config = Config(sample_ratio=1.0, otlp_endpoint=address, otlp_protocol=wire)
        tracing = Tracing(
            config, dropped=lambda why, count: lost.update({why: count}), said=said.append
        )
        _note(tracing, "taken")
        await asyncio.to_thread(tracing.flush)
        await at.come("taken")
        await between.hang()
        _note(tracing, "hung")
        await asyncio.to_thread(tracing.flush)
        hung = lost.copy()
        await between.vanish()
        _note(tracing, "gone")
        await asyncio.to_thread(tracing.flush)
        await asyncio.to_thread(tracing.close)

    assert hung == {"not_taken": 1}
    assert lost == {"not_taken": 2}
    # The library says once what is the same of both.
    assert len(said) in {1, 2}


def _note(tracing: Tracing, name: str) -> None:
    """Tell of a request."""
    tracing.begin(None).end(lambda: (name, {}), failed=False)


async def _counts_losses(stage: Scene) -> bool:
    page = (await stage.people.call("operator", "GET", "/metrics")).body.decode()
    return any(line.startswith(NOT_TAKEN) for line in page.splitlines())
