"""`strata backup`: a copy of the data directory, taken while the gateway runs, and its check."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from sqlite3 import DatabaseError

import click
import msgspec
from msgspec import Struct

from gateway.backup.checking import Checked, check
from gateway.backup.manifest import KEYS, NoBackup
from gateway.backup.taking import Directory, Taken, made_whole, write_backup
from gateway.commands.audit_telling import tell_progress
from gateway.commands.opened_audit import Opened, by_operator, opened
from gateway.foundation import heads_file
from gateway.remedies import of_database
from gateway.settings import Settings
from governance.key_file import UnsafeKeyFile
from store.clock import wall_clock
from store.copying import StillWritten

FOLDER = click.Path(path_type=Path, file_okay=False)
KEYS_ELSEWHERE = click.option(
    "--keys",
    "keys",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Where the keys are, for a backup without them.",
)
# How often a long copy says how far it is, in percent.
_EVERY = 10


class Summary(Struct, frozen=True):
    """What was taken, and where it is."""

    backup: str
    at: datetime
    revision: str
    keys: bool
    bytes: int
    sha256: str
    held_up_ms: int


@click.command()
@click.option("--to", "path", type=FOLDER, help="Take a backup: a new directory.")
@click.option("--check", "checked", type=FOLDER, help="Check this backup instead.")
@click.option("--without-keys", is_flag=True, help="Leave the keys and secrets of `keys/` out.")
@KEYS_ELSEWHERE
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@click.pass_obj
def backup(
    settings: Settings,
    path: Path | None,
    checked: Path | None,
    keys: Path | None,
    *,
    without_keys: bool,
    as_json: bool,
) -> None:
    """Copy the data directory as it is at one moment, also while the gateway runs.

    The database, the engine's journal, the audit's heads and the keys belong together. Who has
    the keys signs tokens and heads as we do, and who has not cannot restore: keep a backup as
    closed as the data directory, or take it --without-keys and keep a copy of `keys/` apart.
    The sandbox's own systems are not in it. A check exits 1 when something is wrong.
    """
    if (path is None) == (checked is None):
        raise click.UsageError("say either --to, to take a backup, or --check, to check one")
    with told():
        if checked is not None:
            _check(checked, keys, as_json=as_json)
        elif path is not None:
            _take(settings, path, keys=not without_keys, as_json=as_json)


@contextmanager
def told() -> Iterator[None]:
    """Say what cannot be done, and what to do about it."""
    try:
        yield
    except (NoBackup, StillWritten, UnsafeKeyFile) as error:
        raise click.ClickException(str(error)) from error
    except DatabaseError as error:
        raise click.ClickException(f"a database: {error}; {of_database(error)}") from error


def tell_checked(found: Checked) -> None:
    """Say what a check found: whatever is wrong on the side."""
    for fault in found.faults:
        click.echo(f"{found.backup}: {fault}", err=True)
    if not found.whole:
        click.echo("What to do: do not restore it; check the one before.", err=True)
        return
    click.echo(f"The backup of {found.at:%Y-%m-%d %H:%M:%S} UTC is whole: {found.entries} entries.")
    if not found.anchored:
        click.echo("No head vouches for its audit: name the keys with --keys to look.", err=True)


def _check(path: Path, keys: Path | None, *, as_json: bool) -> None:
    found = check(path.resolve(), keys, tell_progress)
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        tell_checked(found)
    sys.exit(0 if found.whole else 1)


def _take(settings: Settings, path: Path, *, keys: bool, as_json: bool) -> None:
    if path.exists():
        raise click.ClickException(f"{path} is there already; name a new directory")
    data_dir = Path(settings.data_dir).resolve()
    for each in ("journal.sqlite", KEYS):
        if not (data_dir / each).exists():
            raise click.ClickException(f"{data_dir} has no {each}: start the gateway there once")
    source = Directory(data_dir, heads_file(settings))
    with opened(settings) as one, made_whole(path.resolve()) as beside:
        taken = write_backup(source, beside, keys=keys, now=wall_clock, progress=_Progress())
        _record(one, taken)
    summary = Summary(
        backup=str(path),
        at=taken.manifest.at,
        revision=taken.manifest.revision,
        keys=keys,
        bytes=sum(each.bytes for each in taken.manifest.files.values()),
        sha256=taken.sha256,
        held_up_ms=round(taken.held_up_seconds * 1000),
    )
    if as_json:
        click.echo(msgspec.json.encode(summary))
        return
    click.echo(
        f"{path} holds everything as of {summary.at:%Y-%m-%d %H:%M:%S} UTC,"
        f" {'with' if keys else 'without'} keys: {summary.bytes / 1e6:.1f} MB."
        f" Whoever writes was held up for {summary.held_up_ms} ms."
    )
    click.echo(f"Check it: strata backup --check {path}")


def _record(one: Opened, taken: Taken) -> None:
    """Put on record who took this away; it is written before the backup has its name."""
    kept = "with keys" if taken.manifest.keys else "without keys"
    subject = f"backup of {taken.manifest.at:%Y-%m-%dT%H:%M:%SZ}"
    asyncio.run(one.audit.record(by_operator("backup.taken", subject, f"{kept}, {taken.sha256}")))


class _Progress:
    """Says on the side how far a long copy is."""

    def __init__(self) -> None:
        self._said = ("", 0)

    def __call__(self, name: str, done: int, pages: int) -> None:
        """Say it, a tenth at a time."""
        tenth = 100 * done // max(pages, 1) // _EVERY
        if self._said not in {(name, tenth), ("", tenth)}:
            click.echo(f"{name}: {tenth * _EVERY} % ...", err=True)
        self._said = (name, tenth)
