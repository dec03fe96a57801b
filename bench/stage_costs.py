"""What each stage of the way in costs a governed read, each left out in turn.

The same read of one project, remembered, is called in process with the whole way in, without
one stage, without any, and on a bare Litestar route, chunk by chunk in one run; a figure is the
CPU of a request in µs, least of many chunks. A run with a wrong answer is void, and exits 1.
"""

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import uvloop
from measuring.figures import short
from reading.direct import Direct, by_side, measure_direct
from reading.ground import access_token, laid_ground
from reading.lacking import BAREST, WHOLE, ways_in
from reading.sides import Made, asgi, governed, litestar


@click.command()
@click.option("--seconds", type=float, default=1.0, help="A side's share.")
def main(seconds: float) -> None:
    """Show what each stage costs."""
    lacking = {name: partial(governed, way_in=each) for name, each in ways_in().items()}
    sides: dict[str, Made] = {**lacking, "litestar": litestar, "asgi": asgi}
    with TemporaryDirectory(prefix="strata-bench-") as folder:
        data_dir = Path(folder)
        token = access_token(data_dir, laid_ground(data_dir))
        found = uvloop.run(measure_direct(data_dir, "memory", None, token, seconds, sides=sides))
    click.echo("\n".join(_table(found)))
    sys.exit(1 if any(each.not_2xx or each.other_body for each in found) else 0)


def _table(found: list[Direct]) -> Iterator[str]:
    cpu = {side: each.cpu_us for side, each in by_side(found).items()}
    whole, barest, bare = cpu[WHOLE], cpu[BAREST], cpu["litestar"]
    yield f"the whole governed read: {short(whole)} µs; a bare Litestar route: {short(bare)} µs"
    for name in cpu:
        if name not in {WHOLE, BAREST, "litestar", "asgi"}:
            yield f"  {name}: {whole - cpu[name]:.1f} µs"
    yield f"  all of these: {whole - barest:.1f} µs"
    yield f"  how an operation is mounted: {barest - bare:.1f} µs"


if __name__ == "__main__":
    main()
