"""How far a run has come, as every process API shows it."""

from datetime import datetime

from msgspec import Struct

from process_apis.commands import Command
from process_apis.durable.steps import StepDone


class Run(Struct, frozen=True, kw_only=True):
    """One run of a process. `outcome` is the next event's key, or the code it stopped with."""

    key: str
    process: str
    status: str
    started_by: str
    accepted_at: datetime
    finished_at: datetime | None
    outcome: str | None
    steps: list[StepDone]


def run_of(command: Command, steps: list[StepDone]) -> Run:
    """Return a command with the steps that are done."""
    return Run(
        key=command.key,
        process=command.process,
        status=command.status,
        started_by=command.started_by,
        accepted_at=command.accepted_at,
        finished_at=command.finished_at,
        outcome=command.outcome,
        steps=steps,
    )
