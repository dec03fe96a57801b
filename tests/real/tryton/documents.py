"""The posted documents of Tryton's books, as its official client shows them."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from msgspec import Struct
from naiad import Client, Record  # type: ignore[import-untyped] # it has no types

from system_apis.tryton.books import Company

FIELDS = [
    *("number", "state", "company", "invoice_date", "party.code", "currency.code"),
    *("untaxed_amount", "tax_amount", "total_amount", "origin_invoices.number"),
    *("lines.product.code", "lines.unit.name", "lines.quantity", "lines.unit_price"),
    *("lines.amount", "lines.note", "lines.taxes.description", "lines.taxes.rate"),
    "lines.analytic_accounts.account.code",
]


class SoldLine(Struct, frozen=True, kw_only=True):
    """A line of a document; what is no time has no quantity, and no rate."""

    kind: str
    employee: str | None
    milestone: str | None
    quantity: Decimal | None
    rate: Decimal | None
    net: Decimal
    tax_category: str
    tax_rate: Decimal


class Document(Struct, frozen=True, kw_only=True):
    """An invoice or a credit note; what is credited is said above nothing."""

    number: str
    state: str
    legal_entity: str
    project: str
    issued: date
    client: str
    currency: str
    kind: str
    corrects: str | None
    lines: tuple[SoldLine, ...]
    net: Decimal
    tax: Decimal
    gross: Decimal

    @property
    def tax_category(self) -> str:
        """The one category that all lines are taxed under."""
        [category] = {each.tax_category for each in self.lines}
        return category


def posted(client: Client, companies: Mapping[str, Company]) -> list[Document]:
    """Return every document that has a number, in the order of the numbers of each company."""
    named = {company.id: code for code, company in companies.items()}
    sold = {each.code: each.kinds[0] for it in companies.values() for each in it.products}
    domain = [("type", "=", "out"), ("number", "!=", None)]
    found = client.search("account.invoice", domain, fields=FIELDS)
    documents = [_document(each, named, sold) for each in found]
    return sorted(documents, key=lambda each: each.number)


def _document(record: Record, named: Mapping[int, str], sold: Mapping[str, str]) -> Document:
    sign = -1 if record.total_amount < 0 else 1
    [project] = {e.account.code for line in record.lines for e in line.analytic_accounts}
    return Document(
        number=record.number,
        state=record.state,
        legal_entity=named[record.company],
        project=project,
        issued=record.invoice_date,
        client=record.party.code,
        currency=record.currency.code,
        kind="invoice" if sign > 0 else "credit_note",
        corrects=next((each.number for each in record.origin_invoices), None),
        lines=tuple(_lines(record, sold, sign)),
        net=sign * record.untaxed_amount,
        tax=sign * record.tax_amount,
        gross=sign * record.total_amount,
    )


def _lines(record: Record, sold: Mapping[str, str], sign: int) -> Iterator[SoldLine]:
    for line in record.lines:
        [tax] = line.taxes
        timed = line.unit.name == "Hour"
        yield SoldLine(
            kind=str(sold[line.product.code]),
            employee=_said(line.note, "Employee"),
            milestone=_said(line.note, "Milestone"),
            quantity=sign * Decimal(str(line.quantity)) if timed else None,
            rate=line.unit_price if timed else None,
            net=sign * line.amount,
            tax_category=tax.description.partition(" ")[0],
            tax_rate=tax.rate,
        )


def _said(note: str | None, label: str) -> str | None:
    found = [each for each in (note or "").splitlines() if each.startswith(f"{label}: ")]
    return found[0].removeprefix(f"{label}: ") if found else None
