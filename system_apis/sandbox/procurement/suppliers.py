"""The suppliers of the procurement system; only an active one is ordered from."""

from system_apis.sandbox.books import Books, Shelf
from system_apis.sandbox.exchange import Answer, Call, Route
from system_apis.sandbox.procurement import listing
from system_apis.sandbox.procurement.records import Supplier

_FILTERS = {"number": "number", "tax-id": "tax_id"}


class Suppliers:
    """The firms that are bought from."""

    def __init__(self, books: Books) -> None:
        self._shelf = Shelf(books, "supplier", Supplier, tuple(_FILTERS.values()))

    def routes(self) -> list[Route]:
        """Return the addresses of suppliers."""
        return [
            Route("vendors", "GET", "/api/suppliers", self._all),
            Route("vendor", "GET", "/api/suppliers/{id}", self._one),
        ]

    def require(self, supplier_id: str) -> Supplier:
        """Return a supplier that there is, or refuse."""
        kept = self._shelf.get(supplier_id)
        if kept is None:
            raise listing.wrong("supplier", "does not exist")
        return kept.record

    def require_active(self, supplier_id: str) -> Supplier:
        """Return a supplier that may be ordered from, or refuse."""
        supplier = self.require(supplier_id)
        if supplier.status != "active":
            raise listing.wrong("supplier", "is not active")
        return supplier

    def _all(self, call: Call) -> Answer:
        return listing.page(call, self._shelf, _FILTERS)

    def _one(self, call: Call) -> Answer:
        return listing.one(call, self._shelf)
