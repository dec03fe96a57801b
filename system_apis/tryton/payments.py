"""Payments in Tryton: looked up by our key, booked for an invoice or on account, then applied."""

import asyncio

from system_apis.canonical.billing import Payment, PaymentApplication, PaymentDraft
from system_apis.canonical.money import Money
from system_apis.canonical.record import Page
from system_apis.errors import NotFound
from system_apis.tryton import on_account
from system_apis.tryton.books import Books
from system_apis.tryton.clients import Clients
from system_apis.tryton.invoices import CustomerInvoice, Invoices
from system_apis.tryton.on_account import Held
from system_apis.tryton.payment_moves import BETWEEN, PaidInvoice, PaymentMove
from system_apis.tryton.payment_wizard import pay
from system_apis.tryton.wire import escaped


class Payments:
    """The money that came in from the firm's clients."""

    def __init__(self, books: Books, clients: Clients, invoices: Invoices) -> None:
        self._books = books
        self._clients = clients
        self._invoices = invoices
        self._applying = asyncio.Lock()

    async def by_key(self, key: str) -> Payment | None:
        """Return the payment that was booked with this key, if any."""
        where = await on_account.held(self._books)
        said = ["description", "like", escaped(key + BETWEEN) + "%"]
        domain = self._books.own(*where.receipts(), said)
        moves = await self._books.wire.search(PaymentMove, domain)
        made = await self._canonical([each for each in moves if each.booked_with(key)], where)
        return made[0] if made else None

    async def applied_by_key(self, key: str) -> Payment | None:
        """Return the payment of which a part was applied with this key, if any."""
        where = await on_account.held(self._books)
        said = ["description", "like", escaped(key + BETWEEN) + "%"]
        domain = self._books.own(["journal", "in", where.journals], said)
        moves = await self._books.wire.search(PaymentMove, domain) if where.journals else []
        found = [on_account.receipt_of(each) for each in moves if each.booked_with(key)]
        return await self._read(found[0], where) if found and found[0] else None

    async def one(self, payment_id: str) -> Payment:
        """Return one payment, or raise `NotFound`."""
        record_id = await self._books.record("payment", payment_id)
        return await self._read(record_id, await on_account.held(self._books))

    async def page(self, *, invoice_number: str | None, cursor: str | None) -> Page[Payment]:
        """Return payments in the order they were booked, a page at a time."""
        where = await on_account.held(self._books)
        domain = self._books.own(*where.receipts())
        if invoice_number is not None:
            domain.append(["origin.number", "=", invoice_number, "account.invoice"])
        moves = await self._books.page(PaymentMove, domain, cursor)
        return Page(await self._canonical(moves.items, where), moves.next_cursor)

    async def record(self, draft: PaymentDraft, key: str) -> Payment:
        """Book money that came in, for its invoice or on account of its client."""
        if made := await self.by_key(key):
            return made
        if draft.invoice_number is None:
            party = await self._clients.party(draft.client_number or "")
            await on_account.receive(self._books, draft, key, party.id)
        else:
            await self._receive(draft, draft.invoice_number, key)
        booked = await self.by_key(key)
        if booked is None:
            raise self._books.refusal("Tryton took the payment and has none", "NOT_BOOKED")
        return booked

    async def apply(self, payment_id: str, application: PaymentApplication, key: str) -> Payment:
        """Move a part of money on account to an invoice, on the later of the days of both.

        One at a time, since Tryton itself does not know how much of a receipt is left. What
        somebody else took off the client's account is not there to be applied.
        """
        async with self._applying:
            payment = await self.one(payment_id)
            if application in payment.applications:
                return payment
            invoice = await self._applicable(payment, application)
            company = self._books.company(payment.legal_entity)
            issued = invoice.invoice_date.value if invoice.invoice_date else payment.date
            receipt = int(payment.source.record_id)
            await pay(
                self._books,
                invoice,
                application.amount,
                way=company.on_account or "",
                on=max(issued, payment.date),
                description=on_account.part_of(key, receipt),
            )
            return await self.one(payment_id)

    async def _receive(self, draft: PaymentDraft, number: str, key: str) -> None:
        invoice = await self._invoices.numbered(number, draft.legal_entity)
        if invoice is None:
            raise NotFound(self._books.instance, f"no invoice {number}")
        self._check_owed(draft.amount, invoice)
        company = self._books.company(draft.legal_entity)
        await pay(
            self._books,
            invoice,
            draft.amount,
            way=company.payment_method,
            on=draft.date,
            description=f"{key}{BETWEEN}{draft.reference}",
        )

    async def _applicable(
        self, payment: Payment, application: PaymentApplication
    ) -> CustomerInvoice:
        """Return the invoice that a part is for, or raise `Refused`."""
        books, number = self._books, application.invoice_number
        for each in payment.applications:
            if each.invoice_number == number:
                reason = f"{each.amount} are applied to {number}"
                raise books.refusal(reason, "APPLIED_OTHERWISE")
        invoice = await self._invoices.numbered(number, payment.legal_entity)
        if invoice is None or invoice.party.code != payment.client_number:
            reason = f"{payment.client_number} has no invoice {number}"
            raise books.refusal(reason, "INVOICE_UNKNOWN")
        self._check_owed(application.amount, invoice)
        company = books.company(payment.legal_entity)
        known = await on_account.balance(books, company, payment.client_number or "")
        left = min(payment.unapplied.value, known)
        if left < application.amount.value:
            raise books.refusal(f"{left} are left of the payment", "NOTHING_LEFT")
        return invoice

    def _check_owed(self, amount: Money, invoice: CustomerInvoice) -> None:
        currency = invoice.currency.code
        if amount.currency != currency:
            raise self._books.refusal(f"the invoice is in {currency}", "CURRENCY_MISMATCH")
        owed = invoice.amount_to_pay.value if invoice.amount_to_pay else 0
        if amount.value > owed:
            raise self._books.refusal(f"only {owed} {currency} is owed", "OVERPAYMENT")

    async def _read(self, record_id: int, where: Held) -> Payment:
        domain = self._books.own(*where.receipts())
        move = await self._books.the(PaymentMove, record_id, *domain)
        return (await self._canonical([move], where))[0]

    async def _canonical(self, moves: list[PaymentMove], where: Held) -> list[Payment]:
        books = self._books
        ids = await books.references.ids_of("payment", [str(each.id) for each in moves])
        waiting = [each.id for each in moves if each.invoice_id is None]
        parts = await on_account.parts(books, where, waiting)
        numbers = await self._numbers([*moves, *(part for each in parts.values() for part in each)])
        found = []
        for move, id_ in zip(moves, ids, strict=True):
            entity = books.legal_entity(move.company.id)
            if move.invoice_id is None:
                amount, paying = move.kept(where.accounts), parts[move.id]
                shares = [(numbers[each.invoice_id], -each.kept(where.accounts)) for each in paying]
            else:
                amount = move.amount
                shares = [(numbers[move.invoice_id], amount)]
            found.append(move.canonical(id_, books.instance, entity, amount, shares))
        return found

    async def _numbers(self, moves: list[PaymentMove]) -> dict[int | None, str | None]:
        """Return the numbers of the invoices that bookings pay."""
        paid = [each.invoice_id for each in moves if each.invoice_id is not None]
        wanted = [["id", "in", paid]]
        invoices = await self._books.wire.search(PaidInvoice, wanted) if paid else []
        known = {each.id: each.number for each in invoices}
        return {each: known.get(each) for each in paid}
