"""A governed read of one project, beside a bare Litestar route and raw ASGI.

All three return the same view of the same read, once from the store (SQLite, a thousand
projects) and once with that read remembered, so that the gateway's own share is seen. Called
in process (CPU, least of many chunks) and over HTTP on uvicorn (medians of paired rounds).
A run with an answer that is not 2xx, or has another body, is void, and exits 1.
"""

import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import msgspec
import uvloop
from reading.direct import Direct, measure_direct
from reading.ground import access_token, laid_ground
from reading.report import Report, report_of, show
from reading.sink import span_sink
from reading.wire import Rounds, Wired, measure_wired

REGISTERS = ("store", "memory")


@click.command()
@click.option("--rounds", type=click.IntRange(0), default=5, help="Rounds over HTTP.")
@click.option("--seconds", type=float, default=1.5, help="A side's load in a round.")
@click.option("--direct-seconds", type=float, default=3.0, help="A side's share in process.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def main(rounds: int, seconds: float, direct_seconds: float, *, as_json: bool) -> None:
    """Compare a governed read with a bare Litestar route and raw ASGI."""
    report = _measured(Rounds(rounds, seconds), direct_seconds)
    click.echo(msgspec.json.encode(report) if as_json else "\n".join(show(report)))
    sys.exit(1 if report.void else 0)


def _measured(plan: Rounds, direct_seconds: float) -> Report:
    direct: list[Direct] = []
    wired: list[Wired] = []
    with TemporaryDirectory(prefix="strata-bench-") as folder, span_sink() as sink:
        data_dir = Path(folder)
        token = partial(access_token, data_dir, laid_ground(data_dir))
        for register in REGISTERS:
            direct += uvloop.run(
                measure_direct(data_dir, register, sink.url, token(), direct_seconds)
            )
            if plan.rounds:
                wired += uvloop.run(measure_wired(data_dir, register, sink.url, token, plan))
    return report_of(direct, wired, sink.spans)


if __name__ == "__main__":
    main()
