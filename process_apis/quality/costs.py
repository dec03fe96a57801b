"""What people cost by HR, and what work cost by it; no finding tells either.

A batch of looks reads the costs of a company once.
"""

import asyncio
from collections.abc import Iterable, Sequence
from decimal import Decimal

from process_apis.project_to_cash.invoicing.worked import COUNTED
from process_apis.quality.seen import told
from system_apis.canonical.money import Money
from system_apis.canonical.people import EmployeeCost
from system_apis.canonical.time import TimeEntry
from system_apis.hr.interface import Hr


class Costs:
    """What the people of companies cost; made anew for each batch, since it remembers."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[EmployeeCost] | None] = {}
        self._alone = asyncio.Lock()

    async def of_company(self, hr: Hr, legal_entity: str) -> list[EmployeeCost] | None:
        """Return what a company's people cost over time, nothing when HR does not tell it."""
        place = (hr.instance, legal_entity)
        async with self._alone:
            if place not in self._known:
                self._known[place] = await told(hr.cost_rates(legal_entity=legal_entity))
            return self._known[place]


def cost_of(
    entries: Iterable[TimeEntry], costs: Sequence[EmployeeCost], currency: str
) -> Money | None:
    """Return what approved hours cost, nothing when an hour's cost is not known in the currency."""
    people = {each.employee: each for each in costs}
    total = Decimal(0)
    for each in entries:
        if each.status not in COUNTED:
            continue
        known = people.get(each.employee)
        rate = known.on(each.work_date) if known else None
        if rate is None or rate.currency != currency:
            return None
        total += each.hours * rate.value
    return Money.of(total, currency)
