"""What waits before a set-up: for a steward's answer, or for the other half of a deal."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import date, datetime

from governance.access import Caller, acting_as
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import ApprovalStatus
from process_apis.commands import Commands, CommandStatus
from process_apis.engagements import Engagements
from process_apis.engine import Engine
from process_apis.errors import Conflict
from process_apis.events.set_up import HandoverOverdue, SetUpResumed
from process_apis.exceptions.queue import ExceptionQueue, Resolution
from process_apis.opportunity_to_project.handovers import Handovers
from process_apis.opportunity_to_project.questions import CLIENT_CANDIDATE, REQUESTER
from process_apis.opportunity_to_project.second_half import Handover, HandoverState
from system_apis.canonical.party import LegalEntity

BY = "process:handovers"


class WaitingSetUps:
    """Looks after set-ups whose client a steward is asked about, by whomever it was asked."""

    def __init__(
        self,
        engine: Engine,
        engagements: Engagements,
        approvals: Approvals,
        names_of: Callable[[str], Awaitable[list[str]]],
        entities: frozenset[str],
    ) -> None:
        self._engine, self._engagements = engine, engagements
        self._approvals, self._names_of, self._entities = approvals, names_of, entities

    async def resume(self) -> int:
        """Carry on what waits no longer, and return how much that is; twice starts once."""
        waiting = await self._engagements.waiting(self._entities, stops_at=CLIENT_CANDIDATE)
        resumed = 0
        for each in waiting:
            # It may have been asked under an id that was merged since, and be withdrawn by that.
            names = await self._names_of(each.client_id)
            asked = [one for name in names for one in await self._approvals.about(name)]
            over = len([one for one in asked if one.status is not ApprovalStatus.PENDING])
            if over and not any(one.status is ApprovalStatus.PENDING for one in asked):
                event = SetUpResumed(
                    opportunity_id=each.opportunity_id or "",
                    contract_id=each.contract_id,
                    occasion=f"clients-{over}",
                    legal_entity=each.legal_entity,
                )
                await self._engine.start(event, by=REQUESTER)
                resumed += 1
        return resumed


class WaitingHandovers:
    """Tells people of deals whose other half is late, and closes the case when it comes."""

    def __init__(
        self,
        engine: Engine,
        commands: Commands,
        exceptions: ExceptionQueue,
        handovers: Handovers,
        entities: Mapping[str, LegalEntity],
        clock: Callable[[], datetime],
    ) -> None:
        self._engine, self._commands, self._exceptions = engine, commands, exceptions
        self._handovers, self._entities, self._clock = handovers, entities, clock
        self._identity = Caller(subject=REQUESTER, client_id=REQUESTER, scopes=frozenset())

    async def look(self) -> None:
        """Start what is overdue by the business clock, and close what is over."""
        with acting_as(self._identity):
            for wait in await self._handovers.standing(HandoverState.WAITING):
                if self._today(wait) > wait.last_day:
                    await self._engine.start(_overdue(wait), by=BY)
                    await self._handovers.move(wait, HandoverState.OVERDUE)
            for wait in await self._handovers.standing(HandoverState.OVER):
                await self._close(wait)

    def _today(self, wait: Handover) -> date:
        company = self._entities.get(wait.legal_entity or "")
        return company.day_of(self._clock()) if company else self._clock().date()

    async def _close(self, wait: Handover) -> None:
        """Resolve the case of a wait that is over, once it is there, with the reason."""
        key = _overdue(wait).business_key
        command = await self._commands.find(key)
        if command is None or command.status in {CommandStatus.DONE, CommandStatus.CANCELLED}:
            await self._handovers.move(wait, HandoverState.CLOSED)
            return
        cases = [each for each in await self._exceptions.all_open() if each.command_key == key]
        for case in cases:
            # Whoever resolves it by hand at this moment is as good: it is looked at again.
            with suppress(Conflict):
                await self._exceptions.resolve(
                    case,
                    Resolution.RETRY,
                    note=wait.note or "",
                    by=self._identity,
                    at=self._clock(),
                )


def _overdue(wait: Handover) -> HandoverOverdue:
    return HandoverOverdue(
        subject_id=wait.subject_id,
        opportunity_number=wait.opportunity_number,
        since=wait.since,
        legal_entity=wait.legal_entity,
    )
