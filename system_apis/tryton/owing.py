"""What parties owe each company in Tryton, and the currencies that its books take.

Parties name no parent, and no address for electronic invoices unless modules are added that
we do not ask for.
"""

from typing import ClassVar

from msgspec import Struct

from system_apis.canonical.billing import ClientBalance
from system_apis.canonical.money import Money
from system_apis.tryton.books import Books
from system_apis.tryton.on_account import balance
from system_apis.tryton.values import Coded, Number


class _Currency(Struct, frozen=True):
    model: ClassVar[str] = "currency.currency"
    fields: ClassVar[tuple[str, ...]] = ("code",)

    id: int
    code: str


class _OwnCurrency(Struct, frozen=True):
    model: ClassVar[str] = "company.company"
    fields: ClassVar[tuple[str, ...]] = ("currency.code",)

    id: int
    currency: Coded


class _Debtor(Struct, frozen=True):
    model: ClassVar[str] = "party.party"
    fields: ClassVar[tuple[str, ...]] = ("receivable",)

    id: int
    receivable: Number | None


class Owing:
    """What the books say of all that a party bought and paid."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def currencies(self) -> frozenset[str]:
        """Return the currencies that are active."""
        found = await self._books.wire.search(_Currency, [["active", "=", True]])
        return frozenset(each.code for each in found)

    async def balances(self, client_number: str) -> list[ClientBalance]:
        """Return what a party owes each of our companies, in the company's currency."""
        ours = [["id", "in", [each.id for each in self._books.companies]]]
        companies = await self._books.wire.search(_OwnCurrency, ours)
        return [owed for each in companies for owed in await self._owed(client_number, each)]

    async def _owed(self, client_number: str, company: _OwnCurrency) -> list[ClientBalance]:
        """Return what is owed on receivables, less the money that waits on account."""
        books, currency = self._books, company.currency.code or ""
        entity = books.legal_entity(company.id)
        waits = await balance(books, books.company(entity), client_number)
        named = [["code", "=", client_number]]
        debtors = await books.wire.search(_Debtor, named, company=company.id)
        ids = await books.references.ids_of("client", [str(each.id) for each in debtors])
        return [
            ClientBalance(
                client_id=client_id,
                client_number=client_number,
                legal_entity=entity,
                balance=Money.of(each.receivable.value - waits, currency),
            )
            for each, client_id in zip(debtors, ids, strict=True)
            if each.receivable is not None
        ]
