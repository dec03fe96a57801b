"""`strata shadow`: a process beside the people who do it by hand."""

import sys
from datetime import datetime
from pathlib import Path

import click
import msgspec

from gateway.calling import NotDone
from gateway.commands.asking import caller_of
from gateway.people import UnknownIdentity
from gateway.settings import Settings
from process_apis.shadow.records import Shadowed, ShadowReport


@click.command()
@click.option(
    "--process",
    "process",
    required=True,
    type=click.Choice([each.value for each in Shadowed]),
    help="Which process to run beside people.",
)
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), required=True)
@click.option("--to", "end", type=click.DateTime(["%Y-%m-%d"]), required=True)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--as", "who", default="finance", help="Who asks, in the sandbox.")
@click.option("--token-file", type=click.Path(path_type=Path), help="A file with your token.")
@click.pass_obj
def shadow(
    settings: Settings,
    process: str,
    start: datetime,
    end: datetime,
    who: str,
    token_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Run a process beside the people who do it by hand, and say where it would differ.

    Nothing is written. Exits 1 when anything differs, and 2 when the gateway cannot be asked.
    """
    asked = f"process={process}&start={start.date()}&end={end.date()}"
    try:
        body = caller_of(settings, who, token_file).send(
            "GET", f"/process/shadow/v1/reports?{asked}"
        )
    except (NotDone, UnknownIdentity) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    report = msgspec.json.decode(body, type=ShadowReport)
    if as_json:
        click.echo(body)
    else:
        _tell(report)
    sys.exit(1 if report.differing else 0)


def _tell(report: ShadowReport) -> None:
    """Print a shadow report for people."""
    for case in report.cases:
        documents = f" ({', '.join(case.documents)})" if case.documents else ""
        click.echo(f"{case.project_number} {case.subject}: {case.verdict}{documents}")
        if case.ours != case.theirs:
            click.echo(f"  ours {case.ours or 'nothing'}, theirs {case.theirs or 'nothing'}")
        for each in case.differences:
            amount = f" [{each.amount}]" if each.amount else ""
            theirs, ours = each.theirs or "nothing", each.ours or "nothing"
            click.echo(f"  {each.field}: {theirs}, ours {ours}{amount}: {each.reason}")
        if case.waits_for:
            click.echo(f"  would have waited for {', '.join(case.waits_for)}")
    click.echo(f"{report.agreeing} agree, {report.differing} differ; nothing was written.")
