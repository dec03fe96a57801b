"""What was invoiced of billing events: found by the event, whatever else was ever invoiced."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import Connection, func, select

from process_apis.engagements import engagements
from process_apis.project_to_cash.ledger.tables import billing_events, client_invoices
from process_apis.project_to_cash.records import ON_THE_WAY, BillingKind, ClientInvoice
from store.database import Store

_AT_A_TIME = 400  # ids in one statement


class BilledEvents:
    """Reads the invoices of billing events that are on their way, posted or paid."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def invoices(self, event_ids: Iterable[str]) -> list[ClientInvoice]:
        """Return the invoices of some events, oldest first."""
        asked = sorted(set(event_ids))
        return await self._store.read(lambda connection: _invoices(connection, asked))

    async def deposits(self, entities: frozenset[str]) -> list[ClientInvoice]:
        """Return the invoices of some companies' down payments, oldest first."""
        query = select(billing_events.c.id).where(
            billing_events.c.kind == BillingKind.DOWN_PAYMENT,
            billing_events.c.legal_entity.in_(sorted(entities)),
        )

        def read(connection: Connection) -> list[ClientInvoice]:
            return _invoices(connection, sorted(connection.execute(query).scalars()))

        return await self._store.read(read)

    async def taken_on(self, legal_entity: str, client_number: str) -> datetime | None:
        """Return since when we carry work that is billed to a client, if we do."""
        projects = select(billing_events.c.project_number).where(
            billing_events.c.legal_entity == legal_entity,
            billing_events.c.client_number == client_number,
        )
        query = select(func.min(engagements.c.opened_at)).where(
            engagements.c.project_number.in_(projects),
            engagements.c.legal_entity + "" == legal_entity,
        )
        return await self._store.read(lambda connection: connection.execute(query).scalar())


def _invoices(connection: Connection, event_ids: list[str]) -> list[ClientInvoice]:
    table = client_invoices.c
    found: list[ClientInvoice] = []
    for start in range(0, len(event_ids), _AT_A_TIME):
        query = select(table.record).where(
            table.billing_event_id.in_(event_ids[start : start + _AT_A_TIME]),
            table.stage.in_(ON_THE_WAY),
        )
        rows = connection.execute(query)
        found += [msgspec.json.decode(row.record, type=ClientInvoice) for row in rows]
    return sorted(found, key=lambda each: (each.draft.issue_date, each.id))
