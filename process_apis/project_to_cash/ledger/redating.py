"""Moving billing events that are not invoiced to another day, where that was agreed to."""

from datetime import date

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from governance.access import current_caller
from governance.audit import Audit, AuditEntry
from process_apis.errors import NoSuchRecord
from process_apis.project_to_cash.ledger.rows import find_event, write_event
from process_apis.project_to_cash.records import BillingEvent, EventStatus
from store.database import Store
from system_apis.errors import Refused

_STANDS = {EventStatus.PLANNED, EventStatus.BLOCKED, EventStatus.READY, EventStatus.RETURNED}


class Redating(Struct, frozen=True):
    """Writes into the billing ledger when something is billed, and nothing else of it."""

    store: Store
    audit: Audit

    async def redate(self, event_id: str, planned_date: date) -> BillingEvent:
        """Move a billing event; told twice it moves once, and it is checked anew on its day.

        Raises `Refused` with code `ALREADY_BILLED` when it is invoiced meanwhile.
        """
        by = current_caller()

        def work(connection: Connection) -> BillingEvent:
            known = find_event(connection, event_id)
            if known is None:
                raise NoSuchRecord(f"there is no billing event {event_id}")
            if known.planned_date == planned_date:
                return known
            if known.status not in _STANDS:
                said = f"the bill for {known.span} is {known.status}"
                raise Refused("strata", said, code="ALREADY_BILLED")
            moved = replace(
                known,
                planned_date=planned_date,
                period_end=max(known.period_start, planned_date),
                status=EventStatus.PLANNED,
                version=known.version + 1,
                blockers=(),
            )
            write_event(connection, moved)
            entry = AuditEntry.by(
                by,
                "billing_event.moved",
                event_id,
                legal_entity=known.legal_entity,
                reason=f"{known.planned_date} to {planned_date}",
            )
            self.audit.append(connection, entry)
            return moved

        return await self.store.write(work)
