"""`strata audit export`: a part of the audit for those who verify it elsewhere."""

import asyncio
import os
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import click
import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from gateway.commands.opened_audit import STREAM, Opened, by_operator, opened
from gateway.settings import Settings
from governance.audit import AuditEntry, moment
from governance.audit_chain.export import Described, Exported, Format, write_export
from governance.audit_chain.reading import first_since, last_before, rows
from governance.audit_chain.walk import Extent
from store.clock import wall_clock

FORMAT = click.Choice([each.value for each in Format])


class Bound(click.ParamType[int | date]):
    """The number of an entry among all, or a day in UTC."""

    name = "entry or day"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | date:
        """Return what was typed as a number or a day."""
        said = str(value)
        try:
            return int(said) if said.isdecimal() else date.fromisoformat(said)
        except ValueError:
            self.fail(f"{said} is neither an entry's number nor a day as 2026-11-27", param, ctx)


class Summary(Struct, frozen=True):
    """What was exported, and where it is."""

    file: str
    entries: int
    heads: int
    sha256: str


@click.command("export")
@click.option("--from", "first", type=Bound(), help="The first entry, or the first day.")
@click.option("--to", "last", type=Bound(), help="The last entry, or the last day.")
@click.option("--stream", type=STREAM, help="Only this stream.")
@click.option("--format", "written_as", type=FORMAT, default="jsonl")
@click.option("--out", "path", type=click.Path(path_type=Path), required=True, help="A new file.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.pass_obj
def export_audit(
    settings: Settings,
    *,
    first: int | date | None,
    last: int | date | None,
    stream: str | None,
    written_as: str,
    path: Path,
    as_json: bool,
) -> None:
    """Write entries with their heads and public keys into a file; that is on record too."""
    if path.exists():
        raise click.ClickException(f"{path} is there already; name a new file")
    with opened(settings) as one:
        asyncio.run(one.audit.anchor())
        with one.store.engine.connect() as connection:
            described = Described(
                exported_at=moment(wall_clock()),
                stream=stream,
                first=_first(connection, first),
                last=_last(connection, last),
                keys=one.audit.keys.keyring().keys,
            )
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            written = _write(one, described, beside, Format(written_as))
            asyncio.run(one.audit.record(_look(described, written)))
            beside.rename(path)
        finally:
            beside.unlink(missing_ok=True)
    summary = Summary(str(path), written.entries, written.heads, written.sha256)
    told = f"{path} holds {summary.entries} entries and {summary.heads} heads."
    click.echo(msgspec.json.encode(summary) if as_json else told)


def _write(one: Opened, described: Described, beside: Path, written_as: Format) -> Exported:
    """Write a file that only its owner can read."""
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, one.store.engine.connect() as connection:
        extent = Extent(stream=described.stream, first=described.first)
        return write_export(
            file,
            described,
            one.audit.head_lines(),
            rows(connection, extent, last=described.last),
            written_as=written_as,
            keys=one.audit.keys,
        )


def _look(described: Described, written: Exported) -> AuditEntry:
    """Return the entry of who took this away; it is written before the file has its name."""
    to = described.last or "the end"
    subject = f"{described.stream or 'all streams'} from {described.first} to {to}"
    action = "read.governance.audit_export"
    return by_operator(action, subject, f"{written.entries} records, sha256 {written.sha256}")


def _first(connection: Connection, bound: int | date | None) -> int:
    if isinstance(bound, date):
        return first_since(connection, _midnight(bound))
    return bound or 1


def _last(connection: Connection, bound: int | date | None) -> int | None:
    if isinstance(bound, date):
        return last_before(connection, _midnight(bound + timedelta(days=1)))
    return bound


def _midnight(day: date) -> str:
    return moment(datetime.combine(day, time(), UTC))
