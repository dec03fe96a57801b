"""`strata verify`: whether what must always hold does, on live data."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

import click
import msgspec

from gateway.calling import Caller, NotDone
from gateway.commands.asking import caller_of
from gateway.people import UnknownIdentity
from gateway.settings import Settings
from process_apis.verification.records import Verdict, VerificationReport
from process_apis.verification.table import INVARIANTS

_ADDRESS = "/process/verification/v1/reports"
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option(
    "--only",
    type=click.Choice([each.id for each in INVARIANTS], case_sensitive=False),
    multiple=True,
    help="Look at this one only; may be said again.",
)
@click.option("--entity", help="Look at this company only, by its code.")
@click.option("--from", "start", type=_DAY, help="Look at what is of this day or later.")
@click.option("--to", "end", type=_DAY, help="Look at what is of this day or earlier.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
@click.option("--as", "who", default="operator", help="Who asks, in the sandbox.")
@click.option("--token-file", type=click.Path(path_type=Path), help="A file with your token.")
@click.pass_obj
def verify(
    settings: Settings,
    only: tuple[str, ...],
    entity: str | None,
    start: datetime | None,
    end: datetime | None,
    who: str,
    token_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Look whether what must always hold does, on the records of a running gateway.

    Nothing is written. Exits 1 when something does not hold, and 2 when the gateway cannot be
    asked.
    """
    asked = [each.id for each in INVARIANTS if not only or each.id in only]
    within = {
        "legal_entity": entity,
        "start": start.date().isoformat() if start else None,
        "end": end.date().isoformat() if end else None,
    }
    filters = {name: said for name, said in within.items() if said}
    try:
        reports = _asked(caller_of(settings, who, token_file), asked, filters, quiet=as_json)
    except (NotDone, UnknownIdentity) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    whole = joined(reports)
    click.echo(msgspec.json.encode(whole) if as_json else _ending(whole))
    sys.exit(0 if whole.holds else 1)


def _asked(
    caller: Caller, asked: Sequence[str], filters: dict[str, str], *, quiet: bool
) -> list[VerificationReport]:
    """Ask for one after the other, and say how each came out as soon as it is known."""
    reports = []
    for number, invariant in enumerate(asked, 1):
        query = urlencode({"invariant": invariant, **filters})
        body = caller.send("GET", f"{_ADDRESS}?{query}")
        report = msgspec.json.decode(body, type=VerificationReport)
        reports.append(report)
        if quiet:
            click.echo(f"{invariant} ({number} of {len(asked)}) ...", err=True)
        else:
            click.echo("\n".join(told(each) for each in report.verdicts))
    return reports


def joined(reports: Sequence[VerificationReport]) -> VerificationReport:
    """Return several reports as one, as of the last of them."""
    return msgspec.structs.replace(
        reports[-1],
        holds=all(each.holds for each in reports),
        verdicts=tuple(verdict for each in reports for verdict in each.verdicts),
    )


def told(verdict: Verdict) -> str:
    """Return what was found of one invariant: a line, and two more for each break."""
    said = verdict.invariant
    looked_at = ", ".join(f"{each.count} {each.what}" for each in verdict.looked_at)
    lines = [
        f"{said.id:<4}{'holds ' if verdict.holds else 'BROKEN'}  {said.name}: {looked_at}",
    ]
    if not verdict.holds:
        lines.append(f"    {said.words}")
    for each in verdict.breaks:
        where = f" of {each.legal_entity}" if each.legal_entity else ""
        amount = f" [{each.amount}]" if each.amount else ""
        lines += [
            f"    {each.subject}{where}{amount}: {each.reason}",
            f"      look at {each.look_at}",
        ]
    return "\n".join(lines)


def _ending(report: VerificationReport) -> str:
    broken = [each.invariant.id for each in report.verdicts if not each.holds]
    what = f"{len(report.verdicts)} looked at, of {', '.join(report.legal_entities)}"
    part = "" if report.whole else "; what names no company was left out"
    if not broken:
        return f"Everything holds: {what}{part}."
    return f"{', '.join(broken)} broken: {what}{part}."
