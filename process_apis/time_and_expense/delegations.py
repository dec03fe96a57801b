"""Delegations: who decides for whom from a day to another, told once and kept."""

import msgspec
from sqlalchemy import Connection, insert, select

from governance.access import Caller
from governance.audit import Audit, AuditEntry
from governance.once import once
from process_apis.time_and_expense.records import Delegation
from process_apis.time_and_expense.tables import delegations
from store.database import Store


class Delegations:
    """Strata's own record of who stands in for whom."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit

    async def tell(self, told: Delegation, *, by: Caller) -> Delegation:
        """Write a delegation down; told again, it is the same one."""

        def work(connection: Connection) -> Delegation:
            query = select(delegations.c.record).where(delegations.c.id == told.id)
            known = connection.scalars(query).first()
            if known is not None:
                return msgspec.json.decode(known, type=Delegation)
            row = {"id": told.id, "legal_entity": told.legal_entity, "person": told.person}
            record = msgspec.json.encode(told)
            connection.execute(insert(delegations).values(**row, record=record))
            entry = AuditEntry.by(
                by,
                "delegation.told",
                told.id,
                legal_entity=told.legal_entity,
                reason=f"{told.delegate} decides for {told.person}, {told.start} to {told.end}",
            )
            self._audit.append(connection, entry)
            return told

        return await self._store.write(once(Delegation, work))

    async def of(self, person: str | None) -> list[Delegation]:
        """Return every delegation that a person told, the last told last."""
        if person is None:
            return []
        query = select(delegations.c.record).where(delegations.c.person == person)
        return await self._store.read(
            lambda connection: [
                msgspec.json.decode(each, type=Delegation) for each in connection.scalars(query)
            ]
        )
