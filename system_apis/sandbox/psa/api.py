"""The PSA's addresses for people, hours and expenses, and its change feed."""

from datetime import date, timedelta

import msgspec
from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Changed, Kept, Shelf
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route, numbers
from system_apis.sandbox.psa.corrections import Corrections
from system_apis.sandbox.psa.handed_in import HandedIn
from system_apis.sandbox.psa.listing import Error, Errors, Meta, listed, listing
from system_apis.sandbox.psa.records import (
    Assignment,
    Expense,
    ForecastSnapshot,
    Membership,
    Resolution,
    Submission,
    Template,
    TimeEntry,
)
from system_apis.sandbox.psa.submissions import Submissions
from system_apis.sandbox.psa.team import Team
from system_apis.sandbox.psa.workspaces import Workspaces
from system_apis.sandbox.signing import Headers, Letter, with_its_moment

_FEED_PAGE = 200
_WEEK = timedelta(days=6)
_FOUND_BY = ("user_number", "reference")


class SubscribedEvent(Struct, frozen=True):
    """Something that happened to a record."""

    id: str
    subject_type: str
    subject_id: str
    lock_version: int
    created_at: str


class SandboxPsa:
    """A PSA that speaks like Kantata."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self._team = Team(books)
        self._workspaces = Workspaces(books, self._team)
        number = ("workspace_number",)
        by = (*number, *_FOUND_BY, "adjusts")
        self._hours = Shelf(books, "time_entry", TimeEntry, by)
        self._corrections = Corrections(books, self._hours)
        self._expenses = Shelf(books, "expense", Expense, (*number, *_FOUND_BY, "receipt_digest"))
        self._handed_in = HandedIn(books, self._hours, self._expenses)
        self._people = Shelf(
            books, "account_membership", Membership, ("legal_entity",), announced=False
        )
        self._weeks = Shelf(books, "timesheet_submission", Submission, ("user_number",))
        self._submitted = Submissions(books, self._weeks)
        self._templates = Shelf(books, "project_template", Template, (), announced=False)
        self._foreseen = Shelf(
            books, "forecast_snapshot", ForecastSnapshot, ("legal_entity",), announced=False
        )
        self._resolved = Shelf(books, "resolution", Resolution, (), announced=False)

    def routes(self) -> list[Route]:
        """Return every address of the system."""
        return [
            *self._workspaces.routes(),
            *self._team.routes(),
            *self._corrections.routes(),
            *self._handed_in.routes(),
            *self._submitted.routes(),
            Route("time_entries", "GET", "/api/v1/time_entries", self._time_entries),
            Route("expenses", "GET", "/api/v1/expenses", self._expense_lines),
            Route("resources", "GET", "/api/v1/account_memberships", self._memberships),
            Route("timesheets", "GET", "/api/v1/timesheet_submissions", self._submissions),
            Route("templates", "GET", "/api/v1/project_templates", self._all_templates),
            Route("forecasts", "GET", "/api/v1/forecast_snapshots", self._forecasts),
            Route("past_approvals", "GET", "/api/v1/resolutions", self._resolutions),
            Route("changes", "GET", "/changes", self._changes),
        ]

    def message(self, line: Changed) -> bytes:
        """Return a change as the product tells it."""
        return msgspec.json.encode(_event(line))

    def signed(self, letter: Letter, secret: str) -> Headers:
        """Return the headers with the product's signature."""
        return with_its_moment(letter, secret, "x-kantata-signature")

    def refusal(self, refusal: Refusal) -> bytes:
        """Return a list of errors under one key, as Kantata does."""
        return numbers(Errors((Error(refusal.code, refusal.message),)))

    def _time_entries(self, call: Call) -> Answer:
        if "only" in call.query:
            wanted = (self._hours.get(each) for each in call.query["only"].split(","))
            return listed(call, "time_entries", [_hours(each) for each in wanted if each])
        asked = _asked(call)
        if "reference" in call.query:
            asked["reference"] = call.query["reference"]
            found = [_hours(each) for each in self._hours.find(asked)]
            return listed(call, "time_entries", found)
        first, last = _window(call)
        found = [_hours(each) for own in self._asked_for(call) for each in self._hours.find(own)]
        return listed(
            call, "time_entries", [row for row in found if first <= row.date_performed <= last]
        )

    def _asked_for(self, call: Call) -> list[dict[str, str]]:
        """Return what entries are found by: what is asked for, or each person of a company."""
        if "legal_entity" not in call.query:
            return [_asked(call)]
        return [{"user_number": each} for each in self._of_company(call)]

    def _of_company(self, call: Call) -> list[str]:
        found = self._people.find({"legal_entity": call.query["legal_entity"]})
        return [each.record.user_number for each in found]

    def _expense_lines(self, call: Call) -> Answer:
        if "receipt_digest" in call.query:
            asked = {"receipt_digest": call.query["receipt_digest"]}
            found = [_expense(each) for each in self._expenses.find(asked)]
            return listed(call, "expenses", found)
        first, last = _window(call)
        found = [_expense(each) for each in self._expenses.find(_asked(call))]
        return listed(call, "expenses", [row for row in found if first <= row.date <= last])

    def _memberships(self, call: Call) -> Answer:
        found = self._people.find({"legal_entity": call.query.get("legal_entity", "")})
        return listed(call, "account_memberships", [each.record for each in found])

    def _submissions(self, call: Call) -> Answer:
        first, last = _window(call)
        owed: list[Submission] = []
        if "legal_entity" in call.query:
            weeks = (self._weeks.find({"user_number": each}) for each in self._of_company(call))
            own = (week.record for found in weeks for week in found)
            owed.extend(each for each in own if first <= each.start_date <= last)
            return listed(call, "timesheet_submissions", owed)
        bookings = [each.record for each in self._team.bookings.find(_project(call))]
        for person in dict.fromkeys(each.user_number for each in bookings):
            theirs = [each for each in bookings if each.user_number == person and each.hard]
            owed.extend(
                week.record
                for week in self._weeks.find({"user_number": person})
                if first <= week.record.start_date <= last
                and any(_overlaps(week.record.start_date, each) for each in theirs)
            )
        return listed(call, "timesheet_submissions", owed)

    def _all_templates(self, call: Call) -> Answer:
        return listed(call, "project_templates", [each.record for each in self._templates.find({})])

    def _forecasts(self, call: Call) -> Answer:
        first, last = _window(call)
        found = self._foreseen.find({"legal_entity": call.query.get("legal_entity", "")})
        rows = (each.record for each in found)
        wanted = [each for each in rows if first <= each.end_date and each.start_date <= last]
        return listed(call, "forecast_snapshots", wanted)

    def _resolutions(self, call: Call) -> Answer:
        first, last = _window(call)
        rows = (each.record for each in self._resolved.find({}))
        wanted = [each for each in rows if first <= each.submitted_at.date() <= last]
        return listed(call, "resolutions", wanted)

    def _changes(self, call: Call) -> Answer:
        lines = self.books.changes(call.number("after", 0), _FEED_PAGE)
        events = [_event(each) for each in lines]
        return Answer(body=listing("subscribed_events", events, Meta(len(events), 1, 1)))


def _hours(kept: Kept[TimeEntry]) -> TimeEntry:
    return structs.replace(kept.record, lock_version=kept.version, updated_at=kept.updated_at)


def _expense(kept: Kept[Expense]) -> Expense:
    return structs.replace(kept.record, lock_version=kept.version, updated_at=kept.updated_at)


def _event(line: Changed) -> SubscribedEvent:
    return SubscribedEvent(str(line.sequence), line.type, line.id, line.version, line.at)


def _asked(call: Call) -> dict[str, str]:
    """Return whose records are asked for, a person's on every workspace or a workspace's."""
    if "user_number" in call.query:
        return {"user_number": call.query["user_number"]}
    return _project(call)


def _project(call: Call) -> dict[str, str]:
    return {"workspace_number": call.query.get("workspace_number", "")}


def _window(call: Call) -> tuple[date, date]:
    try:
        return date.fromisoformat(call.query["from"]), date.fromisoformat(call.query["to"])
    except (KeyError, ValueError) as error:
        raise Refusal(422, "invalid", "from and to are required dates") from error


def _overlaps(week: date, booking: Assignment) -> bool:
    return booking.start_date <= week + _WEEK and week <= booking.end_date
