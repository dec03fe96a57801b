"""A store that writes down what it is asked, and by which indexes it finds the answers."""

import re
from pathlib import Path

from sqlalchemy import Connection, event

from governance.audit import Audit
from observability.metrics import Metrics
from process_apis.approvals.decisions import Approvals
from process_apis.project_to_cash.ledger.billing import BillingLedger
from store.clock import wall_clock
from store.database import Store


class Asked:
    """A store that writes down every query it is asked, of some companies."""

    def __init__(self, store: Store, companies: frozenset[str] = frozenset()) -> None:
        self.store, self.companies = store, companies
        self.audit = Audit(store, wall_clock, Path("/nowhere"))
        self.billing = BillingLedger(store, self.audit)
        self.approvals = Approvals(store, self.audit, Metrics())
        self.queries: list[tuple[str, object]] = []
        event.listen(store.engine, "before_cursor_execute", self._note)

    def _note(self, _: Connection, __: object, query: str, values: object, *___: object) -> None:
        if query.startswith("SELECT"):
            self.queries.append((query, values))

    async def records(self) -> int:
        """Return how many records the answers to all that was asked are made of."""

        def rows(connection: Connection) -> int:
            driver = connection.connection.driver_connection
            assert driver is not None
            found = [driver.execute(query, values).fetchall() for query, values in asked]
            return sum(len(each) for each in found)

        asked = [each for each in self.queries if ".record" in each[0].partition("FROM")[0]]
        return await self.store.read(rows)

    async def ways(self) -> set[str]:
        """Return by which indexes SQLite finds the answers, or that it reads a table through."""
        return {way for each in await self._plans() if (way := _way(each))}

    async def sorts(self) -> list[str]:
        """Return what SQLite has to sort before it can answer."""
        return [each for each in await self._plans() if each.startswith("USE TEMP B-TREE")]

    async def _plans(self) -> list[str]:
        def plans(connection: Connection) -> list[str]:
            driver = connection.connection.driver_connection
            assert driver is not None
            return [
                row[3]
                for query, values in asked
                for row in driver.execute(f"EXPLAIN QUERY PLAN {query}", values)
            ]

        asked = list(self.queries)
        return await self.store.read(plans)


def _way(plan: str) -> str:
    """Return the index of one line of a plan, or the whole line when it reads a table through."""
    index = re.search(r"USING (?:COVERING )?(?:INDEX (\w+)|(INTEGER PRIMARY KEY))", plan)
    if index:
        return index[1] or "its number"
    return plan if plan.startswith("SCAN ") else ""
