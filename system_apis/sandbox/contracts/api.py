"""The contract system's addresses: agreements, and the log of what happened to them."""

import msgspec
from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Kept, Shelf
from system_apis.sandbox.contracts.records import Agreement
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route, texts

_FEED_PAGE = 200
_FILTERS = {"agreementNumber": "agreement_number", "opportunityRef": "opportunity_ref"}


class Agreements(Struct, frozen=True, rename="camel"):
    """A page of agreements; `nextPageToken` asks for the next."""

    agreements: list[Agreement]
    next_page_token: str | None = None


class Activity(Struct, frozen=True, rename="camel"):
    """Something that happened to an agreement."""

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
        self._shelf = Shelf(books, "agreement", Agreement, tuple(_FILTERS.values()))

    def routes(self) -> list[Route]:
        """Return every address of the system."""
        return [
            Route("agreements", "GET", "/api/v2/agreements", self._agreements),
            Route("agreement", "GET", "/api/v2/agreements/{id}", self._agreement),
            Route("changes", "GET", "/changes", self._changes),
        ]

    def refusal(self, refusal: Refusal) -> bytes:
        """Return the error under its own name."""
        return msgspec.json.encode({"error": Fault(refusal.code, refusal.message)})

    def _agreements(self, call: Call) -> Answer:
        equal = {own: call.query[name] for name, own in _FILTERS.items() if name in call.query}
        size, offset = call.number("pageSize", 50), call.number("pageToken", 0)
        found = self._shelf.find(equal, offset=offset, limit=size + 1)
        token = str(offset + size) if len(found) > size else None
        return Answer(body=texts(Agreements([_shown(each) for each in found[:size]], token)))

    def _agreement(self, call: Call) -> Answer:
        kept = self._shelf.get(call.path["id"])
        if kept is None:
            raise Refusal(404, "AGREEMENT_NOT_FOUND", f"no agreement {call.path['id']}")
        return Answer(body=texts(_shown(kept)), record=kept.record.agreement_id)

    def _changes(self, call: Call) -> Answer:
        lines = [
            Activity(each.sequence, each.type, each.id, each.version, each.at)
            for each in self.books.changes(call.number("after", 0), _FEED_PAGE)
        ]
        return Answer(body=msgspec.json.encode(ActivityLog(lines)))


def _shown(kept: Kept[Agreement]) -> Agreement:
    return structs.replace(kept.record, revision=kept.version, modified_at=kept.updated_at)
