"""Numbers follow dates: of a company's documents of a kind, the one dated first is posted first."""

from datetime import date

from sqlalchemy import Connection, Table, literal_column, select

from process_apis.project_to_cash.records import InvoiceStage


def on_the_way_before(
    connection: Connection, documents: Table, legal_entity: str, issued: date
) -> str | None:
    """Return a document of the company that is being posted, and dated before a day.

    Once one of that day is posted, this one cannot be any more.
    """
    # In the words of the index of what is being posted.
    return connection.execute(
        select(documents.c.id)
        .where(documents.c.stage == literal_column(f"'{InvoiceStage.POSTING}'"))
        .where(documents.c.legal_entity == legal_entity)
        .where(documents.c.issue_date < issued)
        .order_by(documents.c.issue_date)
        .limit(1)
    ).scalar()
