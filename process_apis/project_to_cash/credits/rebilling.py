"""Rebilling: what was credited, corrected or held is billed by a new event of its period."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from process_apis.errors import Conflict
from process_apis.project_to_cash.credit_records import CapStanding, HeldWork
from process_apis.project_to_cash.credits.ledger import CreditLedger
from process_apis.project_to_cash.identifiers import billing_event_id
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import (
    BillingEvent,
    ClientInvoice,
    EventStatus,
    InvoiceStage,
)
from system_apis.canonical.money import Money
from system_apis.canonical.party import LegalEntity
from system_apis.systems import Systems


class Rebilling(Struct, frozen=True):
    """Plans the next billing event of a period that was billed already."""

    systems: Systems
    billing: BillingLedger
    credit_ledger: CreditLedger
    entities: Mapping[str, LegalEntity]
    clock: Callable[[], datetime]

    async def again(self, invoice: ClientInvoice) -> BillingEvent:
        """Return the event that bills again what was taken back of an invoice, planned for now.

        Raises `Conflict` while a credit of it is not posted, and when nothing was credited.
        """
        before = await self.billing.planned_before()
        if before is not None:
            return before
        notes = await self.credit_ledger.credit_notes(invoice_id=invoice.id)
        if not notes:
            raise Conflict("nothing of this invoice was credited, so nothing is billed again")
        if any(each.stage is not InvoiceStage.POSTED for each in notes):
            raise Conflict("a credit of this invoice is not posted yet: wait for it")
        return await self._next(await self.billing.event(invoice.billing_event_id))

    async def late(self, contract_number: str, day: date) -> BillingEvent | None:
        """Return the event that bills a day's work that came after its bill, planned for now.

        None where a bill of the period is to come, was given up, or is none of work.
        """
        every = await self.billing.events(
            entities=frozenset(self.entities), contract_number=contract_number
        )
        of_day = [each for each in every if each.period_start <= day <= each.period_end]
        working = [each for each in of_day if each.bills_work]
        latest = max(working, key=lambda each: each.sequence, default=None)
        if latest is None or not latest.is_settled:
            return None
        return await self._next(latest)

    async def release(self, contract_id: str) -> BillingEvent | None:
        """Return the event that bills what a contract's cap held, if there is room for any."""
        held = [
            each for each in await self.billing.so_far.held() if each.contract_id == contract_id
        ]
        if not held:
            return None
        oldest = await self.billing.event(held[0].billing_event_id)
        standing = await self.cap(oldest)
        if standing.room is not None and standing.room.value <= 0:
            return None
        return await self._next(oldest)

    async def cap(self, event: BillingEvent) -> CapStanding:
        """Return how the contract of an event stands to its cap."""
        contract = await self.systems.contracts.contract(event.contract_id)
        nothing = Money.zero(contract.currency)
        counted = await self.billing.so_far.counted(
            contract.number,
            contract.nte_scope,
            contract.currency,
            covered=contract.billed_until,
        )
        billed = (contract.billed_to_date or nothing) + counted
        held = await self._held(event)
        return CapStanding(
            contract_number=contract.number,
            project_number=event.project_number,
            cap=contract.nte_cap,
            billed=billed,
            room=contract.nte_cap - billed if contract.nte_cap is not None else None,
            held=Money.total((each.amount for each in held), contract.currency),
        )

    async def _held(self, event: BillingEvent) -> list[HeldWork]:
        return await self.billing.so_far.held(contract_number=event.contract_number)

    async def _next(self, event: BillingEvent) -> BillingEvent:
        """Return the period's open event, or plan one more for today."""
        every = await self.billing.events(
            entities=frozenset({event.legal_entity}), contract_number=event.contract_number
        )
        latest = max((each for each in every if _same(each, event)), key=lambda e: e.sequence)
        if not latest.is_settled:
            [event] = await self.billing.plan([latest])
            return event
        number = latest.sequence + 1
        planned = replace(
            event,
            id=billing_event_id(event.contract_id, event.period_start, event.milestone, number),
            sequence=number,
            planned_date=self.entities[event.legal_entity].day_of(self.clock()),
            status=EventStatus.PLANNED,
            version=1,
            blockers=(),
            first_blockers=None,
            first_checked_at=None,
            amount_expected=None,
            over_cap=None,
            accepted_over_cap=None,
        )
        [event] = await self.billing.plan([planned])
        return event


def _same(one: BillingEvent, other: BillingEvent) -> bool:
    """Whether two events bill the same period or milestone of a contract."""
    return (one.contract_id, one.period_start, one.milestone) == (
        other.contract_id,
        other.period_start,
        other.milestone,
    )
