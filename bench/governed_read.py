"""A governed read of one project, beside a bare Litestar route and raw ASGI.

All three return the same view of the same read, once from the store (SQLite, a thousand
projects) and once with that read remembered, so that the gateway's own share is seen. Called
in process (CPU, least of many chunks) and over HTTP on uvicorn (median of paired rounds).
A run with an answer that is not 2xx, or not the same body, is void, and exits 1.
"""

import asyncio
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import msgspec
import uvloop
from measuring.children import say
from msgspec import Struct
from reading.direct import Direct, measure_direct
from reading.ground import access_token, laid_ground
from reading.report import Report, report_of, show
from reading.sides import SIDES
from reading.sink import Sink, span_sink
from reading.wire import Rounds, Wired, measure_wired, serve_side

REGISTERS = ("store", "memory")


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=5, help="Rounds over HTTP.")
@click.option("--seconds", type=float, default=1.5, help="A side's load in a round.")
@click.option("--direct-seconds", type=float, default=3.0, help="A side's share in process.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--side", type=click.Choice(list(SIDES)), hidden=True)
@click.option("--register", type=click.Choice(REGISTERS), hidden=True)
@click.option("--data-dir", type=click.Path(path_type=Path), hidden=True)
@click.option("--sink", hidden=True)
def main(
    rounds: int,
    seconds: float,
    direct_seconds: float,
    side: str | None,
    register: str,
    data_dir: Path,
    sink: str,
    *,
    as_json: bool,
) -> None:
    """Compare a governed read with a bare Litestar route and raw ASGI."""
    if side is not None:
        uvloop.run(serve_side(side, register, data_dir, sink))
        return
    report = _measure(Rounds(rounds, seconds), direct_seconds)
    click.echo(msgspec.json.encode(report) if as_json else show(report))
    sys.exit(1 if report.void else 0)
