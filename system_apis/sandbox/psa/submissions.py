"""Weeks that are handed in: there is one of each person and week, which is submitted once."""

from datetime import date

from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Shelf
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route
from system_apis.sandbox.psa.listing import Meta, listing
from system_apis.sandbox.psa.records import Submission

_PATH = "/api/v1/timesheet_submissions"


class NewSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose week it is, by its first day."""

    user_number: str
    start_date: date


class Submissions:
    """The weeks of one PSA."""

    def __init__(self, books: Books, weeks: Shelf[Submission]) -> None:
        self._books, self._weeks = books, weeks

    def routes(self) -> list[Route]:
        """Return the address of handing in."""
        return [Route("submit_week", "POST", _PATH, self._submit)]

    def _submit(self, call: Call) -> Answer:
        wish = call.read(NewSubmission)
        if wish.start_date.weekday():
            raise Refusal(422, "invalid", "a week begins on a Monday")
        owed = self._owed(wish) or self._unasked(wish)
        if owed.status == "submitted":
            return _answer(owed, status=200)
        done = structs.replace(owed, status="submitted", submitted_at=call.now)
        return _answer(self._weeks.put(done.id, done, call.now).record, status=201)

    def _owed(self, wish: NewSubmission) -> Submission | None:
        found = (each.record for each in self._weeks.find({"user_number": wish.user_number}))
        return next((each for each in found if each.start_date == wish.start_date), None)

    def _unasked(self, wish: NewSubmission) -> Submission:
        """Return a week that nobody had asked for yet."""
        number = str(self._books.next("timesheet_submitted", start=700_001))
        return Submission(
            id=number, user_number=wish.user_number, start_date=wish.start_date, status="missing"
        )


def _answer(week: Submission, *, status: int) -> Answer:
    body = listing("timesheet_submissions", [week], Meta(1, 1, 1))
    return Answer(body=body, status=status, record=week.id)
