"""`strata audit`: the chains of hashes, looked after."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from gateway.foundation import heads_file
from gateway.settings import Settings
from governance.audit import Audit
from governance.audit_chain.reading import verify
from governance.audit_chain.streams import Stream
from governance.audit_chain.walk import AuditVerdict, Extent, Fault
from store.clock import wall_clock
from store.database import Store

STREAM = click.Choice([stream.value for stream in Stream])


@click.group()
def audit() -> None:
    """Look after the audit."""


@audit.command("verify")
@click.option("--stream", type=STREAM, help="Check this stream only.")
@click.option("--from", "first", default=1, help="Begin at this entry, and take it as it stands.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
@click.pass_obj
def verify_audit(settings: Settings, *, stream: str | None, first: int, as_json: bool) -> None:
    """Check the audit's chains and their heads; exit 1 and name each stream's first bad entry."""
    with _opened(settings) as (store, kept), store.engine.connect() as connection:
        verdict = verify(
            connection,
            kept.heads(),
            extent=Extent(stream=stream, first=first),
            progress=_tell_progress,
        )
    if as_json:
        click.echo(msgspec.json.encode(verdict))
    else:
        _tell(verdict)
    sys.exit(0 if verdict.whole else 1)


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[Store, Audit]]:
    data_dir = Path(settings.data_dir).resolve()
    path = data_dir / "strata.sqlite"
    if not path.exists():
        raise click.ClickException(f"there is no audit in {data_dir}; set STRATA_DATA_DIR")
    store = Store(path)
    try:
        yield store, Audit(store, wall_clock, heads_file(settings), keys=data_dir / "keys")
    finally:
        store.close()


def _tell_progress(entries: int) -> None:
    click.echo(f"{entries} entries ...", err=True)


def _tell(verdict: AuditVerdict) -> None:
    for fault in verdict.faults:
        click.echo(_told(fault), err=True)
    if verdict.whole:
        click.echo(f"The audit is whole: {verdict.entries} entries.")
    for stream in verdict.streams:
        click.echo(
            f"  {stream.stream}: {stream.entries} entries, a head vouches for {stream.vouched}"
        )
    if verdict.newest:
        click.echo(
            f"The newest of {verdict.seals} heads is of {verdict.newest.at}, signed by"
            f" {verdict.newest.key}; {verdict.newest.entries_after} entries came after it."
        )


def _told(fault: Fault) -> str:
    if fault.stream is None:
        where = f"Entry {fault.sequence}" if fault.sequence else "The heads"
    else:
        where = f"Entry {fault.entry} of {fault.stream}"
        where += f" (entry {fault.sequence} of all)" if fault.sequence else ""
    return f"{where}: {fault.reason}"
