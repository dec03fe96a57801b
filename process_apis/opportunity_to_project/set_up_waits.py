"""For whom a set-up waited, and for how long: what it asked people, and where it stopped."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from process_apis.approvals.decisions import Approvals
from process_apis.commands import Command, Commands
from process_apis.engagements import Engagement
from process_apis.exceptions.queue import ExceptionQueue
from process_apis.opportunity_to_project.set_up_time import Wait


class SetUpRecord(Struct, frozen=True, kw_only=True):
    """The runs of a set-up, and its waits that are over."""

    runs: Sequence[Command]
    waits: Sequence[Wait]
    was_stopped: bool


class SetUpWaits(Struct, frozen=True):
    """Reads what is recorded of set-ups."""

    commands: Commands
    approvals: Approvals
    exceptions: ExceptionQueue

    async def of(self, engagement: Engagement) -> SetUpRecord:
        """Return what is recorded of the set-up of an engagement."""
        runs = await self.commands.begun_with(f"o2p:{engagement.opportunity_id}")
        stops = await self.exceptions.resolved([each.key for each in runs])
        asked = [
            *await self.approvals.about(engagement.opportunity_id or ""),
            *(
                each
                for each in await self.approvals.about(engagement.client_id)
                if _is_of_set_up(engagement, each.requested_at)
            ),
        ]
        waits = [
            *(Wait(each.requested_at, each.decided_at) for each in asked if each.decided_at),
            *(Wait(each.opened_at, each.resolved_at) for each in stops if each.resolved_at),
        ]
        return SetUpRecord(runs=runs, waits=waits, was_stopped=bool(stops))


def _is_of_set_up(engagement: Engagement, asked_at: datetime) -> bool:
    """Whether something was asked while an engagement was set up."""
    ended = engagement.activated_at
    return engagement.opened_at <= asked_at and (ended is None or asked_at <= ended)
