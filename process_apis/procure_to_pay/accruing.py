"""Accruals: what was received by a month's end and not billed, taken back on the day after."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta

from msgspec import Struct

from governance.access import current_caller
from process_apis.papers import Papers
from process_apis.procure_to_pay.orders import Orders
from process_apis.procure_to_pay.records import Accrual, AccrualJournal
from system_apis.canonical.revenue import Month


class Accruing(Struct, frozen=True):
    """Writes the accruals of a company's month into a book of our own, a line of an order each."""

    orders: Orders
    journals: Papers[AccrualJournal]
    clock: Callable[[], datetime]

    async def accrue(self, legal_entity: str, month: Month) -> int:
        """Write a month's accruals down, each once, and return how many there are."""
        end = last_day(month)
        found = await self.orders.accruals(legal_entity, end)
        due = [self._journal(each, month) for each in found if each.accrued]
        for each in due:
            await self.journals.open(each, by=current_caller())
        return len(due)

    def _journal(self, accrual: Accrual, month: Month) -> AccrualJournal:
        end = last_day(month)
        return AccrualJournal(
            id=journal_id(accrual, month),
            legal_entity=accrual.legal_entity,
            vendor_id=accrual.vendor_id,
            project_number=accrual.project_number,
            purchase_order_number=accrual.purchase_order_number,
            line=accrual.line,
            month=month,
            amount=accrual.accrued,
            booked_on=end,
            reversed_on=end + timedelta(days=1),
            opened_at=self.clock(),
        )


def last_day(month: Month) -> date:
    """Return the last day of a month."""
    return (date.fromisoformat(f"{month}-01") + timedelta(days=31)).replace(day=1) - timedelta(
        days=1
    )


def journal_id(accrual: Accrual, month: Month) -> str:
    """Return the id of the accrual of an order's line in a month: there is one."""
    order = f"{accrual.legal_entity}|{accrual.purchase_order_number}|{accrual.line}"
    return f"acr_{hashlib.sha256(f'{order}|{month}'.encode()).hexdigest()[:24]}"
