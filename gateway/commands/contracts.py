"""`strata catalog snapshot` and `diff`: what a release promised, and whom a change breaks."""

import subprocess
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import click
import msgspec
from sqlalchemy.exc import OperationalError

from gateway.apis import APIS
from gateway.published.contract_changes import ContractChange, compare, with_consumers
from gateway.published.contracts import Contracts, contracts_of, read_contracts, written
from gateway.settings import Settings
from governance.usage import UsageQuestion, UsageRow, every_use
from governance.usage_face import UsageReport
from store.clock import wall_clock
from store.database import Store

RELEASED = "docs/contracts/released.json"


@click.command("snapshot")
@click.option("--out", "file", required=True, type=click.Path(dir_okay=False, path_type=Path))
def write_snapshot(file: Path) -> None:
    """Write down what every API version promises, for later ones to be compared with."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(written(contracts_of(APIS)))


@click.command("diff")
@click.option("--against", required=True, help="A snapshot's file, or a git ref that has one.")
@click.option(
    "--usage", "usage", type=click.Path(path_type=Path), help="A file of `strata catalog usage`."
)
@click.option("--json", "as_json", is_flag=True, help="Print every change as JSON.")
@click.pass_obj
def diff_contracts(settings: Settings, against: str, usage: Path | None, *, as_json: bool) -> None:
    """Compare the APIs with a snapshot, and name who uses what breaks.

    Usage is that of the data directory, or a file that `strata catalog usage` wrote.
    Exits 1 on a break that no new version announced, 2 when something cannot be read.
    """
    try:
        old = _snapshot(against)
        rows = _saved(usage) if usage else _counted(settings)
    except (OSError, msgspec.MsgspecError, subprocess.CalledProcessError) as error:
        click.echo(f"Error: {against}: {_why(error)}", err=True)
        sys.exit(2)
    except OperationalError:
        click.echo(f"Error: {settings.data_dir} counts no usage yet; see --usage", err=True)
        sys.exit(2)
    changes = with_consumers(compare(old, contracts_of(APIS), on=wall_clock().date()), rows)
    if as_json:
        click.echo(msgspec.json.encode(changes))
    else:
        _tell(changes)
    sys.exit(1 if any(each.breaks and not each.announced for each in changes) else 0)


def _snapshot(against: str) -> Contracts:
    """Return the contracts of a file, or those that are committed at a git ref."""
    path = Path(against)
    if path.is_file():
        return read_contracts(path.read_bytes())
    shown = subprocess.run(  # noqa: S603  # the ref is the operator's own, and cannot be an option
        ["git", "show", "--end-of-options", f"{against}:{RELEASED}"],  # noqa: S607  # on the path
        capture_output=True,
        check=True,
    )
    return read_contracts(shown.stdout)


def _saved(file: Path) -> list[UsageRow]:
    report = msgspec.json.decode(file.read_bytes(), type=UsageReport)
    if report.next_cursor is not None:
        whole = "it is one page of several; `strata catalog usage` writes them all"
        raise click.BadParameter(whole, param_hint="--usage")
    return report.items


def _counted(settings: Settings) -> list[UsageRow]:
    """Return what the data directory's gateway has counted, nothing where there is none."""
    path = Path(settings.data_dir).resolve() / "strata.sqlite"
    if not path.exists():
        return []
    store = Store(path)
    with store.engine.connect() as connection:
        found = every_use(connection, UsageQuestion(since=date.min))
    store.close()
    return found


def _why(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        said = error.stderr.decode(errors="replace").strip()
        return f"no file, and no git ref with {RELEASED} ({said})"
    return str(error)


def _tell(changes: Iterable[ContractChange]) -> None:
    """Say each change in a line, and below a break who used what it breaks."""
    count = 0
    for each in changes:
        count += 1
        mark = "added" if not each.breaks else "announced" if each.announced else "BREAKS"
        where = " ".join(part for part in (each.api, each.operation, each.pointer) if part)
        click.echo(f"{mark}: {where} {each.detail} ({each.kind})")
        for one in each.consumers:
            click.echo(f"  used by {one.name}: {one.calls} calls, the last on {one.last_day}")
        if each.breaks and not each.announced and not each.consumers:
            click.echo("  used by nobody that was counted")
    click.echo(f"{count} changes.")
