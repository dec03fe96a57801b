"""How the cost of one set-up and one invoice grows with the firm.

The same kind of firm is played at several sizes in one run: every opportunity is set up in
all its systems, and ten billing events of each are checked, drafted, approved by a person
over HTTP and posted in the ERPs, month after month. What one of them costs at each size is
compared with what it costs at the smallest. A run in which anything stopped is void, and
exits 1.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

import click
import msgspec
from crowd.play import Played, play
from measuring.figures import short
from msgspec import Struct


class Growth(Struct, frozen=True):
    """What one piece of work costs at a size, over what it costs at the smallest."""

    opportunities: int
    set_up: float
    billing: float
    set_up_cpu: float
    billing_cpu: float


class Report(Struct, frozen=True, kw_only=True):
    """The firms that were played, and the curve."""

    played: list[Played]
    growth: list[Growth]


@click.command()
@click.option("--opportunities", type=click.IntRange(4), default=40, help="Of the largest firm.")
@click.option("--sizes", type=click.IntRange(1), default=3, help="How many firms are played.")
@click.option("--factor", type=click.IntRange(2), default=2, help="Each is so often the last.")
@click.option("--dir", "where", help="The directory on whose disk the firms are.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def main(opportunities: int, sizes: int, factor: int, where: str | None, *, as_json: bool) -> None:
    """Play firms of growing size, ten billing events to an opportunity.

    `--opportunities 1000 --factor 4` plays 10,000 billing events in its largest firm.
    """
    played = []
    for size in reversed([opportunities // factor**step for step in range(sizes)]):
        with tempfile.TemporaryDirectory(dir=where) as folder:
            played.append(asyncio.run(play(Path(folder), max(4, size))))
        _show(played[-1], played[0], aside=as_json)
    if as_json:
        growth = [_growth(each, played[0]) for each in played]
        click.echo(msgspec.json.encode(Report(played=played, growth=growth)))
    sys.exit(1 if any(each.void for each in played) else 0)


def _growth(played: Played, smallest: Played) -> Growth:
    return Growth(
        played.opportunities,
        played.set_up_each_ms / smallest.set_up_each_ms,
        played.billing_each_ms / smallest.billing_each_ms,
        played.set_up_cpu_ms / smallest.set_up_cpu_ms,
        played.billing_cpu_ms / smallest.billing_cpu_ms,
    )


def _show(played: Played, smallest: Played, *, aside: bool) -> None:
    growth = _growth(played, smallest)
    months = played.billing_seconds
    click.echo(
        f"{played.opportunities} opportunities: {short(played.set_up_each_ms)} ms each "
        f"(x {growth.set_up:.2f}); {played.billing_events} billing events: "
        f"{short(played.billing_each_ms)} ms each (x {growth.billing:.2f}), "
        f"first month {short(months[0])} s, last {short(months[-1])} s",
        err=aside,
    )
    click.echo(
        f"  the gateway's CPU: {short(played.set_up_cpu_ms)} ms a set-up "
        f"(x {growth.set_up_cpu:.2f}), {short(played.billing_cpu_ms)} ms a billing event "
        f"(x {growth.billing_cpu:.2f})",
        err=aside,
    )
    for lack in played.void:
        click.echo(f"VOID: {lack}", err=True)


if __name__ == "__main__":
    main()
