"""What watching a governed read costs: its trace, by how many are kept, and its metrics.

The same read of one project, remembered, goes in process through the whole way in: with 100,
10, 1 and 0 % of traces kept, with no address for spans, without the stage that traces, without
the one that times the layer, and without the one that counts and writes the line. The sides
take turns, chunk by chunk, in one run; a figure is the CPU of this process for a request in µs,
until the threads that send spans and write lines are done, least of many chunks. Spans go to a
collector in another process. A run with a wrong answer or a lost span is void, and exits 1.
"""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import msgspec
import uvloop
from measuring.figures import short, turned
from msgspec import Struct
from reading.direct import Call, Headers, request_headers
from reading.ground import access_token, laid_ground
from reading.lacking import ways_in
from reading.sides import Made, Side, governed
from reading.sink import collecting

# Many, so that what a sending costs by itself weighs little; fewer than the queue of spans has
# room for.
CHUNK = 2_000
SPANLESS, UNTRACED, UNCOUNTED = "nowhere to send", "no trace", "no metric, no line"
UNSHARED = "no share of layers"
KEPT = {"100 %": 1.0, "10 %": 0.1, "1 %": 0.01, "0 %": 0.0}


class Cost(Struct, frozen=True, kw_only=True):
    """The CPU of a request in µs, and how much more that is than without the stage that traces."""

    side: str
    cpu_us: float
    over_untraced_us: float


class Report(Struct, frozen=True, kw_only=True):
    """What a run found; `void` says why it may not be quoted, if it may not."""

    chunks: int
    requests_a_chunk: int
    costs: list[Cost]
    spans_sent: int
    void: list[str]


@click.command()
@click.option("--chunks", type=click.IntRange(1), default=12, help="Of 2,000 requests, each side.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def main(chunks: int, *, as_json: bool) -> None:
    """Show what watching costs."""
    with TemporaryDirectory(prefix="strata-bench-") as folder, collecting() as collector:
        data_dir, url = Path(folder), collector.recv()
        token = access_token(data_dir, laid_ground(data_dir))
        least, wrong = uvloop.run(_measured(data_dir, url, request_headers(token), chunks))
        collector.send(None)
        report = _report(least, wrong, chunks, spans=collector.recv())
    click.echo(msgspec.json.encode(report) if as_json else "\n".join(_table(report)))
    sys.exit(1 if report.void else 0)


def _sides() -> dict[str, tuple[Made, bool]]:
    """Return each side, and whether its spans are sent anywhere."""
    lacking = ways_in()
    return {
        **{name: (partial(governed, kept=kept), True) for name, kept in KEPT.items()},
        SPANLESS: (governed, False),
        UNTRACED: (partial(governed, way_in=lacking["Trace"]), False),
        UNSHARED: (partial(governed, way_in=lacking["Own"], kept=0.0), True),
        UNCOUNTED: (partial(governed, way_in=lacking["Count"], kept=0.0), True),
    }


async def _measured(
    data_dir: Path, url: str, headers: Headers, chunks: int
) -> tuple[dict[str, float], int]:
    least, wrong = dict.fromkeys(_sides(), float("inf")), 0
    async with AsyncExitStack() as parts:
        opened = {
            name: await parts.enter_async_context(made(data_dir, "memory", url if sent else None))
            for name, (made, sent) in _sides().items()
        }
        # The first round warms up, and is as good as any other for the least.
        for number in range(chunks):
            for name in turned(list(opened), number):
                took, failed = await _chunk(opened[name], headers)
                least[name], wrong = min(least[name], took), wrong + failed
    return least, wrong


async def _chunk(side: Side, headers: Headers) -> tuple[float, int]:
    """Return the CPU of a request in µs, and how many were not answered well."""
    calls = [Call(headers) for _ in range(CHUNK)]
    began = time.process_time()
    for call in calls:
        await call.to(side.app)
    side.settle()
    took = (time.process_time() - began) / CHUNK * 1_000_000
    return took, sum(call.status != 200 for call in calls)


def _report(least: Mapping[str, float], wrong: int, chunks: int, *, spans: int) -> Report:
    void = [f"{wrong} requests were not answered well"] if wrong else []
    if spans < chunks * CHUNK:
        void.append(f"{spans} spans came, of more than {chunks * CHUNK} kept")
    bare = least[UNTRACED]
    costs = [Cost(side=s, cpu_us=us, over_untraced_us=us - bare) for s, us in least.items()]
    return Report(chunks=chunks, requests_a_chunk=CHUNK, costs=costs, spans_sent=spans, void=void)


def _table(report: Report) -> Iterator[str]:
    for each in report.costs:
        yield f"{each.side:20} {short(each.cpu_us):>6} µs {each.over_untraced_us:+7.1f} µs"
    yield f"{report.spans_sent} spans came"
    yield from (f"void: {reason}" for reason in report.void)


if __name__ == "__main__":
    main()
