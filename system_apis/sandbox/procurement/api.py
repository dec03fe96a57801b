"""The procurement system's addresses together, and its change feed."""

import msgspec
from msgspec import Struct

from system_apis.sandbox.books import Books
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route
from system_apis.sandbox.procurement.hours import ContractorHours
from system_apis.sandbox.procurement.invoices import Invoices
from system_apis.sandbox.procurement.listing import FieldErrors
from system_apis.sandbox.procurement.orders import Numbers, Orders
from system_apis.sandbox.procurement.receiving import Receivings
from system_apis.sandbox.procurement.suppliers import Suppliers

_FEED_PAGE = 200


class Event(Struct, frozen=True, rename="kebab"):
    """Something that happened to a record."""

    id: int
    object_type: str
    object_id: str
    row_version: int
    created_at: str


class SandboxProcurement:
    """A procurement system that speaks like Coupa."""

    def __init__(self, books: Books, roundings: dict[str, str], numbers: Numbers) -> None:
        self.books = books
        suppliers = Suppliers(books)
        orders = Orders(books, suppliers, roundings, numbers)
        invoices = Invoices(books, suppliers, orders)
        receivings, hours = Receivings(books, orders, invoices), ContractorHours(books)
        self._parts = (suppliers, orders, invoices, receivings, hours)

    def routes(self) -> list[Route]:
        """Return every address of the system."""
        ours = [route for part in self._parts for route in part.routes()]
        return [*ours, Route("changes", "GET", "/changes", self._changes)]

    def refusal(self, refusal: Refusal) -> bytes:
        """Return what is wrong under the field that it is wrong with, as Coupa does."""
        return msgspec.json.encode(FieldErrors({refusal.code: [refusal.message]}))

    def _changes(self, call: Call) -> Answer:
        lines = self.books.changes(call.number("after", 0), _FEED_PAGE)
        events = [Event(each.sequence, each.type, each.id, each.version, each.at) for each in lines]
        return Answer(body=msgspec.json.encode(events))
