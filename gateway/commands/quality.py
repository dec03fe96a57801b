"""`strata quality`: how good the records are, and what is to be put right."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from gateway.calling import NotDone
from gateway.commands.asking import caller_of
from gateway.people import UnknownIdentity
from gateway.settings import Settings
from governance.quality.findings import QualityFinding
from governance.quality.scores import Score
from governance.quality_face import FindingList, ScoreList


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print scores and findings as JSON.")
@click.option("--as", "who", default="steward", help="Who asks, in the sandbox.")
@click.option("--token-file", type=click.Path(path_type=Path), help="A file with your token.")
@click.pass_obj
def quality(settings: Settings, who: str, token_file: Path | None, *, as_json: bool) -> None:
    """Print this week's scores, and every open finding with its remedy.

    Exits 1 while there is an open finding, and 2 when the gateway cannot be asked.
    """
    try:
        asking = caller_of(settings, who, token_file)
        scores = asking.every("/governance/v1/quality/scores", ScoreList)
        findings = asking.every("/governance/v1/quality/findings?status=open", FindingList)
    except (NotDone, UnknownIdentity) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    if as_json:
        click.echo(msgspec.json.encode({"scores": scores, "findings": findings}))
    else:
        click.echo(told(scores, findings))
    sys.exit(1 if findings else 0)


def told(scores: Sequence[Score], findings: Sequence[QualityFinding]) -> str:
    """Return the scores of the newest week and the findings, a line for each."""
    newest = max((each.week for each in scores), default=None)
    lines = [
        f"{each.legal_entity} {each.kind}: {each.score} of {each.judged}"
        for each in scores
        if each.week == newest
    ]
    for each in findings:
        risk = f" [{each.at_risk.amount} {each.at_risk.currency}]" if each.at_risk else ""
        lines.append(f"{each.rule} {each.action} {each.system} {each.subject}: {each.detail}{risk}")
        lines.append(f"  {each.owner}: {each.remedy}")
    return "\n".join([*lines, f"{len(findings)} open."])
