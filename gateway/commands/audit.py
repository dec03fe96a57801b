"""`strata audit`: the chain of hashes, looked after."""

import sys
from pathlib import Path

import click
import msgspec

from gateway.settings import Settings
from governance.audit_chain import verify
from store.database import Store


@click.group()
def audit() -> None:
    """Look after the audit."""


@audit.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
@click.pass_obj
def verify_audit(settings: Settings, *, as_json: bool) -> None:
    """Check the audit's chain of hashes; exit 1 at the first entry that was touched."""
    data_dir = Path(settings.data_dir).resolve()
    path = data_dir / "strata.sqlite"
    if not path.exists():
        raise click.ClickException(f"there is no audit in {data_dir}; set STRATA_DATA_DIR")
    store = Store(path)
    with store.engine.connect() as connection:
        verdict = verify(connection, data_dir / "audit-heads.jsonl")
    store.close()
    if as_json:
        click.echo(msgspec.json.encode(verdict))
    elif verdict.whole:
        click.echo(f"The audit is whole: {verdict.entries} entries.")
    else:
        click.echo(f"Entry {verdict.first_bad_sequence}: {verdict.reason}", err=True)
    sys.exit(0 if verdict.whole else 1)
