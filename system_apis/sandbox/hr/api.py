"""The HR system's addresses: people and the tables of their files, leave, schedules, changes.

It has its ways, as BambooHR has: leave is listed for a window only, and a person who left is
listed with the job title `Other`; the job that they had is in the table of their jobs.
"""

from collections.abc import Callable, Sequence
from datetime import date

import msgspec
from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Kept, Shelf
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route, texts
from system_apis.sandbox.hr.payroll import Payroll
from system_apis.sandbox.hr.records import Employee, EmployeeFile, TimeOffRequest, WorkSchedule

_FEED_PAGE = 200
_LARGEST_PAGE = 200
_ROOT = "/api/v1"
_FILTERS = {
    "employeeNumber": "employee_number",
    "division": "division",
    "jobTitle": "job_title",
}
_TABLES: dict[str, Callable[[EmployeeFile], Sequence[Struct]]] = {
    "jobInfo": lambda file: file.job_info,
    "compensation": lambda file: file.compensation,
    "customSkills": lambda file: file.custom_skills,
}


class PageOf(Struct, frozen=True, rename="camel"):
    """Which page this is, of how many."""

    page: int
    total_pages: int
    total_count: int


class Employees(Struct, frozen=True):
    """A page of people."""

    employees: list[Employee]
    meta: PageOf


class Schedules(Struct, frozen=True):
    """The work schedules of divisions."""

    schedules: list[WorkSchedule]


class Changed(Struct, frozen=True, rename="camel"):
    """A record that changed."""

    sequence: int
    table: str
    id: str
    version: int
    last_changed: str


class ChangedRecords(Struct, frozen=True):
    """What changed next, oldest first."""

    changed: list[Changed]


class SandboxHr:
    """An HR system that speaks like BambooHR."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self._people = Shelf(books, "employee", EmployeeFile, tuple(_FILTERS.values()))
        self._leave = Shelf(books, "timeOffRequest", TimeOffRequest, ("employee_id",))
        self._schedules = Shelf(books, "workSchedule", WorkSchedule, ("division",))
        self._payroll = Payroll(books)

    def routes(self) -> list[Route]:
        """Return every address of the system."""
        return [
            *self._payroll.routes(),
            Route("employees", "GET", f"{_ROOT}/employees", self._employees),
            Route("employee", "GET", f"{_ROOT}/employees/{{id}}", self._employee),
            Route("table", "GET", f"{_ROOT}/employees/{{id}}/tables/{{table}}", self._table),
            Route("time_off", "GET", f"{_ROOT}/time_off/requests", self._requests),
            Route("schedules", "GET", f"{_ROOT}/work_schedules", self._work_schedules),
            Route("changes", "GET", "/changes", self._changes),
        ]

    def refusal(self, refusal: Refusal) -> bytes:
        """Return one line of reason, as BambooHR has it in a header."""
        return msgspec.json.encode({"X-BambooHR-Error-Message": refusal.message})

    def _employees(self, call: Call) -> Answer:
        equal = {own: call.query[name] for name, own in _FILTERS.items() if name in call.query}
        size, page = min(call.number("limit", 50), _LARGEST_PAGE), call.number("page", 1)
        if size < 1 or page < 1:
            raise Refusal(400, "INVALID_PAGE", "pages begin at 1")
        total = self._people.count(equal)
        found = self._people.find(equal, offset=(page - 1) * size, limit=size)
        meta = PageOf(page, -(-total // size), total)
        return Answer(body=texts(Employees([_shown(each) for each in found], meta)))

    def _employee(self, call: Call) -> Answer:
        kept = self._file(call.path["id"])
        return Answer(body=texts(_shown(kept)), record=kept.record.id)

    def _table(self, call: Call) -> Answer:
        rows = _TABLES.get(call.path["table"])
        if rows is None:
            raise Refusal(404, "NO_SUCH_TABLE", f"no table {call.path['table']}")
        whose = call.path["id"]
        files = self._people.find({}) if whose == "all" else [self._file(whose)]
        return Answer(body=texts([row for each in files for row in rows(each.record)]))

    def _requests(self, call: Call) -> Answer:
        start, end = _window(call)
        asked = {"employee_id": call.query["employeeId"]} if "employeeId" in call.query else {}
        wanted = call.query.get("status")
        return Answer(
            body=texts(
                [
                    structs.replace(each.record, version=each.version)
                    for each in self._leave.find(asked)
                    if wanted in {None, each.record.status}
                    and each.record.start <= end
                    and start <= each.record.end
                ]
            )
        )

    def _work_schedules(self, call: Call) -> Answer:
        equal = {"division": call.query["division"]} if "division" in call.query else {}
        shown = [
            structs.replace(each.record, version=each.version, last_changed=each.updated_at)
            for each in self._schedules.find(equal)
        ]
        return Answer(body=texts(Schedules(shown)))

    def _changes(self, call: Call) -> Answer:
        lines = [
            Changed(each.sequence, each.type, each.id, each.version, each.at)
            for each in self.books.changes(call.number("after", 0), _FEED_PAGE)
        ]
        return Answer(body=msgspec.json.encode(ChangedRecords(lines)))

    def _file(self, record: str) -> Kept[EmployeeFile]:
        kept = self._people.get(record)
        if kept is None:
            raise Refusal(404, "NOT_FOUND", f"no employee {record}")
        return kept


def _shown(kept: Kept[EmployeeFile]) -> Employee:
    """Return a person without the tables, which are asked for by themselves."""
    fields = {name: getattr(kept.record, name) for name in Employee.__struct_fields__}
    return Employee(**fields | {"version": kept.version, "last_changed": kept.updated_at})


def _window(call: Call) -> tuple[str, str]:
    try:
        days = [date.fromisoformat(call.query[name]) for name in ("start", "end")]
    except (KeyError, ValueError) as error:
        raise Refusal(400, "INVALID_WINDOW", "start and end are required dates") from error
    return days[0].isoformat(), days[1].isoformat()
