"""The CRM's addresses: queries in a small SOQL, records by id, its event feed."""

import base64
import re

import msgspec
from msgspec import UNSET, Struct, UnsetType, field, structs

from system_apis.sandbox.books import Books, Changed, Kept, Shelf
from system_apis.sandbox.crm.records import Account, Opportunity
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route, numbers
from system_apis.sandbox.signing import Headers, Letter, as_the_standard_has_it

_ROOT = "/services/data/v59.0"
_FEED_PAGE = 200
_QUERY = re.compile(
    r"SELECT FIELDS\(ALL\) FROM (Account|Opportunity)"
    r"(?: WHERE (\w+) = '((?:[^'\\]|\\.)*)')? LIMIT (\d{1,3})"
)
_FIELDS = {"AccountNumber": "account_number", "Opportunity_Number__c": "number"}


class QueryResult(Struct, frozen=True):
    """A page of records; the rest is at `nextRecordsUrl`."""

    total_size: int = field(name="totalSize")
    done: bool
    records: list[Account | Opportunity]
    next_records_url: str | None = field(name="nextRecordsUrl", default=None)


class EventHeader(Struct, frozen=True):
    """What changed."""

    entity_name: str = field(name="entityName")
    record_ids: tuple[str, ...] = field(name="recordIds")
    commit_timestamp: str = field(name="commitTimestamp")


class ChangeEvent(Struct, frozen=True):
    """One event of the feed."""

    replay_id: int = field(name="replayId")
    header: EventHeader = field(name="ChangeEventHeader")
    revision: int


class Events(Struct, frozen=True):
    """The next events, oldest first."""

    events: list[ChangeEvent]


class ProjectLink(Struct, frozen=True, forbid_unknown_fields=True):
    """All that may be written on an opportunity from outside."""

    project_number: str | None = field(name="Project_Number__c")


class AccountEdit(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What sales may edit of an account in the CRM's own window; what is not said stays."""

    name: str | UnsetType = field(name="Name", default=UNSET)
    tax_id: str | UnsetType | None = field(name="Tax_Id__c", default=UNSET)
    website: str | UnsetType | None = field(name="Website", default=UNSET)


class CrmError(Struct, frozen=True):
    """One of the errors that the CRM answers as a list."""

    error_code: str = field(name="errorCode")
    message: str


class SandboxCrm:
    """A CRM that speaks like Salesforce."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self._accounts = Shelf(books, "Account", Account, ("account_number",))
        self._sales = Shelf(books, "Opportunity", Opportunity, ("number",))

    def routes(self) -> list[Route]:
        """Return every address of the system."""
        return [
            Route("query", "GET", f"{_ROOT}/query", self._query),
            Route("query_more", "GET", f"{_ROOT}/query/{{locator}}", self._more),
            Route("account", "GET", f"{_ROOT}/sobjects/Account/{{id}}", self._account),
            Route("edit_account", "PATCH", f"{_ROOT}/sobjects/Account/{{id}}", self._edit),
            Route("opportunity", "GET", f"{_ROOT}/sobjects/Opportunity/{{id}}", self._sale),
            Route("link_project", "PATCH", f"{_ROOT}/sobjects/Opportunity/{{id}}", self._link),
            Route("changes", "GET", "/changes", self._changes),
        ]

    def message(self, line: Changed) -> bytes:
        """Return a change as the product tells it."""
        return msgspec.json.encode(_event(line))

    def signed(self, letter: Letter, secret: str) -> Headers:
        """Return the headers with the product's signature."""
        return as_the_standard_has_it(letter, secret)

    def refusal(self, refusal: Refusal) -> bytes:
        """Return a list with one error, as Salesforce does."""
        return msgspec.json.encode([CrmError(refusal.code, refusal.message)])

    def _query(self, call: Call) -> Answer:
        return self._page(call.query.get("q", ""), 0)

    def _more(self, call: Call) -> Answer:
        try:
            soql, offset = msgspec.json.decode(
                base64.urlsafe_b64decode(call.path["locator"]), type=tuple[str, int]
            )
        except (ValueError, msgspec.MsgspecError) as error:
            raise Refusal(400, "INVALID_QUERY_LOCATOR", "invalid query locator") from error
        return self._page(soql, offset)

    def _page(self, soql: str, offset: int) -> Answer:
        asked = _QUERY.fullmatch(soql)
        if asked is None:
            raise Refusal(400, "MALFORMED_QUERY", f"cannot read {soql[:200]}")
        name, column, text, size = asked[1], asked[2], asked[3], int(asked[4])
        if column and column not in _FIELDS:
            raise Refusal(400, "INVALID_FIELD", f"No such column '{column}' on entity '{name}'")
        equal = {_FIELDS[column]: re.sub(r"\\(.)", r"\1", text)} if column else {}
        shelf = self._accounts if name == "Account" else self._sales
        total = shelf.count(equal)
        shown = [_shown(each) for each in shelf.find(equal, offset=offset, limit=size)]
        after = offset + size
        locator = base64.urlsafe_b64encode(msgspec.json.encode((soql, after))).decode()
        url = f"{_ROOT}/query/{locator}" if after < total else None
        return Answer(body=numbers(QueryResult(total, url is None, shown, url)))

    def _account(self, call: Call) -> Answer:
        return _record(self._accounts.get(call.path["id"]))

    def _edit(self, call: Call) -> Answer:
        kept = self._accounts.get(call.path["id"])
        if kept is None:
            raise Refusal(404, "NOT_FOUND", "The requested resource does not exist")
        edit = structs.asdict(call.read(AccountEdit))
        said = {name: value for name, value in edit.items() if value is not UNSET}
        self._accounts.put(kept.record.id, structs.replace(kept.record, **said), call.now)
        return Answer(status=204, record=kept.record.id)

    def _sale(self, call: Call) -> Answer:
        return _record(self._sales.get(call.path["id"]))

    def _link(self, call: Call) -> Answer:
        kept = _known(self._sales.get(call.path["id"]))
        number = call.read(ProjectLink).project_number
        if kept.record.project_number != number:
            linked = structs.replace(kept.record, project_number=number)
            self._sales.put(linked.id, linked, call.now)
        return Answer(status=204, record=kept.record.id)

    def _changes(self, call: Call) -> Answer:
        lines = self.books.changes(call.number("after", 0), _FEED_PAGE)
        return Answer(body=msgspec.json.encode(Events([_event(each) for each in lines])))


def _known(kept: Kept[Opportunity] | None) -> Kept[Opportunity]:
    if kept is None:
        raise Refusal(404, "NOT_FOUND", "The requested resource does not exist")
    return kept


def _record(kept: Kept[Account] | Kept[Opportunity] | None) -> Answer:
    if kept is None:
        raise Refusal(404, "NOT_FOUND", "The requested resource does not exist")
    return Answer(body=numbers(_shown(kept)), record=kept.record.id)


def _shown(kept: Kept[Account] | Kept[Opportunity]) -> Account | Opportunity:
    return structs.replace(kept.record, system_modstamp=kept.updated_at, revision=kept.version)


def _event(line: Changed) -> ChangeEvent:
    return ChangeEvent(line.sequence, EventHeader(line.type, (line.id,), line.at), line.version)
