"""Work that is approved when its period is billed already: one more bill of the period is planned.

Sources: domain handbook 0.1 (hours that are never billed), 3(d) (readiness on every event).
"""

from msgspec import Struct

from process_apis.project_to_cash.credits.rebilling import Rebilling
from process_apis.time_and_expense.records import EntryWish, HandedIn, RowStatus
from process_apis.time_and_expense.register import Register
from process_apis.time_and_expense.rules.standing import standing
from process_apis.time_and_expense.surroundings import Surroundings


class LateWork(Struct, frozen=True):
    """Plans bills of what was approved after the others of its project and days were billed."""

    around: Surroundings
    register: Register
    rebilling: Rebilling

    async def plan_bill(self, row_id: str, version: int) -> str | None:
        """Plan the next bill of a row's period, and return its id; None where one is to come.

        Hours that take the place of others are a correction: what was billed of those is
        credited first, when a person says so.
        """
        row = await self.register.get(row_id, version)
        if not await self._adds(row):
            return None
        project = await self.around.project(row.project_number)
        if project is None:
            return None
        planned = await self.rebilling.late(project.contract_number, row.wish.day)
        return planned.id if planned else None

    async def _adds(self, row: HandedIn) -> bool:
        """Whether an approved row is for the client to pay, and takes the place of none."""
        if row.status is not RowStatus.APPROVED or not row.wish.billable:
            return False
        if isinstance(row.wish, EntryWish) and row.wish.strikes_out:
            return False
        return standing(await self.register.before(row.id, row.version)) is None
