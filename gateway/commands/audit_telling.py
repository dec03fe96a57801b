"""What `strata audit` says to a person."""

import click

from governance.audit_chain.walk import AuditVerdict, Fault

LEAVE_IT = (
    "restart, restore and repair nothing; copy the data directory and the heads as they are,"
    ' and go on as docs/operate.md says under "When an entry is bad".'
)


def tell_progress(entries: int) -> None:
    """Say on the side how far a long walk is."""
    click.echo(f"{entries} entries ...", err=True)


def tell(verdict: AuditVerdict) -> None:
    """Say what a walk found: whatever is wrong on the side, and how much no head vouches for."""
    for fault in verdict.faults:
        click.echo(_told(fault), err=True)
    if not verdict.whole:
        click.echo(f"What to do: {LEAVE_IT}", err=True)
    if verdict.whole:
        click.echo(f"The audit is whole: {verdict.entries} entries.")
    streams = (f"{one.stream} {one.entries}" for one in verdict.streams)
    click.echo(f"By stream: {', '.join(streams)}")
    if verdict.newest:
        click.echo(
            f"The newest of {verdict.seals} heads is of {verdict.newest.at}, signed by"
            f" {verdict.newest.key}; {verdict.newest.entries_after} entries came after it."
        )


def _told(fault: Fault) -> str:
    if fault.stream is not None:
        where = f"Entry {fault.entry} of {fault.stream}"
        where += f" (entry {fault.sequence} of all)" if fault.sequence else ""
    else:
        where = f"Entry {fault.sequence} of all" if fault.sequence else "The audit"
    return f"{where}: {fault.reason}"
