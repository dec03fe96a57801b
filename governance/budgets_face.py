"""The back offices' own quotas over HTTP: what is left of them, lane by lane."""

from litestar import get
from litestar.di import NamedDependency
from msgspec import Struct

from governance.vendor_budgets import Budgets, SystemBudget


class BudgetList(Struct, frozen=True):
    """The budget of every system instance."""

    items: list[SystemBudget]


@get("/budgets", opt={"operation": "read_budgets"})
async def read_budgets(budgets: NamedDependency[Budgets]) -> BudgetList:
    """Return what is used up and what is left of every system's quota, and when it resets."""
    return BudgetList(await budgets.standing())


handlers = [read_budgets]
