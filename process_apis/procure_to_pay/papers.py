"""The register of what buying leaves behind, about a vendor each, and found by further names."""

from collections.abc import Collection, Sequence
from typing import ClassVar

from sqlalchemy import (
    Column,
    Connection,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    delete,
    insert,
    select,
)

from process_apis.papers import Decide, Papers, R
from process_apis.procure_to_pay.names import names_of
from store.columns import Instant
from store.database import metadata

purchase_papers = Table(
    "purchase_papers",
    metadata,
    Column("kind", String, nullable=False),
    Column("id", String, nullable=False),
    Column("legal_entity", String, nullable=False),
    Column("vendor_id", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("record", LargeBinary, nullable=False),
    PrimaryKeyConstraint("kind", "id"),
    Index(
        "purchase_papers_by_vendor",
        *("kind", "vendor_id", "legal_entity", "opened_at", "id"),
    ),
    Index("purchase_papers_listed", "kind", "legal_entity", "opened_at", "id"),
    Index("purchase_papers_by_stage", "kind", "stage"),
)

purchase_names = Table(
    "purchase_names",
    metadata,
    Column("kind", String, nullable=False),
    Column("name", String, nullable=False),
    Column("id", String, nullable=False),
    PrimaryKeyConstraint("kind", "name", "id"),
    Index("purchase_names_by_paper", "kind", "id"),
)


class PurchasePapers(Papers[R]):
    """The records of buying of one kind."""

    table: ClassVar = purchase_papers
    about: ClassVar = "vendor_id"

    async def named(self, names: Collection[str], *, stages: Sequence[str] = ()) -> list[R]:
        """Return the records of any of some names, in the order they were written down."""
        found = await self._store.read(lambda connection: self._named(connection, names))
        return [each for each in found if not stages or each.stage in stages]

    async def decided_beside(self, record_id: str, names: Collection[str], decide: Decide[R]) -> R:
        """Write down what is decided of a record beside those of some names alone.

        Nobody else decides meanwhile: what one claims no other can claim as well.
        """
        return await self._decided(
            record_id, decide, lambda connection, _: self._named(connection, names)
        )

    def _named(self, connection: Connection, names: Collection[str]) -> list[R]:
        ours = purchase_names.c
        named = select(ours.id).where(ours.kind == self._word, ours.name.in_(sorted(names)))
        return self._all(connection, self._select().where(self.table.c.id.in_(named)))

    def _note_names(self, connection: Connection, record: R) -> None:
        ours, names = purchase_names.c, names_of(record)
        mine = (ours.kind == self._word, ours.id == record.id)
        known = set(connection.scalars(select(ours.name).where(*mine)) if names else ())
        if known - names:
            connection.execute(delete(purchase_names).where(*mine, ours.name.in_(known - names)))
        new = [{"kind": self._word, "name": each, "id": record.id} for each in names - known]
        if new:
            connection.execute(insert(purchase_names), new)
