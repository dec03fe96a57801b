"""Workflows per second: six trivial steps as a Strata process, beside the same on bare DBOS.

Both sides stand in one run, take turns in processes and directories of their own, and write
every step durably to SQLite (WAL, synchronous=FULL). A run in which anything did not succeed
is void, and exits 1.
"""

import asyncio
import sys

import click
import msgspec
from measuring.children import child
from measuring.figures import Ratio, Spread, paired, short, spread, turned
from msgspec import Struct
from working.six_steps import STEPS
from working.turn import Task, Turn

SIDES = ("strata", "dbos")
DOES = {
    "strata": "a Strata process: business key accepted with its input's hash, process identity, "
    "spans (1 % kept), retry classes, tagged JSON, metrics, command marked done",
    "dbos": "a workflow on DBOS alone, its own serializer; WAL and pool as Strata sets them",
}


class Report(Struct, frozen=True, kw_only=True):
    """The run: what each side does and did, and how they compare."""

    does: dict[str, str]
    turns: list[Turn]
    per_second: dict[str, Spread]
    cpu_us: dict[str, Spread]
    ratios: list[Ratio]
    void: list[str]


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=5, help="Turns that each side takes.")
@click.option("--seconds", type=float, default=3.0, help="How long a turn is.")
@click.option("--at-once", type=click.IntRange(1), default=16, help="Workflows in a batch.")
@click.option("--dir", "where", help="The directory on whose disk the journals are.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def main(rounds: int, seconds: float, at_once: int, where: str | None, *, as_json: bool) -> None:
    """Compare workflows of six steps per second, Strata beside bare DBOS."""
    report = _report(asyncio.run(_turns(rounds, seconds, at_once, where)))
    if as_json:
        click.echo(msgspec.json.encode(report))
    else:
        _show(report)
    sys.exit(1 if report.void else 0)


async def _turns(rounds: int, seconds: float, at_once: int, where: str | None) -> list[Turn]:
    taken = []
    for number in range(rounds):
        for side in turned(SIDES, number):
            task = Task(side=side, seconds=seconds, at_once=at_once, where=where)
            async with child("working", task) as running:
                taken.append(await running.said(Turn))
    return taken


def _report(turns: list[Turn]) -> Report:
    by_side = {side: [turn for turn in turns if turn.side == side] for side in SIDES}
    speed = {side: [turn.per_second for turn in taken] for side, taken in by_side.items()}
    cpu = {side: [turn.cpu_us for turn in taken] for side, taken in by_side.items()}
    return Report(
        does=DOES,
        turns=turns,
        per_second={side: spread(speed[side]) for side in SIDES},
        cpu_us={side: spread(cpu[side]) for side in SIDES},
        ratios=[
            Ratio("strata", "dbos", "workflows per second", paired(speed["strata"], speed["dbos"])),
            Ratio("strata", "dbos", "CPU per workflow", paired(cpu["strata"], cpu["dbos"])),
        ],
        void=[lack for turn in turns for lack in _lacks(turn)],
    )


def _lacks(turn: Turn) -> list[str]:
    """Return what a turn did not do though it was timed for it."""
    steps = turn.workflows * STEPS
    done = turn.besides.get("commands done", turn.workflows)
    found = [
        (turn.written.not_succeeded, "workflows did not succeed"),
        (turn.workflows - turn.written.succeeded, "workflows are not in the journal"),
        (steps - turn.written.steps, "steps are not in the journal"),
        (turn.workflows - done, "commands are not marked done"),
    ]
    return [f"{turn.side}: {count} {what}" for count, what in found if count]


def _show(report: Report) -> None:
    for side in SIDES:
        taken = [turn for turn in report.turns if turn.side == side]
        workflows = sum(turn.workflows for turn in taken)
        steps = sum(turn.written.steps for turn in taken)
        extra = sum(turn.besides.get("commands done", 0) for turn in taken)
        kept = sum(turn.besides.get("spans kept", 0) for turn in taken)
        click.echo(f"{side}: {report.does[side]}")
        click.echo(f"  did {workflows} workflows, {steps} journal lines of steps", nl=not extra)
        if extra:
            click.echo(f", {extra} commands done, {kept} spans kept")
        click.echo(f"  {report.per_second[side]} workflows per second")
        click.echo(f"  {short(report.cpu_us[side].median)} µs of CPU a workflow")
    for ratio in report.ratios:
        click.echo(str(ratio))
    for lack in report.void:
        click.echo(f"VOID: {lack}", err=True)


if __name__ == "__main__":
    main()
