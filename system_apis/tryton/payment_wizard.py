"""The wizard by which Tryton books a payment; it is reached over JSON-RPC only."""

from datetime import date
from typing import ClassVar

import msgspec
from msgspec import Struct

from system_apis.canonical.money import Money
from system_apis.tryton.books import Books, Company
from system_apis.tryton.invoices import CustomerInvoice
from system_apis.tryton.values import Day, Number
from system_apis.tryton.wire import Wire

WIZARD = "wizard.account.invoice.pay"


class Way(Struct, frozen=True):
    """A payment method: the journal and the accounts that it books in."""

    model: ClassVar[str] = "account.invoice.payment.method"
    fields: ClassVar[tuple[str, ...]] = ("name", "company", "journal", "debit_account")

    id: int
    name: str
    company: int
    journal: int
    debit_account: int


class PayStart(Struct, frozen=True):
    """What the wizard is told first."""

    payee: int
    payees: list[int]
    company: int
    currency: int
    invoice_account: int
    amount: Number
    date: Day
    payment_method: int
    description: str


class PayAsk(Struct, frozen=True):
    """What the wizard is told when less comes in than is owed."""

    amount: Number
    amount_writeoff: Number
    company: int
    currency: int
    invoice: int
    lines: tuple[()] = ()
    lines_to_pay: tuple[()] = ()
    payment_lines: tuple[()] = ()
    type: str = "partial"


class View(Struct, frozen=True):
    """A form that the wizard shows."""

    state: str


class Shown(Struct, frozen=True):
    """What the wizard answers: another form, or nothing when it is done."""

    view: View | None = None


async def way_of(books: Books, company: Company, name: str) -> Way:
    """Return a company's payment method, or raise `Refused` when it has none of the name."""
    domain = [["company", "=", company.id], ["name", "=", name]]
    found = await books.wire.search(Way, domain, company=company.id)
    return books.first(found, f"payment method {name}")


async def pay(
    books: Books, invoice: CustomerInvoice, amount: Money, *, way: str, on: date, description: str
) -> None:
    """Pay a part of an invoice by a payment method, or settle it with nothing when it owes none."""
    company = books.company(books.legal_entity(invoice.company))
    start = PayStart(
        payee=invoice.party.id,
        payees=[invoice.party.id],
        company=invoice.company,
        currency=invoice.currency.id,
        invoice_account=invoice.account,
        amount=Number(amount.amount),
        date=Day.of(on),
        payment_method=(await way_of(books, company, way)).id,
        description=description,
    )
    await _book(books.wire, invoice.id, start)


async def _book(wire: Wire, invoice_id: int, start: PayStart) -> None:
    """Book money that came in; the rest of the invoice stays owed."""
    context = {
        "company": start.company,
        "active_model": "account.invoice",
        "active_id": invoice_id,
        "active_ids": [invoice_id],
    }
    made = await wire.call(tuple[int, str, str], f"{WIZARD}.create", [context], writes=False)
    session = made[0]
    execute = f"{WIZARD}.execute"
    told: dict[str, PayStart | PayAsk] = {"start": start}
    shown = await wire.call(Shown, execute, [session, told, "choice", context], writes=True)
    if shown.view and shown.view.state == "ask":
        zero = Number("0")
        ask = PayAsk(start.amount, zero, start.company, start.currency, invoice_id)
        told["ask"] = ask
        await wire.call(Shown, execute, [session, told, "pay", context], writes=True)
    await wire.call(msgspec.Raw, f"{WIZARD}.delete", [session, context], writes=True)
