"""What there is to bill of a contract in a period, and what of it nobody has billed."""

from datetime import date

from msgspec import Struct

from process_apis.adoption.rules import Sources
from process_apis.opportunity_to_project.planned import planned_events
from process_apis.pages import every
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import EventStatus
from system_apis.canonical.contracts import Contract
from system_apis.canonical.record import Page
from system_apis.canonical.time import ExpenseLine, TimeEntry
from system_apis.systems import Systems


class SourceReader(Struct, frozen=True):
    """Reads the sources that a document of another hand may bill."""

    systems: Systems
    billing: BillingLedger

    async def unbilled(self, contract: Contract, start: date, end: date) -> Sources:
        """Return the work of a period and the plan of the contract, without what is billed."""
        psa = self.systems.psa(contract.legal_entity, on=end)
        number = contract.project_number

        async def entries(cursor: str | None) -> Page[TimeEntry]:
            return await psa.time_entries(
                project_number=number, start=start, end=end, cursor=cursor
            )

        async def expenses(cursor: str | None) -> Page[ExpenseLine]:
            return await psa.expense_lines(
                project_number=number, start=start, end=end, cursor=cursor
            )

        worked, spent = await every(entries), await every(expenses)
        planned = planned_events(contract, "")
        known = await self.billing.events(
            entities=frozenset({contract.legal_entity}), contract_number=contract.number
        )
        over = {EventStatus.WRITTEN_OFF}
        settled = {each.id for each in known if each.is_settled or each.status in over}
        ids = [*(each.id for each in worked), *(each.id for each in spent)]
        billed = await self.billing.so_far.sources(ids)
        return Sources(
            entries=tuple(each for each in worked if each.id not in billed),
            expenses=tuple(each for each in spent if each.id not in billed),
            planned=tuple(each for each in planned if each.id not in settled),
        )
