"""Asking for a write-off, or for what was written off to be billed after all."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from governance.access import Caller, acting_as
from governance.editions import Editions
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import ApprovalRequest, approval_id
from process_apis.errors import Conflict, NoSuchRecord
from process_apis.events.billing import (
    WriteOffApproved,
    WriteOffRejected,
    WriteOffReversalApproved,
)
from process_apis.project_to_cash.identifiers import write_off_id
from process_apis.project_to_cash.questions import ANSWER_WITHIN, NAME, REQUESTER
from process_apis.project_to_cash.records import BillingEvent
from process_apis.project_to_cash.rules import ApprovalPolicy, in_reporting_currency
from process_apis.project_to_cash.write_offs import rules
from process_apis.project_to_cash.write_offs.ledger import WriteOffLedger
from process_apis.project_to_cash.write_offs.records import (
    ReversalWish,
    WriteOff,
    WriteOffStage,
    WriteOffWish,
)
from process_apis.project_to_cash.write_offs.terms import WriteOffTerms
from process_apis.project_to_cash.write_offs.weighing import Weighing
from system_apis.canonical.party import LegalEntity

QUESTION, REVERSAL = "write_off", "write_off_reversal"
SCOPES = frozenset({"system:contracts:read", "system:psa:read", "system:erp:read"})


class Asking(Struct, frozen=True, kw_only=True):
    """What stands between a wish and the ledger: somebody else's answer."""

    weighing: Weighing
    ledger: WriteOffLedger
    approvals: Approvals
    terms: Editions[WriteOffTerms]
    policy: ApprovalPolicy
    entities: Mapping[str, LegalEntity]
    clock: Callable[[], datetime]

    async def write_off(self, event: BillingEvent, wish: WriteOffWish, *, by: str) -> WriteOff:
        """Ask whoever approves such an amount; asked again, it is the same question.

        Raises `Conflict` when the event may not be written off at this amount.
        """
        wanted = await self.ledger.asked_before()
        if wanted is None:
            earlier = await self.ledger.listed(event_id=event.id, stages=tuple(WriteOffStage))
            number = sum(each.stage is WriteOffStage.REVERSED for each in earlier)
            wanted = await self._wanted(event, wish, number, by)
            wanted = await self.ledger.ask(wanted, number)
        await self.approvals.ask(self._question(wanted, event))
        return wanted

    async def reversal(self, event: BillingEvent, wish: ReversalWish, *, by: str) -> WriteOff:
        """Ask whoever approved such an amount whether it is billed after all.

        Raises `Conflict` when nothing stands written off, and once its period is closed.
        """
        wanted = await self.ledger.asked_before()
        if wanted is None:
            wanted = await self._put_back(event, wish, by)
        await self.approvals.ask(self._question(wanted, event))
        return wanted

    async def of(self, event: BillingEvent) -> WriteOff:
        """Return the latest write-off of an event, or raise `NoSuchRecord`."""
        known = await self.ledger.listed(event_id=event.id, stages=tuple(WriteOffStage))
        if not known:
            raise NoSuchRecord(f"nobody asked to write {event.id} off")
        return known[-1]

    async def _put_back(self, event: BillingEvent, wish: ReversalWish, by: str) -> WriteOff:
        known = await self.of(event)
        if known.stage is WriteOffStage.REVERSAL_ASKED:
            if (known.reversal_reason, known.requested_by) == (wish.reason, by):
                return known
            raise Conflict(f"{known.requested_by} asks for that already: await the answer")
        if known.stage is not WriteOffStage.WRITTEN_OFF:
            raise Conflict(f"{known.id} is {known.stage}: only what is written off is put back")
        await self._check_open(known, event)
        wanted = replace(
            known,
            stage=WriteOffStage.REVERSAL_ASKED,
            version=known.version + 1,
            reversal_reason=wish.reason,
            requested_by=by,
        )
        return await self.ledger.turn(known, wanted, reason=wish.reason)

    async def _check_open(self, known: WriteOff, event: BillingEvent) -> None:
        if known.written_off_on is None:
            return
        with acting_as(_identity(event)):
            is_open = await self.weighing.is_open(event.legal_entity, known.written_off_on)
        if not is_open:
            raise Conflict(f"{known.id} is of a period that is closed: bill the work by hand")

    async def _wanted(
        self, event: BillingEvent, wish: WriteOffWish, number: int, by: str
    ) -> WriteOff:
        with acting_as(_identity(event)):
            weighed = await self.weighing.weigh(event)
        refusal = rules.why_not(event, weighed.prepared, weighed.found, wish.amount)
        if refusal is not None:
            raise Conflict(refusal)
        draft = weighed.prepared.draft
        edition = self.terms.on(self._today(event.legal_entity))
        return WriteOff(
            id=write_off_id(event.id, number),
            billing_event_id=event.id,
            contract_number=event.contract_number,
            version=1,
            stage=WriteOffStage.ASKED,
            draft=draft,
            ground=rules.ground_of(weighed.prepared),
            reason=wish.reason,
            requested_by=by,
            approvers=edition.terms.roles(in_reporting_currency(draft.gross, self.policy)),
            terms_version=edition.version,
        )

    def _today(self, legal_entity: str) -> date:
        return self.entities[legal_entity].day_of(self.clock())

    def _question(self, wanted: WriteOff, event: BillingEvent) -> ApprovalRequest:
        back = wanted.stage is WriteOffStage.REVERSAL_ASKED
        now, gross = self.clock(), wanted.draft.gross
        what = f"bill {gross} after all" if back else f"write off {gross}"
        why = wanted.reversal_reason if back else wanted.reason
        first, *others = wanted.approvers
        return ApprovalRequest(
            question=_question_of(wanted),
            subject_type="write_off",
            subject_id=wanted.id,
            subject_version=wanted.version,
            process=NAME,
            legal_entity=event.legal_entity,
            project_number=event.project_number,
            title=f"{what}, {why}",
            role=first,
            further_roles=tuple(others),
            amount=gross,
            requested_by=wanted.requested_by,
            requested_at=now,
            due_at=now + ANSWER_WITHIN,
            if_approved=_agreed(wanted),
            if_rejected=WriteOffRejected(
                write_off_id=wanted.id,
                version=wanted.version,
                approval_id=approval_of(wanted),
                legal_entity=event.legal_entity,
            ),
        )


def approval_of(wanted: WriteOff) -> str:
    """Return the id of the approval that a write-off, or its reversal, waits for."""
    return approval_id(_question_of(wanted), wanted.id, wanted.version)


def _question_of(wanted: WriteOff) -> str:
    return REVERSAL if wanted.reversal_reason is not None else QUESTION


def _agreed(wanted: WriteOff) -> WriteOffApproved | WriteOffReversalApproved:
    entity = wanted.draft.legal_entity
    if wanted.stage is WriteOffStage.REVERSAL_ASKED:
        return WriteOffReversalApproved(
            write_off_id=wanted.id, version=wanted.version, legal_entity=entity
        )
    return WriteOffApproved(write_off_id=wanted.id, version=wanted.version, legal_entity=entity)


def _identity(event: BillingEvent) -> Caller:
    """Return who reads for a write-off: whoever asks for it may know less of the systems."""
    return Caller(
        subject=REQUESTER,
        client_id=REQUESTER,
        scopes=SCOPES,
        entities=frozenset({event.legal_entity}),
    )
