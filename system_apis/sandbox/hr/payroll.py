"""Hours that are to be paid, as payroll is told of them: a batch of one reference once."""

import msgspec
from msgspec import Struct

from system_apis.sandbox.books import Books, Shelf
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route, texts

_PATH = "/api/v1/payroll/hours"


class HoursLine(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Hours of a person that are paid as one thing."""

    employee_number: str
    pay_code: str
    hours: str


class HoursBatch(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The hours of a division's month."""

    reference: str
    division: str
    start: str
    end: str
    lines: tuple[HoursLine, ...]


class Payroll:
    """The batches of hours of one HR system."""

    def __init__(self, books: Books) -> None:
        self._batches = Shelf(books, "hoursBatch", HoursBatch, ("reference",), announced=False)

    def routes(self) -> list[Route]:
        """Return the address of hours."""
        return [Route("record_pay_run", "POST", _PATH, self._record)]

    def _record(self, call: Call) -> Answer:
        wish = call.read(HoursBatch)
        there = self._batches.find({"reference": wish.reference})
        if there and msgspec.json.encode(there[0].record) != msgspec.json.encode(wish):
            raise Refusal(409, "TAKEN", f"{wish.reference} is another batch")
        if not there:
            self._batches.put(wish.reference, wish, call.now)
        return Answer(body=texts(wish), status=200 if there else 201, record=wish.reference)
