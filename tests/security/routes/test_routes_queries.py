"""A query says what is asked for, once and in its form, or it is a problem that says how."""

import json
from base64 import urlsafe_b64encode
from datetime import date
from enum import StrEnum

import pytest

from tests.security.routes.attacked import Attacked, Case
from tests.security.routes.table import ROUTES, Query, Route

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
BAD = frozenset({400})
ODD = {
    "an unknown parameter": "nonsense=1",
    "a parameter in brackets": "limit[]=1",
    "a method": "_method=DELETE",
    "fields": "fields=cost_rate",
    "an order": "sort=(select%201)",
    "an expansion": "$expand=*",
    "a token": "access_token=x",
    "another entity": "entity=NWA-US&entities=NWA-US",
    "a broken escape": "%zz=1",
    "a name without an end": "%",
    "a semicolon": "a;b",
    "a hundred parameters": "&".join(f"p{n}=1" for n in range(100)),
}


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_a_parameter_that_is_not_known_is_named(site: Attacked, route: Route) -> None:
    """What the operation does not know is refused, also beside what it does know."""
    good = route.at(site.id_of(route))
    mark = "&" if "?" in good else "?"

    wrong = await site.wrong(
        Case(
            said=said,
            method=route.method,
            path=f"{good}{mark}{odd}",
            body=route.good_body,
            wanted=BAD,
        )
        for said, odd in ODD.items()
    )

    assert wrong == []


ASKED = [(route, query) for route in ROUTES for query in route.query]
NAMES = [f"{route} {query.name}" for route, query in ASKED]


@pytest.mark.parametrize(("route", "query"), ASKED, ids=NAMES)
async def test_a_value_of_another_form_is_named(site: Attacked, route: Route, query: Query) -> None:
    """A value twice, unprintable, too long or of another kind is refused."""
    bad = {"a line break": "1%0a", "a NUL": "%00", "no UTF-8": "%ff", "513 letters": "a" * 513}
    if query.kind is not str:
        bad |= {"nothing": "", "a word": "word", "SQL": "'%20OR%201=1", "NaN": "NaN", "1e3": "1e3"}
    if issubclass(query.kind, date):
        bad |= {"no day": "2026-02-30", "a moment": "2026-10-31T00:00:00Z", "seconds": "1790000000"}
    if issubclass(query.kind, StrEnum):
        bad |= {"capitals": query.good.upper(), "two": f"{query.good},{query.good}"}
    if query.kind is int:
        bad |= {"a fraction": "1.5", "below": "-1", "2^63": str(2**63), "Arabic": "%D9%A1"}
    pairs = {said: f"{query.name}={value}" for said, value in bad.items()}
    pairs["twice"] = f"{query.name}={query.good}&{query.name}={query.good}"

    wrong = await site.wrong(
        Case(
            said=said,
            method=route.method,
            path=route.at(query=_beside(route, query, pair)),
            body=route.good_body,
            wanted=BAD,
        )
        for said, pair in pairs.items()
    )

    assert wrong == []


DATED = [(route, query) for route, query in ASKED if "2026-" in query.good]


@pytest.mark.parametrize(
    ("route", "query"), DATED, ids=[f"{route} {query.name}" for route, query in DATED]
)
async def test_the_ends_of_the_calendar_are_days_too(
    site: Attacked, route: Route, query: Query
) -> None:
    """The first and the last day that there is are answered, or refused: counting stops there."""
    length = len(query.good)
    ends = [f"{query.name}={end[:length]}" for end in ("0001-01-01", "9999-12-31")]

    answers = [await site.send("GET", route.at(query=_beside(route, query, end))) for end in ends]

    assert all(answer.status < 500 for answer in answers)


@pytest.mark.parametrize("end", ["0001-01-01", "9999-12-31"])
async def test_a_period_at_an_end_of_the_calendar_is_one_too(site: Attacked, end: str) -> None:
    """All days of a question are the first or the last that there is, also of what is there."""
    routes = {str(route): route for route, _ in DATED}.values()
    asked = [
        route.at(
            site.id_of(route),
            "&".join(
                f"{each.name}={end[: len(each.good)] if '2026-' in each.good else each.good}"
                for each in route.query
                if each.required or "2026-" in each.good
            ),
        )
        for route in routes
    ]
    asked.append(f"/experience/finance/v1/explanations/revenue/P-1001?month={end[:7]}")

    answers = [(path, await site.send("GET", path)) for path in asked]

    assert [(path, answer.body) for path, answer in answers if answer.status >= 500] == []


KINDS = [
    ("/process/exceptions/v1", "status", "Send one of: "),
    ("/governance/v1/audit", "since", "2026-10-31"),
    ("/process/revenue/v1/entries", "month", "2026-10"),
]


@pytest.mark.parametrize(("address", "name", "said"), KINDS)
async def test_what_may_be_sent_instead_is_said(
    site: Attacked, address: str, name: str, said: str
) -> None:
    """Of a choice all that there is, of a day or month one; no word of a library's."""
    answers = [await site.send("GET", f"{address}?{name}={bad}") for bad in ("x", "2026-02-30")]

    faults = [fault for answer in answers for fault in answer.problem.errors]
    assert [fault.parameter for fault in faults] == [name, name]
    assert all(said in fault.remedy for fault in faults)
    assert not [fault for fault in faults if "RFC" in fault.detail or "enum" in fault.detail]


async def test_days_that_end_before_they_start_name_the_end(site: Attacked) -> None:
    """Wherever a period is asked for that is none, which parameter to correct is said."""
    backwards = "start=2026-10-31&end=2026-10-01"
    one = f"legal_entity=NWA-US&project_number=P-1001&{backwards}"
    asked = [
        f"/system/psa/v1/time-entries?{one}",
        f"/system/psa/v1/expense-lines?{one}",
        f"/system/psa/v1/timesheets?{one}",
        f"/system/hr/v1/time-off?legal_entity=NWA-US&{backwards}",
        f"/process/time-and-expense/v1/entries?{backwards}",
        f"/process/time-and-expense/v1/expenses?{backwards}",
        f"/process/time-and-expense/v1/missing-weeks?{one}",
        f"/process/shadow/v1/reports?process=project-to-cash&{backwards}",
        f"/process/verification/v1/reports?{backwards}",
        f"/experience/executive/v1/kpis?{backwards}",
        f"/experience/staffing/v1/capacity?{backwards}",
    ]

    answers = [(path, await site.send("GET", path)) for path in asked]

    told = [
        (path, answer.status, [fault.parameter for fault in answer.problem.errors])
        for path, answer in answers
    ]
    assert told == [(path, 422, ["end"]) for path in asked]


@pytest.mark.parametrize(
    ("route", "query"),
    [(route, query) for route, query in ASKED if query.required],
    ids=[f"{route} {query.name}" for route, query in ASKED if query.required],
)
async def test_a_parameter_that_is_missing_is_named(
    site: Attacked, route: Route, query: Query
) -> None:
    """Who forgets a parameter is told which one."""
    others = "&".join(f"{q.name}={q.good}" for q in route.query if q.required and q is not query)

    answer = await site.send("GET", route.at(query=others))

    assert answer.status == 400
    assert [fault.parameter for fault in answer.problem.errors] == [query.name]


def cursor(text: str) -> str:
    """Return a cursor that says something."""
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


CURSORS = {
    "letters": "abc",
    "of nobody": cursor('["nobody",null]'),
    "of the operator's side": cursor('["../_sandbox",null]'),
    "a list of three": cursor('["crm","1","2"]'),
    "an object": cursor('{"a":1}'),
    "a number": cursor("[1,2]"),
    "deep": cursor("[" * 300),
    "not base64": "~~~~",
    "cut": cursor('["erp-a","1"]')[:-3],
    "with a line break": "abc%0a",
    "long": "A" * 513,
}
PAGED = [route for route in ROUTES if any(each.name == "cursor" for each in route.query)]


@pytest.mark.parametrize("route", PAGED, ids=str)
async def test_a_cursor_that_we_did_not_give_finds_no_page(site: Attacked, route: Route) -> None:
    """A cursor that is made up, altered or another list's is refused."""
    base = route.at(site.id_of(route)) if route.path_names else route.at()
    mark = "&" if "?" in base else "?"
    another = "psa" if "/crm/" in route.address else "crm"

    wrong = await site.wrong(
        Case(
            said=said,
            method="GET",
            path=f"{base}{mark}cursor={made_up}",
            wanted=frozenset({400}),
        )
        for said, made_up in {
            **CURSORS,
            "of another kind of system": cursor(f'["{another}",null]'),
        }.items()
    )

    assert wrong == []


INNER = ("-1", "1e9", "' OR 1=1", "../../_sandbox/ledger", "9" * 40, "0&limit=1", "\u0000")


@pytest.mark.parametrize("route", PAGED, ids=str)
async def test_a_system_is_not_reached_through_a_cursor(site: Attacked, route: Route) -> None:
    """What a cursor says of a system's own pages may be refused by it, and does nothing else."""
    base = route.at()
    mark = "&" if "?" in base else "?"
    made_up = [
        cursor(json.dumps([name, inner]))
        for name in ("crm", "contracts", "psa", "erp-a", "hr", "procurement")
        for inner in INNER
    ]

    answers = [await site.send("GET", f"{base}{mark}cursor={each}") for each in made_up]

    assert {answer.status for answer in answers} <= {200, 400, 404, 422}
    assert not [answer for answer in answers if b"instances" in answer.body]


def _beside(route: Route, query: Query, pair: str) -> str:
    others = [f"{q.name}={q.good}" for q in route.query if q.required and q is not query]
    return "&".join([*others, pair])
