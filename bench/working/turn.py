"""One side's turn: batches of workflows for some seconds, then what was done."""

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from working.journal_file import JournalFile, Written
from working.sides import SIDES, Side

WARM_UP = 16


class Task(Struct, frozen=True, kw_only=True):
    """Which side's turn it is, how long, and how many workflows are under way at once."""

    side: str
    seconds: float
    at_once: int
    where: str | None


class Turn(Struct, frozen=True, kw_only=True):
    """What one side did in one turn."""

    side: str
    workflows: int
    per_second: float
    cpu_us: float
    written: Written
    besides: dict[str, int]


async def take_turn(task: Task) -> Turn:
    """Run batches of workflows, each batch to its last journal line, in a fresh directory."""
    with TemporaryDirectory(prefix=f"strata-bench-{task.side}-", dir=task.where) as folder:
        async with SIDES[task.side](Path(folder)) as running:
            journal = JournalFile(Path(folder) / "journal.sqlite")
            await _batch(running, journal, range(WARM_UP))
            began, cpu, done = time.perf_counter(), time.process_time(), 0
            while time.perf_counter() - began < task.seconds:
                first = WARM_UP + done
                await _batch(running, journal, range(first, first + task.at_once))
                done += task.at_once
            took, cpu = time.perf_counter() - began, time.process_time() - cpu
            turn = Turn(
                side=task.side,
                workflows=done + WARM_UP,
                per_second=done / took,
                cpu_us=cpu / done * 1e6,
                written=journal.written(),
                besides=await running.besides(),
            )
            journal.close()
    return turn


async def _batch(side: Side, journal: JournalFile, numbers: range) -> None:
    await asyncio.gather(*(side.start(number) for number in numbers))
    await journal.until_idle()
