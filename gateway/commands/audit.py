"""`strata audit`: the chains of hashes, looked after."""

import asyncio
import sys
from pathlib import Path

import click
import msgspec

from gateway.commands.audit_export import export_audit
from gateway.commands.audit_telling import tell, tell_progress
from gateway.commands.opened_audit import STREAM, by_operator, opened
from gateway.settings import Settings
from governance.audit_chain.export import verify_export
from governance.audit_chain.reading import verify
from governance.audit_chain.walk import Extent


@click.group()
def audit() -> None:
    """Look after the audit."""


@audit.command("verify")
@click.option("--stream", type=STREAM, help="Check this stream only.")
@click.option("--from", "first", type=click.IntRange(1), default=1, help="Begin at this entry.")
@click.option("--file", "export", type=click.Path(path_type=Path), help="Check an export.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
@click.pass_obj
def verify_audit(
    settings: Settings, *, stream: str | None, first: int, export: Path | None, as_json: bool
) -> None:
    """Check the audit's chains and their heads; exit 1 and name each stream's first bad entry."""
    if export is not None:
        if stream or first != 1 or not export.is_file():
            raise click.ClickException("name one file that is there; an export is checked whole")
        verdict = verify_export(export, tell_progress)
    else:
        with opened(settings) as one, one.store.engine.connect() as connection:
            extent = Extent(stream=stream, first=first)
            heads = one.audit.heads()
            verdict = verify(connection, heads, extent=extent, progress=tell_progress)
    if as_json:
        click.echo(msgspec.json.encode(verdict))
    else:
        tell(verdict)
    sys.exit(0 if verdict.whole else 1)


@audit.command("rekey")
@click.pass_obj
def rekey(settings: Settings) -> None:
    """Sign the heads with a new key; the old one still verifies what it signed."""
    with opened(settings) as one:
        entry = by_operator("audit.key_changed", "audit key")
        old, new = asyncio.run(one.audit.rotate_key(entry))
    click.echo(f"Heads are signed by {new} from now on, and no more by {old}.")


audit.add_command(export_audit)
