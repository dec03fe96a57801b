"""`strata doctor`: what keeps this gateway from a safe start, before it is started."""

import asyncio
import sys

import click
import msgspec
from msgspec import Struct

from gateway.doctor import Finding, Severity, examine, examine_others, unreadable
from gateway.settings import Settings, UnreadableSettings


class Report(Struct, frozen=True):
    """The profile that was examined, and what was found."""

    profile: str
    findings: list[Finding]


@click.command()
@click.option("--online", is_flag=True, help="Ask identity providers, stores and the network.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_obj
def doctor(settings: Settings | UnreadableSettings, *, online: bool, as_json: bool) -> None:
    """Say what keeps the gateway from a safe start, and how it is mended.

    Exits 1 when `strata serve` would refuse to start.
    """
    if isinstance(settings, UnreadableSettings):
        profile, findings = "unknown", [unreadable(settings)]
    else:
        profile, findings = settings.profile, examine(settings)
        findings += asyncio.run(examine_others(settings)) if online else []
    if as_json:
        click.echo(msgspec.json.encode(Report(profile, findings)))
    else:
        _tell(profile, findings)
    sys.exit(1 if any(each.severity is Severity.STOP for each in findings) else 0)


def _tell(profile: str, findings: list[Finding]) -> None:
    for each in findings:
        click.echo(f"{each.severity.upper():4} {each.about}: {each.what}")
        click.echo(f"     {each.why}; {each.remedy}")
    if not findings:
        click.echo(f"Nothing keeps the gateway from a start in the {profile} profile.")
