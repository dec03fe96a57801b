"""What the books posted, out of the read model: sums by company, month and currency."""

from sqlalchemy import ColumnElement, Connection, case, func, or_, select

from process_apis.read_models.documents.keeping import DocumentShelf
from process_apis.read_models.documents.records import (
    INVOICE,
    MOST_TRACED,
    PAYMENT,
    RECORD_TYPES,
    PostedSum,
    PostedSums,
    Traced,
    Wanted,
)
from process_apis.read_models.tables import known_postings
from system_apis.canonical.money import Money

part = known_postings.alias("part")
billed = known_postings.alias("billed")  # the invoice that a posting is about
_ON_ITS_INVOICE = (
    (billed.c.instance == part.c.instance)
    & (billed.c.generation == part.c.generation)
    & (billed.c.legal_entity == part.c.legal_entity)
    & (billed.c.invoice_number == part.c.invoice_number)
    & (billed.c.record_type == INVOICE)
    & billed.c.counts.is_(True)
    & billed.c.gone.is_(False)
)


def posted(connection: Connection, shelf: DocumentShelf, wanted: Wanted) -> PostedSums:
    """Return what counts of the documents that a read model keeps."""
    where = _counting(shelf, wanted)
    counts = _counts(connection, where)
    return PostedSums(
        sums=_sums(connection, where, wanted),
        traces={
            each: Traced(counts.get(each, 0), _first(connection, where, each))
            for each in RECORD_TYPES
        },
    )


def _sums(
    connection: Connection, where: tuple[ColumnElement[bool], ...], wanted: Wanted
) -> tuple[PostedSum, ...]:
    """Return sums by month, and of a month that is asked for in part by its parts."""
    is_billing = case((part.c.record_type == PAYMENT, 0), else_=1).label("is_billing")
    of_days = case((part.c.day >= wanted.start, 1), else_=0)
    month = part.c.month
    query = (
        select(
            part.c.legal_entity,
            part.c.currency,
            is_billing,
            func.max(part.c.day).label("day"),
            func.sum(part.c.units).label("units"),
        )
        .join(billed, _ON_ITS_INVOICE)
        .where(*where)
        .group_by(part.c.legal_entity, part.c.currency, is_billing, month, of_days)
        .order_by(part.c.legal_entity, func.max(part.c.day), part.c.currency)
    )
    return tuple(
        PostedSum(
            legal_entity=row.legal_entity,
            day=row.day,
            amount=Money.of_units(int(row.units), row.currency),
            is_billing=bool(row.is_billing),
        )
        for row in connection.execute(query)
    )


def _counts(connection: Connection, where: tuple[ColumnElement[bool], ...]) -> dict[str, int]:
    """Return how many documents of each type count."""
    query = (
        select(part.c.record_type, func.count(part.c.id.distinct()).label("documents"))
        .join(billed, _ON_ITS_INVOICE)
        .where(*where)
        .group_by(part.c.record_type)
    )
    return {row.record_type: row.documents for row in connection.execute(query)}


def _first(
    connection: Connection, where: tuple[ColumnElement[bool], ...], record_type: str
) -> tuple[str, ...]:
    """Return the first of the documents of a type that count."""
    query = (
        select(part.c.id)
        .distinct()
        .join(billed, _ON_ITS_INVOICE)
        .where(*where, part.c.record_type == record_type)
        .order_by(part.c.id)
        .limit(MOST_TRACED)
    )
    return tuple(connection.execute(query).scalars())


def _counting(shelf: DocumentShelf, wanted: Wanted) -> tuple[ColumnElement[bool], ...]:
    """Return which postings count: of what is asked for, and by the project of their invoice."""
    of_payment = part.c.record_type == PAYMENT  # it names no project of its own
    project = case((of_payment, billed.c.project_number), else_=part.c.project_number)
    client = case((of_payment, billed.c.client_number), else_=part.c.client_number)
    found = [
        part.c.instance == shelf.instance,
        part.c.generation == shelf.generation,
        part.c.counts.is_(True),
        part.c.gone.is_(False),
        part.c.legal_entity.in_(sorted(wanted.entities)),
        part.c.day <= wanted.end,
    ]
    if wanted.projects is not None:
        found.append(project.in_(sorted(wanted.projects)))
    if wanted.hidden:
        found.append(or_(project.is_(None), project.not_in(sorted(wanted.hidden))))
    if wanted.client_number is not None:
        found.append(client == wanted.client_number)
    if wanted.left_out:
        found.append(billed.c.id.not_in(sorted(wanted.left_out)))
    return tuple(found)
