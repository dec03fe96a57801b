"""Vendors' bills as Tryton takes them: what is bought, under which tax, for which project.

The vendor says the tax of a bill, and Tryton computes its own of the product's: the product is
the one whose tax comes nearest, and what the vendor wrote takes the place of what was computed.
"""

from decimal import Decimal
from typing import ClassVar

from msgspec import Struct

from system_apis.canonical.payables import PayableDraft, PayableKind, PayableLine
from system_apis.tryton.books import Books, Company, Purchase
from system_apis.tryton.invoice_drafts import NewEntry
from system_apis.tryton.projects import AnalyticAccount, Projects
from system_apis.tryton.values import Created, Day, Number, labelled

HELD = "Payment"
CORRECTS = "Corrects"
_TAX_TOLERANCE = Decimal(1)


class _Category(Struct, frozen=True):
    account_expense: int
    supplier_taxes_used: list[Created]


class _Template(Struct, frozen=True):
    account_category: _Category


class BoughtProduct(Struct, frozen=True):
    """A product as Tryton has it."""

    model: ClassVar[str] = "product.product"
    fields: ClassVar[tuple[str, ...]] = (
        *("code", "default_uom", "template.account_category.account_expense"),
        "template.account_category.supplier_taxes_used.id",
    )

    id: int
    default_uom: int
    template: _Template


class _Defaults(Struct, frozen=True):
    model: ClassVar[str] = "account.configuration"
    fields: ClassVar[tuple[str, ...]] = ("default_account_payable",)

    id: int
    default_account_payable: int | None


class _Vendor(Struct, frozen=True):
    model: ClassVar[str] = "party.party"
    fields: ClassVar[tuple[str, ...]] = ("code", "account_payable", "addresses.id")

    id: int
    account_payable: int | None
    addresses: list[Created]


class _NewAddress(Struct, frozen=True):
    invoice: bool = True


class _NewVendor(Struct, frozen=True):
    name: str
    code: str
    addresses: tuple[tuple[str, list[_NewAddress]]] = (("create", [_NewAddress()]),)


class NewPayableLine(Struct, frozen=True):
    """A line of a vendor's bill."""

    company: int
    currency: int
    product: int
    unit: int
    account: int
    quantity: Decimal
    unit_price: Number
    description: str
    taxes: tuple[tuple[str, list[int]]]
    analytic_accounts: tuple[tuple[str, list[NewEntry]], ...]
    type: str = "line"


class NewPayable(Struct, frozen=True):
    """A vendor's bill in draft: its reference is the vendor's number, its description our key."""

    company: int
    party: int
    invoice_address: int
    account: int
    journal: int
    currency: int
    invoice_date: Day
    payment_term_date: Day
    reference: str
    description: str
    comment: str | None
    lines: tuple[tuple[str, list[NewPayableLine]]]
    payment_term: None = None
    type: str = "in"


def comment_of(draft: PayableDraft) -> str | None:
    """Return what Tryton's draft has no field for: which bill it corrects, and if it is held."""
    return labelled({CORRECTS: draft.corrects, HELD: "held" if draft.held else None})


def purchase_for(draft: PayableDraft, purchases: tuple[Purchase, ...]) -> Purchase | None:
    """Return the tax under which a bill is booked: the vendor's nearest, or the firm's own."""
    if draft.self_assessed_rate:
        rate = draft.self_assessed_rate
        return next((it for it in purchases if it.self_assessed and it.tax_rate == rate), None)

    def off(each: Purchase) -> Decimal:
        return abs(draft.net.value * each.tax_rate - draft.tax.value)

    charged = [each for each in purchases if not each.self_assessed]
    nearest = min(charged, key=off, default=None)
    return nearest if nearest and off(nearest) <= _TAX_TOLERANCE else None


class PayableDesk:
    """Where a vendor's bill gets what Tryton has to be told of its place in the books."""

    def __init__(self, books: Books, projects: Projects) -> None:
        self._books = books
        self._projects = projects

    async def fill_in(self, draft: PayableDraft, key: str) -> NewPayable:
        """Return the bill to write, or raise `Refused` naming what is not set up."""
        books, company = self._books, self._books.company(draft.legal_entity)
        product = await self._product(draft, company)
        projects = await self._accounts(draft)
        vendor = await self._vendor(draft, company)
        expense = [["type", "=", "expense"]]
        named = [["code", "=", draft.currency]]
        currency = await books.only("currency.currency", named, f"currency {draft.currency}")
        return NewPayable(
            company=company.id,
            party=vendor.id,
            invoice_address=books.first(vendor.addresses, f"address of {draft.vendor_name}").id,
            account=await self._payable(vendor, company),
            journal=await books.only("account.journal", expense, "expense journal", company),
            currency=currency,
            invoice_date=Day.of(draft.issue_date),
            payment_term_date=Day.of(draft.due_date),
            reference=draft.bill_number,
            description=key,
            comment=comment_of(draft),
            lines=(
                (
                    "create",
                    [
                        _new_line(draft, line, company.id, currency, product, projects)
                        for line in draft.lines
                    ],
                ),
            ),
        )

    async def _product(self, draft: PayableDraft, company: Company) -> BoughtProduct:
        purchase = purchase_for(draft, company.purchases)
        if purchase is None:
            told = f"tax of {draft.tax} and {draft.self_assessed_rate} of own tax"
            raise self._books.refusal(f"nothing is bought under {told}", "NOT_SET_UP")
        by_code = [["code", "=", purchase.code]]
        found = await self._books.wire.search(BoughtProduct, by_code, company=company.id)
        return self._books.first(found, f"product {purchase.code}")

    async def _accounts(self, draft: PayableDraft) -> dict[str, AnalyticAccount]:
        """Return the projects that bear the lines, or raise `Refused` for one that is unknown."""
        numbers = sorted({it.project_number for it in draft.lines if it.project_number})
        return {it: await self._projects.required(it, draft.legal_entity) for it in numbers}

    async def _vendor(self, draft: PayableDraft, company: Company) -> _Vendor:
        """Return the vendor's party; one that we cleared and Tryton has not is written down.

        A party's code is unique: of two at once one is refused for it, and finds the other's.
        """
        wire, by_code = self._books.wire, [["code", "=", draft.vendor_number]]
        known = await wire.search(_Vendor, by_code, company=company.id)
        if known:
            return known[0]
        new = _NewVendor(draft.vendor_name, draft.vendor_number)
        reply = await wire.create(_Vendor.model, new, company=company.id)
        made = await wire.search(_Vendor, by_code, company=company.id)
        if not made:
            reply.read(Created)
        return self._books.first(made, f"vendor {draft.vendor_number}")

    async def _payable(self, vendor: _Vendor, company: Company) -> int:
        """Return what the company owes the vendor on."""
        defaults = await self._books.wire.search(_Defaults, [], company=company.id)
        accounts = [vendor.account_payable, *(it.default_account_payable for it in defaults)]
        known = [each for each in accounts if each is not None]
        return self._books.first(known, "default account payable")


def _new_line(
    draft: PayableDraft,
    line: PayableLine,
    company: int,
    currency: int,
    product: BoughtProduct,
    projects: dict[str, AnalyticAccount],
) -> NewPayableLine:
    """Return a line to write; what a vendor takes back is a quantity below nothing."""
    category = product.template.account_category
    sign = -1 if draft.kind is PayableKind.CREDIT else 1
    bearing = [projects[line.project_number]] if line.project_number else []
    entries = [NewEntry(each.root or each.id, each.id) for each in bearing]
    return NewPayableLine(
        company=company,
        currency=currency,
        product=product.id,
        unit=product.default_uom,
        account=category.account_expense,
        quantity=sign * line.quantity,
        unit_price=Number(line.unit_price.amount),
        description=line.description,
        taxes=(("add", [each.id for each in category.supplier_taxes_used]),),
        analytic_accounts=(("create", entries),) if entries else (),
    )
