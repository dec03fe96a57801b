"""The contract system: its agreements and papers, and the log of what happened to them."""

import msgspec
from msgspec import Struct

from system_apis.sandbox.books import Books, Changed
from system_apis.sandbox.contracts.agreements import Agreements
from system_apis.sandbox.contracts.amendments import Amendments
from system_apis.sandbox.contracts.documents import Documents
from system_apis.sandbox.contracts.service_reports import ServiceReports
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route
from system_apis.sandbox.signing import Headers, Letter, as_a_request

_FEED_PAGE = 200


class Activity(Struct, frozen=True, rename="camel"):
    """Something that happened to a record."""

    position: int
    object_type: str
    object_id: str
    revision: int
    occurred_at: str


class ActivityLog(Struct, frozen=True, rename="camel"):
    """What happened next, oldest first."""

    activities: list[Activity]


class Fault(Struct, frozen=True, rename="camel"):
    """Why the system says no."""

    code: str
    message: str


class SandboxContracts:
    """A contract system in camel case, with nested terms."""

    def __init__(self, books: Books) -> None:
        self.books = books
        documents = Documents(books)
        agreements = Agreements(books, documents)
        amendments = Amendments(books, agreements, documents)
        self._parts = (agreements, documents, amendments, ServiceReports(books))

    def routes(self) -> list[Route]:
        """Return every address of the system."""
        parts = [route for part in self._parts for route in part.routes()]
        return [*parts, Route("changes", "GET", "/changes", self._changes)]

    def message(self, line: Changed) -> bytes:
        """Return a change as the product tells it."""
        return msgspec.json.encode(_activity(line))

    def signed(self, letter: Letter, secret: str) -> Headers:
        """Return the headers with the product's signature."""
        return as_a_request(letter, secret, "x-agreements-signature", "x-agreements-timestamp")

    def refusal(self, refusal: Refusal) -> bytes:
        """Return the error under its own name."""
        return msgspec.json.encode({"error": Fault(refusal.code, refusal.message)})

    def _changes(self, call: Call) -> Answer:
        lines = [
            _activity(each) for each in self.books.changes(call.number("after", 0), _FEED_PAGE)
        ]
        return Answer(body=msgspec.json.encode(ActivityLog(lines)))


def _activity(line: Changed) -> Activity:
    return Activity(line.sequence, line.type, line.id, line.version, line.at)
