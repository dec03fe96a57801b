"""The ERP's addresses together, and its change feed."""

import msgspec
from msgspec import Struct

from system_apis.sandbox.books import Books, Changed
from system_apis.sandbox.erp import listing
from system_apis.sandbox.erp.balances import Balances
from system_apis.sandbox.erp.crediting import Crediting
from system_apis.sandbox.erp.currencies import Currencies
from system_apis.sandbox.erp.invoicing import Invoicing
from system_apis.sandbox.erp.journals import Journals
from system_apis.sandbox.erp.masters import Masters
from system_apis.sandbox.erp.payables import Payables
from system_apis.sandbox.erp.periods import Periods
from system_apis.sandbox.erp.receivables import Receivables
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route
from system_apis.sandbox.signing import Headers, Letter, by_its_body

_FEED_PAGE = 200


class SystemNote(Struct, frozen=True, rename="camel"):
    """Something that happened to a record."""

    note_id: int
    record_type: str
    record_id: str
    revision: int
    date: str


class SystemNotes(Struct, frozen=True, rename="camel"):
    """What happened next, oldest first."""

    items: list[SystemNote]
    has_more: bool


class SandboxErp:
    """An ERP that speaks like NetSuite."""

    def __init__(self, books: Books, entities: frozenset[str], rounding: str) -> None:
        self.books = books
        self.periods = Periods(books, entities)
        masters = Masters(books, entities)
        invoicing = Invoicing(books, masters, self.periods, rounding)
        crediting = Crediting(books, invoicing, self.periods, rounding)
        receivables = Receivables(books, invoicing, masters)
        balances = Balances(masters, invoicing, crediting, receivables)
        payables = Payables(books, self.periods, rounding)
        self._parts = (
            masters,
            Currencies(books),
            self.periods,
            invoicing,
            crediting,
            receivables,
            balances,
            payables,
            Journals(books, self.periods),
        )

    def routes(self) -> list[Route]:
        """Return every address of the system."""
        ours = [route for part in self._parts for route in part.routes()]
        return [*ours, Route("changes", "GET", "/changes", self._changes)]

    def message(self, line: Changed) -> bytes:
        """Return a change as the product tells it."""
        return msgspec.json.encode(_note(line))

    def signed(self, letter: Letter, secret: str) -> Headers:
        """Return the headers with the product's signature."""
        return by_its_body(letter, secret, "x-netsuite-signature-256")

    def refusal(self, refusal: Refusal) -> bytes:
        """Return the error with its details, as NetSuite does."""
        return msgspec.json.encode(listing.error(refusal))

    def _changes(self, call: Call) -> Answer:
        lines = self.books.changes(call.number("after", 0), _FEED_PAGE)
        notes = [_note(each) for each in lines]
        return Answer(body=msgspec.json.encode(SystemNotes(notes, len(notes) == _FEED_PAGE)))


def _note(line: Changed) -> SystemNote:
    return SystemNote(line.sequence, line.type, line.id, line.version, line.at)
