"""Governance over HTTP, as far as it is about objectives and what is left of their budgets."""

from litestar import get
from litestar.di import NamedDependency

from governance.error_budgets import ErrorBudgets, Objectives


@get("/objectives", opt={"operation": "read_objectives"})
async def read_objectives(error_budgets: NamedDependency[ErrorBudgets]) -> Objectives:
    """Return what every API aims for, and what this process has left of its budgets."""
    return error_budgets.standing()


handlers = [read_objectives]
