"""Payments in Tryton: looked up by our key, booked by a wizard."""

from decimal import Decimal

from system_apis.canonical.billing import Payment, PaymentDraft
from system_apis.canonical.record import Page
from system_apis.errors import NotFound
from system_apis.tryton.books import Books
from system_apis.tryton.invoices import CustomerInvoice, Invoices
from system_apis.tryton.payment_moves import BETWEEN, CASH, PaidInvoice, PaymentMove
from system_apis.tryton.payment_wizard import PayStart, book
from system_apis.tryton.values import Day, Number
from system_apis.tryton.wire import escaped

_METHOD = "account.invoice.payment.method"


class Payments:
    """The money that came in for the firm's invoices."""

    def __init__(self, books: Books, invoices: Invoices) -> None:
        self._books = books
        self._invoices = invoices

    async def by_key(self, key: str) -> Payment | None:
        """Return the payment that was booked with this key, if any."""
        said = ["description", "like", escaped(key + BETWEEN) + "%"]
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
        if draft.invoice_number is None:
            reason = "a payment in Tryton names its invoice"
            raise self._books.refusal(reason, "INVOICE_REQUIRED")
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
            description=f"{key}{BETWEEN}{draft.reference}",
        )
        await book(self._books.wire, invoice.id, start)
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
