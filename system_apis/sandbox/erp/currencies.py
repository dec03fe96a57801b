"""The currencies that the ERP's books take; a firm that tells none has none listed."""

from msgspec import Struct

from system_apis.sandbox.books import Books, Shelf
from system_apis.sandbox.erp.records import Currency
from system_apis.sandbox.exchange import Answer, Call, Route, numbers


class CurrencyList(Struct, frozen=True):
    """Every currency of one ERP, the inactive ones included."""

    items: list[Currency]


class Currencies:
    """The currencies of one ERP."""

    def __init__(self, books: Books) -> None:
        self._shelf = Shelf(books, "currency", Currency, (), announced=False)

    def routes(self) -> list[Route]:
        """Return the address of currencies."""
        return [Route("currencies", "GET", "/record/v1/currency", self._all)]

    def _all(self, call: Call) -> Answer:
        return Answer(body=numbers(CurrencyList([each.record for each in self._shelf.find({})])))
