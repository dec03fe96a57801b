"""Payments in Tryton: moves of a cash journal against an invoice, booked by a wizard.

The wizard is reached over JSON-RPC only. Its description carries our key and the bank's
reference, so that a payment can be looked up before it is booked again.
"""

from decimal import Decimal
from typing import ClassVar

import msgspec
from msgspec import Struct

from system_apis.canonical.billing import Payment, PaymentDraft
from system_apis.canonical.money import Money
from system_apis.canonical.record import Page
from system_apis.errors import NotFound
from system_apis.tryton.books import Books
from system_apis.tryton.invoices import CustomerInvoice, Invoices
from system_apis.tryton.values import Coded, Day, Number, Told
from system_apis.tryton.wire import Wire, escaped

CASH = (["origin", "like", "account.invoice,%"], ["journal.type", "=", "cash"])
_METHOD = "account.invoice.payment.method"
WIZARD = "wizard.account.invoice.pay"
_BETWEEN = " | "


class AccountType(Struct, frozen=True):
    """What an account is for."""

    receivable: bool | int | None


class Account(Struct, frozen=True):
    """An account of the books."""

    type: AccountType | None


class MoveLine(Struct, frozen=True):
    """One side of a booking."""

    debit: Number
    credit: Number
    amount_second_currency: Number | None
    second_currency: Coded | None
    account: Account


class Company(Struct, frozen=True):
    """The company whose books a booking is in."""

    id: int
    currency: Coded


class PaidInvoice(Struct, frozen=True):
    """The invoice that a payment is for."""

    model: ClassVar[str] = "account.invoice"
    fields: ClassVar[tuple[str, ...]] = ("number",)

    id: int
    number: str | None


class PaymentMove(Told, frozen=True, kw_only=True):
    """The booking of money that came in for an invoice."""

    model: ClassVar[str] = "account.move"
    fields: ClassVar[tuple[str, ...]] = (
        *("date", "description", "origin", "company.currency.code", "create_date", "write_date"),
        *("lines.debit", "lines.credit", "lines.amount_second_currency"),
        *("lines.second_currency.code", "lines.account.type.receivable"),
    )

    date: Day
    description: str | None
    origin: str
    company: Company
    lines: list[MoveLine]

    @property
    def invoice_id(self) -> int:
        """The invoice that it is for."""
        return int(self.origin.partition(",")[2])

    @property
    def amount(self) -> Money:
        """What came in, in the invoice's currency."""
        own = self.company.currency.code or ""
        paying = [each for each in self.lines if each.account.type and each.account.type.receivable]
        foreign = [each for each in paying if each.second_currency and each.amount_second_currency]
        if foreign and foreign[0].second_currency:
            amounts = (each.amount_second_currency for each in foreign)
            total = -sum((each.value for each in amounts if each), Decimal(0))
            return Money.of(total, foreign[0].second_currency.code or own)
        return Money.of(sum((e.credit.value - e.debit.value for e in paying), Decimal(0)), own)

    def booked_with(self, key: str) -> bool:
        """Whether it was booked with this key."""
        return (self.description or "").startswith(key + _BETWEEN)

    def canonical(
        self, payment_id: str, instance: str, legal_entity: str, number: str | None
    ) -> Payment:
        """Say the same in our words."""
        _, marked, reference = (self.description or "").partition(_BETWEEN)
        return Payment(
            id=payment_id,
            legal_entity=legal_entity,
            invoice_number=number or "",
            date=self.date.value,
            amount=self.amount,
            reference=reference if marked else self.description,
            source=self.source(instance, "payment"),
        )


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


class Payments:
    """The money that came in for the firm's invoices."""

    def __init__(self, books: Books, invoices: Invoices) -> None:
        self._books = books
        self._invoices = invoices

    async def by_key(self, key: str) -> Payment | None:
        """Return the payment that was booked with this key, if any."""
        said = ["description", "like", escaped(key + _BETWEEN) + "%"]
        moves = await self._books.wire.search(PaymentMove, self._books.own(*CASH, said))
        made = await self._canonical([each for each in moves if each.booked_with(key)])
        return made[0] if made else None

    async def one(self, payment_id: str) -> Payment:
        """Return one payment, or raise `NotFound`."""
        record_id = await self._books.record("payment", payment_id)
        move = await self._books.the(PaymentMove, record_id, *self._books.own(*CASH))
        return (await self._canonical([move]))[0]

    async def page(self, *, invoice_number: str | None, cursor: str | None) -> Page[Payment]:
        """Return payments in the order they were booked, a page at a time."""
        domain = self._books.own(*CASH)
        if invoice_number is not None:
            domain.append(["origin.number", "=", invoice_number, "account.invoice"])
        moves = await self._books.page(PaymentMove, domain, cursor)
        return Page(await self._canonical(moves.items), moves.next_cursor)

    async def record(self, draft: PaymentDraft, key: str) -> Payment:
        """Book money that came in for an invoice."""
        if made := await self.by_key(key):
            return made
        invoice = await self._invoices.numbered(draft.invoice_number, draft.legal_entity)
        if invoice is None:
            raise NotFound(self._books.instance, f"no invoice {draft.invoice_number}")
        self._check(draft, invoice)
        company = self._books.company(draft.legal_entity)
        way = [["company", "=", company.id], ["name", "=", company.payment_method]]
        named = f"payment method {company.payment_method}"
        start = PayStart(
            payee=invoice.party.id,
            payees=[invoice.party.id],
            company=company.id,
            currency=invoice.currency.id,
            invoice_account=invoice.account,
            amount=Number(draft.amount.amount),
            date=Day.of(draft.date),
            payment_method=await self._books.only(_METHOD, way, named, company),
            description=f"{key}{_BETWEEN}{draft.reference}",
        )
        await _book(self._books.wire, invoice.id, start)
        booked = await self.by_key(key)
        if booked is None:
            raise self._books.refusal("Tryton took the payment and has none", "NOT_BOOKED")
        return booked

    def _check(self, draft: PaymentDraft, invoice: CustomerInvoice) -> None:
        currency = invoice.currency.code
        if draft.amount.currency != currency:
            raise self._books.refusal(f"the invoice is in {currency}", "CURRENCY_MISMATCH")
        owed = invoice.amount_to_pay.value if invoice.amount_to_pay else Decimal(0)
        if draft.amount.value > owed:
            raise self._books.refusal(f"only {owed} {currency} is owed", "OVERPAYMENT")

    async def _canonical(self, moves: list[PaymentMove]) -> list[Payment]:
        books = self._books
        ids = await books.references.ids_of("payment", [str(each.id) for each in moves])
        paid = [["id", "in", [each.invoice_id for each in moves]]]
        invoices = await books.wire.search(PaidInvoice, paid) if moves else []
        numbers = {each.id: each.number for each in invoices}
        return [
            move.canonical(
                id_,
                books.instance,
                books.legal_entity(move.company.id),
                numbers.get(move.invoice_id),
            )
            for move, id_ in zip(moves, ids, strict=True)
        ]


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
