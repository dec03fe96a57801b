"""Accruals: what was received by a month's end and not billed, taken back on the day after."""

import hashlib
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from governance.access import current_caller
from process_apis.errors import NeedsPerson
from process_apis.procure_to_pay import accruals, names
from process_apis.procure_to_pay.accruals import Lacking
from process_apis.procure_to_pay.orders import Orders
from process_apis.procure_to_pay.papers import PurchasePapers
from process_apis.procure_to_pay.records import Accrual, AccrualJournal, JournalStage
from system_apis.canonical.money import Money
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.revenue import Month


class Accruing(Struct, frozen=True):
    """Writes the accruals of a company's month down, a line of an order each, and books them."""

    orders: Orders
    journals: PurchasePapers[AccrualJournal]
    entities: Mapping[str, LegalEntity]
    clock: Callable[[], datetime]

    async def accrue(self, legal_entity: str, month: Month, occasion: str) -> list[str]:
        """Write down what a month's accruals lack, each once; return what is not in the books yet.

        What another occasion wrote down is left to it.
        """
        for each in await lacking(self.orders, self.journals, legal_entity, month):
            await self.journals.open(self._journal(each, month, occasion), by=current_caller())
        kept = await self.journals.named(
            [names.of_month(legal_entity, month)], stages=[JournalStage.BOOKED]
        )
        return [each.id for each in kept if each.occasion == occasion]

    async def late(self, legal_entity: str, month: Month) -> str:
        """Return a name of what came after a month was accrued; nothing of it, no name."""
        found = await lacking(self.orders, self.journals, legal_entity, month)
        said = "|".join(f"{each.accrual.place}:{each.left}:{len(each.journals)}" for each in found)
        return f"late:{hashlib.sha256(said.encode()).hexdigest()[:12]}" if found else ""

    async def book(self, accrual_id: str) -> str:
        """Book an accrual on the last day of its month, and return its id in the books."""
        accrual = await self.journals.get(accrual_id)
        draft = accruals.entry(accrual, self._in_books(accrual))
        erp = self.orders.systems.erp(accrual.legal_entity, on=accrual.booked_on)
        return (await erp.record_journal(draft, key=accrual.reference)).id

    async def take_back(self, accrual_id: str) -> str:
        """Book the taking back on the first day of the month after, and return its id."""
        accrual = await self.journals.get(accrual_id)
        draft = accruals.taken_back(accrual, self._in_books(accrual))
        erp = self.orders.systems.erp(accrual.legal_entity, on=accrual.reversed_on)
        return (await erp.record_journal(draft, key=f"back:{accrual.reference}")).id

    async def note_booked(self, accrual_id: str, journal_id: str, reversal_id: str) -> None:
        """Write down that an accrual is in the books; said twice, it is so once."""
        accrual = await self.journals.get(accrual_id)
        if accrual.stage is JournalStage.BOOKED:
            posted = replace(
                accrual,
                stage=JournalStage.POSTED,
                in_books=self._in_books(accrual),
                journal_id=journal_id,
                reversal_id=reversal_id,
            )
            await self.journals.moved(posted, seen=accrual)

    def _in_books(self, accrual: AccrualJournal) -> Money:
        """Return an accrual in its company's currency, or stop at a person without a rate."""
        amount = accrual.in_books or self._worth(accrual)
        if amount is None:
            currency = self.entities[accrual.legal_entity].currency
            reason = f"nobody says what {accrual.amount.currency} is worth in {currency}"
            raise NeedsPerson(reason, code="RATE_MISSING", amount=accrual.amount)
        return amount

    def _worth(self, accrual: AccrualJournal) -> Money | None:
        currency = self.entities[accrual.legal_entity].currency
        return accruals.in_currency(accrual.amount, currency, self.orders.exchange)

    def _journal(self, due: Lacking, month: Month, occasion: str) -> AccrualJournal:
        accrual, end = due.accrual, last_day(month)
        journal = AccrualJournal(
            id=journal_id(accrual, month, len(due.journals)),
            legal_entity=accrual.legal_entity,
            vendor_id=accrual.vendor_id,
            project_number=accrual.project_number,
            purchase_order_number=accrual.purchase_order_number,
            line=accrual.line,
            month=month,
            occasion=occasion,
            amount=due.left,
            booked_on=end,
            reversed_on=end + timedelta(days=1),
            opened_at=self.clock(),
        )
        return replace(journal, in_books=self._worth(journal))


async def lacking(
    orders: Orders, journals: PurchasePapers[AccrualJournal], legal_entity: str, month: Month
) -> list[Lacking]:
    """Return what a company received in a month, and its journals do not say, or say no more."""
    kept = await journals.named([names.of_month(legal_entity, month)])
    return accruals.lacking(await orders.accruals(legal_entity, last_day(month)), kept)


def last_day(month: Month) -> date:
    """Return the last day of a month."""
    first = date.fromisoformat(f"{month}-01")
    return first.replace(day=monthrange(first.year, first.month)[1])


def journal_id(accrual: Accrual, month: Month, turn: int = 0) -> str:
    """Return the id of the accrual of an order's line in a month, and of each that comes late."""
    order = f"{accrual.legal_entity}|{accrual.purchase_order_number}|{accrual.line}"
    order += f"|{turn}" if turn else ""
    return f"acr_{hashlib.sha256(f'{order}|{month}'.encode()).hexdigest()[:24]}"
