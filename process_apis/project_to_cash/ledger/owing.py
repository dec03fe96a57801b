"""What clients owe: overdue invoices, and their balances, of what is owed alone.

What is paid, and what is not posted, owes nothing and is never read.
"""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct
from sqlalchemy import Connection, func, literal_column, select

from process_apis.project_to_cash.ledger.rows import records
from process_apis.project_to_cash.ledger.tables import client_invoices
from process_apis.project_to_cash.records import ClientInvoice
from process_apis.sight import Sight
from store.database import Store
from system_apis.canonical.money import Money

_invoices = client_invoices.c
# In the words of the index, so that it is found whatever the question asks beside.
_IS_OWED = _invoices.owed_units != literal_column("0")
_OWED = (
    select(_invoices.record)
    .where(_IS_OWED, _invoices.owed_units > 0)
    .order_by(_invoices.due_date, _invoices.id)
)


class Account(Struct, frozen=True, order=True):
    """A client of a company, in one currency."""

    legal_entity: str
    client_number: str
    currency: str


class Owing(Struct, frozen=True):
    """Reads what is owed out of the billing ledger."""

    store: Store

    async def of_company(self, legal_entity: str) -> list[ClientInvoice]:
        """Return the invoices of a company that something is owed on, by their due dates."""
        query = _OWED.where(_invoices.legal_entity == legal_entity)
        return await self.store.read(lambda connection: records(connection, query, ClientInvoice))

    async def overdue(self, entities: frozenset[str], before: date) -> list[ClientInvoice]:
        """Return the invoices that were due before a day and are not paid, by their due dates."""
        late = _OWED.where(_invoices.due_date < before)
        query = late.where(_invoices.legal_entity.in_(sorted(entities)))
        return await self.store.read(lambda connection: records(connection, query, ClientInvoice))

    async def balances(self, sight: Sight) -> Mapping[Account, Money]:
        """Return what each client owes of the invoices that a caller sees, less what they are owed.

        Paid invoices count as well: one that is credited after it was paid is owed to the client.
        """
        parts = (_invoices.legal_entity, _invoices.client_number, _invoices.currency)
        query = (
            select(*parts, _invoices.project_number, func.sum(_invoices.owed_units).label("units"))
            .where(_IS_OWED, _invoices.legal_entity.in_(sorted(sight.caller.entities)))
            .group_by(*parts, _invoices.project_number)
        )

        def read(connection: Connection) -> Mapping[Account, Money]:
            found: dict[Account, Money] = {}
            for row in connection.execute(query):
                if row.project_number in sight.hidden:
                    continue
                account = Account(row.legal_entity, row.client_number, row.currency)
                owed = Money.of_units(row.units, row.currency)
                found[account] = found.get(account, Money.zero(row.currency)) + owed
            return found

        return await self.store.read(read)
