"""`strata catalog usage`: who uses what, asked of the gateway and written to a file."""

import sys
from pathlib import Path

import click
import msgspec

from gateway.calling import NotDone
from gateway.commands.asking import caller_of
from gateway.people import UnknownIdentity
from gateway.settings import Settings
from governance.usage_face import UsageReport


@click.command("usage")
@click.option("--out", "file", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--days", type=click.IntRange(1, 400), default=30, help="How many days back.")
@click.option("--as", "who", default="operator", help="Who asks, in the sandbox.")
@click.option("--token-file", type=click.Path(path_type=Path), help="A file with your token.")
@click.pass_obj
def write_usage(
    settings: Settings, file: Path, days: int, who: str, token_file: Path | None
) -> None:
    """Write down who used what in the last days, every page of it, for `diff --usage`.

    Exits 2 when the gateway cannot be asked.
    """
    try:
        asking = caller_of(settings, who, token_file)
        found = asking.every(f"/governance/v1/usage?days={days}", UsageReport)
    except (NotDone, UnknownIdentity) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.encode(UsageReport(found)))
