"""The register of what buying leaves behind, about a vendor each."""

from typing import ClassVar

from sqlalchemy import Column, Index, LargeBinary, PrimaryKeyConstraint, String, Table

from process_apis.papers import Papers, R
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


class PurchasePapers(Papers[R]):
    """The records of buying of one kind."""

    table: ClassVar = purchase_papers
    about: ClassVar = "vendor_id"
