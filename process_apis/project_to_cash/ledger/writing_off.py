"""Writing off billing events that fell due: their work is given up, and never billed."""

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from governance.access import current_caller
from governance.audit import Audit, AuditEntry
from process_apis.errors import NoSuchRecord
from process_apis.project_to_cash.ledger.rows import find_event, write_event
from process_apis.project_to_cash.records import BillingEvent, EventStatus
from store.database import Store
from system_apis.canonical.money import Money
from system_apis.errors import Refused

_DUE = {EventStatus.BLOCKED, EventStatus.RETURNED}
_IN_DISPUTE = "DISPUTE_OPEN"


class WritingOff(Struct, frozen=True):
    """Writes into the billing ledger what is given up of it, and nothing else."""

    store: Store
    audit: Audit

    async def write_off(self, event_id: str, amount: Money, reason: str) -> BillingEvent:
        """Give a billing event up that is due and comes to this amount; told twice, once.

        Raises `Refused` with code `WRITE_OFF_MOVED` when it may not be written off, or
        comes to another amount by now.
        """
        by = current_caller()

        def work(connection: Connection) -> BillingEvent:
            known = find_event(connection, event_id)
            if known is None:
                raise NoSuchRecord(f"there is no billing event {event_id}")
            if known.status is EventStatus.WRITTEN_OFF and known.amount_expected == amount:
                return known
            refusal = why_not(known, amount)
            if refusal is not None:
                raise Refused("strata", refusal, code="WRITE_OFF_MOVED")
            gone = replace(known, status=EventStatus.WRITTEN_OFF, blockers=())
            write_event(connection, gone)
            entry = AuditEntry.by(
                by,
                "billing_event.written_off",
                event_id,
                legal_entity=known.legal_entity,
                reason=f"{amount}: {reason}",
            )
            self.audit.append(connection, entry)
            return gone

        return await self.store.write(work)


def why_not(event: BillingEvent, amount: Money) -> str | None:
    """Return why an event may not be written off at an amount, with the remedy, if it may not."""
    if event.status not in _DUE:
        return f"{event.id} is {event.status}: only what is due and not billed is written off"
    if any(each.reason == _IN_DISPUTE for each in event.blockers):
        return f"{event.id} is held by a dispute: resolve the dispute first"
    if event.sequence > 1:
        return f"{event.id} bills a period again, of which more may follow: bill or credit it"
    if event.amount_expected != amount:
        return f"{event.id} comes to {event.amount_expected} by now, not {amount}: look again"
    return None
