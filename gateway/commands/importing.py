"""`strata import`: running projects are taken over with their opening balances."""

import sys
from pathlib import Path

import click
import msgspec

from gateway.calling import Caller, NotDone
from gateway.commands.asking import caller_of
from gateway.opening_file import UnreadableFile, read_opening
from gateway.people import UnknownIdentity
from gateway.settings import Settings
from process_apis.adoption.balances import ImportReport, OpeningBook, OpeningProject, ProjectReport


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--apply", "apply", is_flag=True, help="Take over what agrees; else nothing is.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--as", "who", default="finance", help="Who imports, in the sandbox.")
@click.option("--token-file", type=click.Path(path_type=Path), help="A file with your token.")
@click.pass_obj
def import_file(
    settings: Settings,
    file: Path,
    who: str,
    token_file: Path | None,
    *,
    apply: bool,
    as_json: bool,
) -> None:
    """Compare a FILE of opening balances with the systems, and take over what agrees.

    A dry run unless --apply is given. Exits 1 when anything stands against a project, and 2
    when the file or the gateway cannot be read.
    """
    try:
        book = read_opening(file)
        caller = caller_of(settings, who, token_file)
        reports = [
            _imported(caller, project, f"{count}/{len(book.projects)}", apply=apply)
            for count, project in enumerate(book.projects, start=1)
        ]
    except (UnreadableFile, NotDone, UnknownIdentity) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    if as_json:
        click.echo(msgspec.json.encode(ImportReport(not apply, tuple(reports))))
    elif not apply:
        click.echo("This was a dry run: nothing is written. Add --apply to take it over.")
    sys.exit(1 if any(each.obstacles for each in reports) else 0)


def _imported(caller: Caller, project: OpeningProject, place: str, *, apply: bool) -> ProjectReport:
    """Have one project imported, and say on the way how that went."""
    path = f"/process/adoption/v1/imports?dry_run={str(not apply).lower()}"
    body = caller.send("POST", path, OpeningBook((project,)))
    [report] = msgspec.json.decode(body, type=ImportReport).projects
    click.echo(f"{place} {report.project_number}: {report.outcome}", err=True)
    for each in report.writes:
        click.echo(f"  + {each}", err=True)
    for wrong in report.obstacles:
        where = f"{wrong.at}: " if wrong.at else ""
        click.echo(f"  ! {where}{wrong.reason} ({wrong.code}); {wrong.remedy}", err=True)
    return report
