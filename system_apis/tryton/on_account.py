"""Money on account: it came in for no invoice, and waits on an account of its own.

A payment method of Tryton's names that account: money is moved from there to an invoice as it
is from the bank, by the same wizard. What was moved says in its description of which receipt
it is a part.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

from msgspec import Struct

from system_apis.canonical.billing import PaymentDraft
from system_apis.tryton.books import Books, Company
from system_apis.tryton.payment_moves import BETWEEN, PaymentMove
from system_apis.tryton.payment_wizard import Way, way_of
from system_apis.tryton.periods import open_period
from system_apis.tryton.values import Coded, Created, Day, Number
from system_apis.tryton.wire import escaped

_PART = re.compile(r" \| part of ([0-9]+)\Z")


class Held(Struct, frozen=True):
    """Where the companies' money on account waits; empty where none is kept."""

    journals: tuple[int, ...]
    accounts: tuple[int, ...]

    def receipts(self) -> list[object]:
        """Return the domain of money that came in, for an invoice or on account."""
        came_in = [["journal.type", "=", "cash"], ["state", "=", "posted"]]
        for_invoice = ["origin.type", "=", "out", "account.invoice"]
        if not self.accounts:
            return [*came_in, for_invoice]
        from_bank = [for_invoice, ["journal", "not in", self.journals]]
        kept = [["account", "in", self.accounts], ["credit", ">", 0]]
        on_account = [["origin", "=", None], ["lines", "where", kept]]
        return [*came_in, ["OR", from_bank, on_account]]


class _Own(Struct, frozen=True):
    model: ClassVar[str] = "company.company"
    fields: ClassVar[tuple[str, ...]] = ("currency.code",)

    id: int
    currency: Coded


class Side(Struct, frozen=True):
    """What a booking put on an account, or took off it."""

    model: ClassVar[str] = "account.move.line"
    fields: ClassVar[tuple[str, ...]] = ("debit", "credit")

    id: int
    debit: Number
    credit: Number


class NewSide(Struct, frozen=True):
    """One side of a booking."""

    account: int
    debit: Number
    credit: Number
    party: int | None = None


class NewMove(Struct, frozen=True):
    """A booking that is not posted yet."""

    company: int
    journal: int
    period: int
    date: Day
    description: str
    lines: tuple[tuple[str, list[NewSide]]]


async def held(books: Books) -> Held:
    """Return where money on account waits now."""
    names = {company.id: company.on_account for company in books.companies}
    known = [name for name in names.values() if name]
    found = await books.wire.search(Way, books.own(["name", "in", known])) if known else []
    ways = [each for each in found if names[each.company] == each.name]
    return Held(tuple(each.journal for each in ways), tuple(each.debit_account for each in ways))


async def balance(books: Books, company: Company, client: str) -> Decimal:
    """Return what a client has on account, whoever booked it or took it off."""
    where = await held(books)
    whose = [["move.company", "=", company.id], ["party.code", "=", client]]
    domain = [*whose, ["account", "in", where.accounts], ["move.state", "=", "posted"]]
    sides = await books.wire.search(Side, domain, company=company.id) if where.accounts else []
    return sum((each.credit.value - each.debit.value for each in sides), Decimal(0))


async def receive(books: Books, draft: PaymentDraft, key: str, party: int) -> None:
    """Book money on account: as a draft that our key finds again, which is then posted."""
    company = books.company(draft.legal_entity)
    written = await _drafts(books, key)
    if not written:
        new = await _new_move(books, company, draft, key, party)
        reply = await books.wire.create(PaymentMove.model, new, company=company.id)
        written = [reply.read(Created).id]
    reply = await books.wire.act(PaymentMove.model, written[0], "post", company=company.id)
    if await _drafts(books, key):
        reply.read(Created)


async def _drafts(books: Books, key: str) -> list[int]:
    """Return the bookings of a key that were not posted."""
    said = ["description", "like", escaped(key + BETWEEN) + "%"]
    domain = books.own(["state", "=", "draft"], ["origin", "=", None], said)
    found = await books.wire.search(PaymentMove, domain)
    return [each.id for each in found if each.booked_with(key)]


async def _new_move(
    books: Books, company: Company, draft: PaymentDraft, key: str, party: int
) -> NewMove:
    """Return the booking from the bank to the client's account, or raise `Refused`."""
    if company.on_account is None:
        reason = "no payment method for money on account is set up (`on_account`)"
        raise books.refusal(reason, "INVOICE_REQUIRED")
    own = await books.the(_Own, company.id)
    if draft.amount.currency != own.currency.code:
        reason = f"money on account is kept in {own.currency.code}"
        raise books.refusal(reason, "CURRENCY_MISMATCH")
    period = await open_period(books, company.id, draft.date)
    bank = await way_of(books, company, company.payment_method)
    waits = await way_of(books, company, company.on_account)
    amount, nothing = Number(draft.amount.amount), Number("0")
    sides = [
        NewSide(bank.debit_account, amount, nothing),
        NewSide(waits.debit_account, nothing, amount, party),
    ]
    return NewMove(
        company=company.id,
        journal=bank.journal,
        period=period.id,
        date=Day.of(draft.date),
        description=f"{key}{BETWEEN}{draft.reference}",
        lines=(("create", sides),),
    )


def part_of(key: str, receipt: int) -> str:
    """Return how a booking says that it moves a part of a receipt."""
    return f"{key}{BETWEEN}part of {receipt}"


async def parts(
    books: Books, where: Held, receipts: Sequence[int]
) -> Mapping[int, Sequence[PaymentMove]]:
    """Return what was moved from receipts to invoices, by receipt."""
    moved: dict[int, list[PaymentMove]] = {each: [] for each in receipts}
    if not (receipts and where.journals):
        return moved
    said = [["description", "like", f"%{BETWEEN}part of {each}"] for each in receipts]
    domain = books.own(["journal", "in", where.journals], ["OR", *said])
    for move in await books.wire.search(PaymentMove, domain):
        receipt = receipt_of(move)
        if receipt in moved:
            moved[receipt].append(move)
    return moved


def receipt_of(move: PaymentMove) -> int | None:
    """Return the receipt that a booking moves a part of, if it says one."""
    said = _PART.search(move.description or "")
    return int(said[1]) if said else None
