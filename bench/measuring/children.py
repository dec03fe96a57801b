"""A side of a benchmark in a process of its own, which says in lines of JSON what it did."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

T = TypeVar("T")
SAID_WITHIN_SECONDS = 120
_BENCH = Path(__file__).resolve().parents[1]


class Failed(Exception):
    """A side ended without saying what it did; its own error is above."""


class Child:
    """A process that says one line at a time, and ends when its standard input does."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """The id by which the process is measured."""
        return self._process.pid

    async def said(self, kind: type[T]) -> T:
        """Return the next line that the process says, or raise `Failed`."""
        assert self._process.stdout is not None
        async with asyncio.timeout(SAID_WITHIN_SECONDS):
            line = await self._process.stdout.readline()
        if not line:
            raise Failed(f"process {self.pid} ended with {await self._process.wait()}")
        return msgspec.json.decode(line, type=kind)

    def stop(self) -> None:
        """Ask the process to end, and to say its last line."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    async def end(self) -> None:
        """End the process, if it has not ended by itself."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


@asynccontextmanager
async def child(package: str, task: Struct) -> AsyncIterator[Child]:
    """Run a package of ours beside this process until the block ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        package,
        msgspec.json.encode(task).decode(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=_BENCH,
    )
    running = Child(process)
    try:
        yield running
    finally:
        await running.end()


def task_of(kind: type[T]) -> T:
    """Return the task that this process was started with."""
    return msgspec.json.decode(sys.argv[1], type=kind)


def say(what: object) -> None:
    """Say a line to the process that started this one."""
    sys.stdout.buffer.write(msgspec.json.encode(what) + b"\n")
    sys.stdout.buffer.flush()
