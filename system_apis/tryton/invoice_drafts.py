"""Draft invoices as Tryton takes them: what is sold, under which tax, for which project.

One2Many fields take `("create", [...])`, Many2Many fields `("add", [...])`.
"""

from decimal import Decimal
from typing import ClassVar

from msgspec import Struct

from system_apis.canonical.billing import InvoiceDraft, InvoiceLine, LineKind
from system_apis.tryton.billed_lines import note_of
from system_apis.tryton.books import Books, Company, Product
from system_apis.tryton.parties import Party
from system_apis.tryton.projects import AnalyticAccount
from system_apis.tryton.values import Day, Number

_ORDER = ", purchase order "


class Rate(Struct, frozen=True):
    """A tax that is part of the line's price, as a share of it."""

    id: int
    rate: Number | None


class Category(Struct, frozen=True):
    """How products are accounted for."""

    id: int
    account_revenue: int
    customer_taxes_used: list[Rate]


class Template(Struct, frozen=True):
    """What all variants of a product have in common."""

    account_category: Category


class SoldProduct(Struct, frozen=True):
    """A product as Tryton has it."""

    model: ClassVar[str] = "product.product"
    fields: ClassVar[tuple[str, ...]] = (
        *("code", "default_uom", "template.account_category.account_revenue"),
        "template.account_category.customer_taxes_used.rate",
    )

    id: int
    code: str | None
    default_uom: int
    template: Template

    @property
    def taxes(self) -> list[Rate]:
        """The taxes of its sale."""
        return self.template.account_category.customer_taxes_used


class _Defaults(Struct, frozen=True):
    model: ClassVar[str] = "account.configuration"
    fields: ClassVar[tuple[str, ...]] = ("default_account_receivable", "tax_rounding")

    id: int
    default_account_receivable: int | None
    tax_rounding: str


class NewEntry(Struct, frozen=True):
    """The dimension that a line belongs to."""

    root: int
    account: int


class NewLine(Struct, frozen=True):
    """A line of an invoice."""

    company: int
    currency: int
    product: int
    unit: int
    account: int
    quantity: Decimal
    unit_price: Number
    description: str
    note: str | None
    origin: str | None
    taxes: tuple[tuple[str, list[int]]]
    analytic_accounts: tuple[tuple[str, list[NewEntry]]]
    type: str = "line"


class NewInvoice(Struct, frozen=True):
    """A customer invoice in draft, due on a date rather than by a payment term.

    Without a date it is due on the day that it is posted.
    """

    company: int
    party: int
    invoice_address: int
    account: int
    journal: int
    currency: int
    invoice_date: Day
    payment_term_date: Day | None
    reference: str
    description: str
    lines: tuple[tuple[str, list[NewLine]]]
    comment: str | None = None
    payment_term: None = None
    type: str = "out"


class Place(Struct, frozen=True):
    """Where in Tryton's books an invoice belongs."""

    company: int
    party: int
    address: int
    account: int
    journal: int
    currency: int
    project: AnalyticAccount


def new_invoice(
    draft: InvoiceDraft,
    key: str,
    place: Place,
    lines: list[tuple[InvoiceLine, SoldProduct]],
    origin: str | None = None,
) -> NewInvoice:
    """Return a draft invoice to write, its lines with the product and the origin of each."""
    order = f"{_ORDER}{draft.purchase_order}" if draft.purchase_order else ""
    return NewInvoice(
        company=place.company,
        party=place.party,
        invoice_address=place.address,
        account=place.account,
        journal=place.journal,
        currency=place.currency,
        invoice_date=Day.of(draft.issue_date),
        payment_term_date=Day.of(draft.due_date),
        reference=key,
        description=f"Project {draft.project_number}{order}",
        lines=(("create", [_new_line(place, *each, origin) for each in lines]),),
        comment=draft.exemption_reason,
    )


def order_in(description: str | None) -> str | None:
    """Return the purchase order that a description of ours names."""
    return (description or "").partition(_ORDER)[2] or None


def _new_line(place: Place, line: InvoiceLine, product: SoldProduct, origin: str | None) -> NewLine:
    entry = NewEntry(place.project.root or place.project.id, place.project.id)
    return NewLine(
        company=place.company,
        currency=place.currency,
        product=product.id,
        unit=product.default_uom,
        account=product.template.account_category.account_revenue,
        quantity=line.quantity,
        unit_price=Number(line.unit_price.amount),
        description=line.description,
        note=note_of(line),
        origin=origin,
        taxes=(("add", [tax.id for tax in product.taxes]),),
        analytic_accounts=(("create", [entry]),),
    )


class Desk:
    """Where a draft gets what Tryton has to be told of its place in the books."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def fill_in(
        self,
        draft: InvoiceDraft,
        key: str,
        party: Party,
        project: AnalyticAccount,
        *,
        origin: str | None = None,
    ) -> NewInvoice:
        """Return the invoice to write, or raise `Refused` naming what is not set up."""
        place = await self._place(draft, party, project)
        kinds = {line.kind for line in draft.lines}
        products = {kind: await self._product(draft, kind) for kind in sorted(kinds)}
        lines = [(line, products[line.kind]) for line in draft.lines]
        return new_invoice(draft, key, place, lines, origin)

    async def _place(self, draft: InvoiceDraft, party: Party, project: AnalyticAccount) -> Place:
        books, company = self._books, self._books.company(draft.legal_entity)
        if not party.addresses:
            raise books.refusal(f"client {party.code} has no address", "ADDRESS_MISSING")
        currency = [["code", "=", draft.currency]]
        revenue = [["type", "=", "revenue"]]
        return Place(
            company=company.id,
            party=party.id,
            address=party.addresses[0].id,
            account=await self._receivable(party, company),
            journal=await books.only("account.journal", revenue, "revenue journal", company),
            currency=await books.only("currency.currency", currency, f"currency {draft.currency}"),
            project=project,
        )

    async def _receivable(self, party: Party, company: Company) -> int:
        """Return what the client owes on; `Refused` unless tax is rounded as we declare."""
        defaults = await self._books.wire.search(_Defaults, [], company=company.id)
        for each in defaults:
            if each.tax_rounding != "document":
                reason = f"tax is rounded by {each.tax_rounding}, not by document"
                raise self._books.refusal(reason, "TAX_ROUNDING")
        accounts = [
            party.account_receivable,
            *(each.default_account_receivable for each in defaults),
        ]
        known = [each for each in accounts if each is not None]
        return self._books.first(known, "default account receivable")

    async def _product(self, draft: InvoiceDraft, kind: LineKind) -> SoldProduct:
        """Return what lines are sold as; `Refused` unless Tryton taxes it at the draft's rate."""
        company = self._books.company(draft.legal_entity)
        tax = f"{draft.tax_category} {draft.tax_rate}"
        codes = [each.code for each in company.products if _sells(each, draft, kind)]
        code = self._books.first(codes, f"product for {kind} under tax {tax}")
        by_code = [["code", "=", code]]
        found = await self._books.wire.search(SoldProduct, by_code, company=company.id)
        product = self._books.first(found, f"product {code}")
        rate = sum((each.rate.value for each in product.taxes if each.rate), Decimal(0))
        if rate != draft.tax_rate:
            reason = f"product {code} is taxed at {rate}, not {tax}"
            raise self._books.refusal(reason, "TAX_MISMATCH")
        return product


def _sells(product: Product, draft: InvoiceDraft, kind: LineKind) -> bool:
    taxed = (product.tax_category, product.tax_rate) == (draft.tax_category, draft.tax_rate)
    return taxed and kind in product.kinds
