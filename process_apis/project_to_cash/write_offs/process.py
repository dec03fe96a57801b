"""From the answer about a write-off to the ledger, and back (domain handbook, 1.6)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from process_apis.approvals.decisions import Approvals
from process_apis.engine import Process, step
from process_apis.events.billing import (
    BillingFallenDue,
    WriteOffApproved,
    WriteOffRejected,
    WriteOffReversalApproved,
)
from process_apis.project_to_cash.questions import NAME
from process_apis.project_to_cash.write_offs import rules
from process_apis.project_to_cash.write_offs.asking import SCOPES
from process_apis.project_to_cash.write_offs.ledger import WriteOffLedger, moved
from process_apis.project_to_cash.write_offs.records import WriteOff, WriteOffStage
from process_apis.project_to_cash.write_offs.weighing import Weighing
from system_apis.canonical.party import LegalEntity
from system_apis.errors import Refused


class WritingOff(Struct, frozen=True, kw_only=True):
    """The process with what it needs at hand."""

    weighing: Weighing
    ledger: WriteOffLedger
    approvals: Approvals
    entities: Mapping[str, LegalEntity]
    clock: Callable[[], datetime]

    async def write_off(self, event: WriteOffApproved) -> None:
        """Give a billing event up as it was agreed, and ask nobody about its adjustment."""
        done = await step(self.give_up, event.write_off_id, event.version)
        await step(self.withdraw, done)

    async def put_back(self, event: WriteOffReversalApproved) -> BillingFallenDue:
        """Let the work be billed again, and look at its billing event."""
        done = await step(self.take_back, event.write_off_id, event.version)
        return BillingFallenDue(
            billing_event_id=done.billing_event_id,
            occasion=f"put-back:{done.id}",
            legal_entity=event.legal_entity,
        )

    async def leave(self, event: WriteOffRejected) -> None:
        """Leave everything as it was before somebody asked."""
        await step(self.drop, event.write_off_id, event.version)

    async def give_up(self, write_off_id: str, version: int) -> WriteOff:
        """Write off what was agreed to, or raise `Refused` when its ground has moved."""
        wanted = await self.ledger.get(write_off_id)
        if wanted.stands and wanted.version == version:
            return wanted
        event = await self.weighing.checks.billing.event(wanted.billing_event_id)
        weighed = await self.weighing.weigh(event)
        gross = wanted.draft.gross
        refusal = rules.why_not(event, weighed.prepared, weighed.found, gross)
        if refusal is None and rules.ground_of(weighed.prepared) != wanted.ground:
            refusal = f"{event.id} bills other work by now that comes to the same: look again"
        if refusal is not None or wanted.version != version:
            raise moved(refusal or f"{event.id} was asked for anew: decide that one")
        on = self._today(event.legal_entity)
        return await self.ledger.write_off(wanted, weighed.prepared.billed, seen=event, on=on)

    async def withdraw(self, done: WriteOff) -> None:
        """Withdraw what was asked about the work over the cap: it is given up as well."""
        await self.approvals.withdraw("nte_adjustment", [done.billing_event_id])

    async def take_back(self, write_off_id: str, version: int) -> WriteOff:
        """Put back what was written off, or raise `Refused` when its period is closed by now."""
        wanted = await self.ledger.get(write_off_id)
        if wanted.stage is WriteOffStage.REVERSED:
            return wanted
        entity, day = wanted.draft.legal_entity, wanted.written_off_on
        if wanted.stage is not WriteOffStage.REVERSAL_ASKED or wanted.version != version:
            raise moved(f"{wanted.id} is {wanted.stage}: it is not to be put back by now")
        if day is None or not await self.weighing.is_open(entity, day):
            reason = f"the period of {day} is closed: open it, or bill the work by hand"
            raise Refused("strata", reason, code="PERIOD_CLOSED")
        return await self.ledger.put_back(wanted, on=self._today(entity))

    async def drop(self, write_off_id: str, version: int) -> WriteOff:
        """Write down that it was not agreed to."""
        known = await self.ledger.get(write_off_id)
        before = {
            WriteOffStage.ASKED: WriteOffStage.REJECTED,
            WriteOffStage.REVERSAL_ASKED: WriteOffStage.WRITTEN_OFF,
        }
        if known.version != version or known.stage not in before:
            return known
        left = replace(known, stage=before[known.stage], reversal_reason=None)
        return await self.ledger.turn(known, left, reason="it was not agreed to")

    def _today(self, legal_entity: str) -> date:
        return self.entities[legal_entity].day_of(self.clock())


def processes(process: WritingOff) -> list[Process]:
    """Return what of writing off happens on which event."""
    ours = frozenset[str]()
    return [
        Process(
            name=f"{NAME}.write-off", on=WriteOffApproved, run=process.write_off, scopes=SCOPES
        ),
        Process(
            name=f"{NAME}.put-back",
            on=WriteOffReversalApproved,
            run=process.put_back,
            scopes=SCOPES,
        ),
        Process(name=f"{NAME}.no-write-off", on=WriteOffRejected, run=process.leave, scopes=ours),
    ]
