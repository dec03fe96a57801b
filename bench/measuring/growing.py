"""A command that measures the same at growing sizes, each in a directory of its own."""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, TypeVar

import click
import msgspec


class Sized(Protocol):
    """What was measured at a size."""

    @property
    def void(self) -> object:
        """What makes the run worth nothing, if anything does."""


S = TypeVar("S", bound=Sized)


def growing(
    measure: Callable[[Path, int, int], Awaitable[S]],
    told: Callable[[S], str],
    *,
    sizes: str,
    rounds: int,
) -> click.Command:
    """Return the command that measures at each size; a run of which anything is void exits 1."""

    @click.command()
    @click.option("--sizes", default=sizes, help="How many time entries, with commas.")
    @click.option(
        "--rounds", type=click.IntRange(3), default=rounds, help="How often each is asked."
    )
    @click.option("--dir", "where", help="The directory on whose disk the databases are.")
    @click.option("--json", "as_json", is_flag=True, help="Print what was measured as JSON.")
    def main(sizes: str, rounds: int, where: str | None, *, as_json: bool) -> None:
        """Ask for the same at growing sizes."""
        found = []
        for size in sizes.split(","):
            with tempfile.TemporaryDirectory(dir=where) as folder:
                found.append(asyncio.run(_awaited(measure(Path(folder), int(size), rounds))))
            click.echo(told(found[-1]), err=as_json)
        if as_json:
            click.echo(msgspec.json.encode(found))
        sys.exit(1 if any(each.void for each in found) else 0)

    return main


async def _awaited(measured: Awaitable[S]) -> S:
    return await measured
