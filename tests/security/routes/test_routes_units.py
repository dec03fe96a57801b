"""AZ-01, AZ-03, AZ-05: route x role x business unit, within one company.

What the unit US-DATA has is not there for those of US-TAX, and is for those of US, which is
above both. Of what names no project a company's people see all: books, orders, most bills.
"""

from base64 import urlsafe_b64encode

import msgspec
import pytest
from msgspec.structs import replace

from governance.authorization_server.access_tokens import Holder
from governance.roles import Role
from tests.security.authorization.who_may import may
from tests.security.routes.attacked import Attacked, Case
from tests.security.routes.bodies import GOOD
from tests.security.routes.divided import OTHER, OWN, PARENT
from tests.security.routes.table import ROUTES, Route
from tests.security.routes.test_routes_matrix import HIDING
from tests.security.routes.test_routes_records import FILTERS, REAL, SAID

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
OF_SYSTEMS = {
    *("contract_id", "document_id", "change_request_id"),
    *("project_id", "task_id", "booking_id", "employee_id"),
}
OF_OURS = {
    *("project_number", "billing_event_id", "invoice_id", "credit_note_id"),
    *("dispute_id", "finding_id", "approval_id", "exception_id", "change_request_id"),
    *(
        "order_request_id",
        "purchase_order_id",
        "bill_case_id",
        "row_id",
        "staffing_request_id",
        "booking_case_id",
    ),
}
# The merge of clients of two ledgers takes a company of each to be seen.
OF_TWO_LEDGERS = "{merge_id}"
# Procurement shows an order by its company; how it stands, and why, tells of its project's work.
EXPLAINED = "/experience/finance/v1/explanations/orders/"
LISTS = {
    "/system/contracts/v1/contracts": "CT-1001",
    "/system/psa/v1/projects": "P-1001",
    "/system/psa/v1/resources?legal_entity=NWA-US&on=2026-10-31": "E103",
    "/system/hr/v1/employees": "E103",
    "/system/hr/v1/cost-rates?legal_entity=NWA-US&on=2026-10-31": "E103",
    "/process/project-to-cash/v1/billing-events": "P-1001",
    "/process/project-to-cash/v1/invoices": "P-1001",
    "/process/project-to-cash/v1/credit-notes": "P-1001",
    "/process/project-to-cash/v1/disputes": "P-1001",
    "/process/adoption/v1/findings": "P-1001",
    "/process/approvals/v1/": "P-1001",
    "/process/exceptions/v1/": "SET_UP_REJECTED",
    "/experience/worklist/v1/": ", P-1001: ",
    "/experience/delivery/v1/projects": "P-1001",
    "/experience/finance/v1/readiness": "P-1001",
    "/experience/finance/v1/invoices": "P-1001",
    "/experience/finance/v1/credit-notes": "P-1001",
}
ASKED = [said for said, path in FILTERS.items() if path.startswith(("/system/psa/", "/system/hr/"))]
NAMED = {
    "POST /system/psa/v1/staffing-requests": b'"P-1001"',
    "POST /system/psa/v1/tasks": b'"P-1001"',
}


def _is_of_a_unit(route: Route) -> bool:
    [name] = route.path_names
    if route.address.startswith(EXPLAINED):
        return True
    return name in (OF_SYSTEMS if route.address.startswith("/system/") else OF_OURS)


DIVIDED = [route for route in HIDING if _is_of_a_unit(route)]


def _of(site: Attacked, *units: str, role: Role | None = None) -> str:
    """Return a token of somebody of NWA-US, of a role or of all, bound to some units."""
    holder: Holder = site.callers.anybody() if role is None else site.callers.of_role(role)
    bound = replace(holder, entities=frozenset({"NWA-US"}), units=frozenset(units))
    return site.callers.token(bound)


@pytest.mark.parametrize("role", Role)
async def test_az_01_no_role_of_another_unit_finds_a_record(site: Attacked, role: Role) -> None:
    """404 where the role has the scope, 403 where it has not, and nothing changes."""
    wrong = await site.wrong(
        Case(
            said=f"{route} for {role} of {OTHER}",
            method=route.method,
            path=route.at(site.id_of(route)),
            body=route.good_body,
            token=_of(site, OTHER, role=role),
            wanted=frozenset({404 if may(role, route.scope) else 403}),
        )
        for route in DIVIDED
    )

    print(f"{len(DIVIDED)} cells of {role}")
    assert len(DIVIDED) > 30
    assert wrong == []


@pytest.mark.parametrize("unit", [PARENT, OWN])
async def test_what_is_hidden_from_another_unit_is_there_for_ones_own_and_the_one_above(
    site: Attacked, unit: str
) -> None:
    """The ids that are hidden from others are good ones."""
    answers = await _read(site, [each for each in DIVIDED if each.method == "GET"], unit)

    assert {
        each for each, status in answers.items() if status not in {200, SAID.get(each)}
    } == set()


async def test_what_names_no_unit_is_shown_by_its_company_alone(site: Attacked) -> None:
    """Whoever is of another unit of the company sees it, too."""
    whole = [
        each
        for each in HIDING
        if each.method == "GET" and each not in DIVIDED and OF_TWO_LEDGERS not in str(each)
    ]
    answers = await _read(site, whole, OTHER)

    assert {each for each, status in answers.items() if status != SAID.get(each, 200)} == set()


async def _read(site: Attacked, routes: list[Route], unit: str) -> dict[str, int]:
    """Return how somebody of a unit is answered."""
    return {
        str(route): (
            await site.send("GET", route.at(site.id_of(route)), token=_of(site, unit))
        ).status
        for route in routes
    }


@pytest.mark.parametrize("path", LISTS)
async def test_a_list_shows_nothing_of_another_unit(site: Attacked, path: str) -> None:
    """What is there for one's own unit is not for another."""
    own = await site.send("GET", path, token=_of(site, OWN))
    others = await site.send("GET", path, token=_of(site, OTHER))

    assert (own.status, others.status) == (200, 200)
    assert LISTS[path].encode() in own.body
    assert LISTS[path].encode() not in others.body


async def test_az_08_a_cursor_of_another_unit_shows_no_more_than_ones_own(site: Attacked) -> None:
    """Under the same cursor each sees their own."""
    the_first = urlsafe_b64encode(b'["psa",null]').decode().rstrip("=")
    path = f"/system/psa/v1/projects?cursor={the_first}"

    own = await site.send("GET", path, token=_of(site, OWN))
    others = await site.send("GET", path, token=_of(site, OTHER))

    assert (own.status, others.status) == (200, 200)
    assert b'"P-1001"' in own.body
    assert b'"P-1001"' not in others.body


@pytest.mark.parametrize("said", ASKED)
async def test_az_05_a_filter_finds_nothing_of_another_unit(site: Attacked, said: str) -> None:
    """Filtering by a number that another unit has is like filtering by none that there is."""
    path = FILTERS[said]
    before = path.partition("{")[0].rpartition("=")[2]
    period, token = "legal_entity=NWA-US", _of(site, OTHER)
    if "/psa/" in path or "/time-off" in path:
        period += "&start=2026-10-01&end=2026-10-31"

    real = await site.send("GET", path.format(REAL[before], period), token=token)
    none = await site.send("GET", path.format("9", period), token=token)

    assert real.status == none.status
    assert real.status in {200, 404}
    assert (real.body if real.status == 200 else real.told) == (
        none.body if none.status == 200 else none.told
    )


@pytest.mark.parametrize("command", NAMED)
async def test_az_03_a_record_of_another_unit_is_not_written_about(
    site: Attacked, command: str
) -> None:
    """Its number in a body is like a number that there is not."""
    method, path = command.split()
    answers = [
        await site.send(
            method, path, body=GOOD[command].replace(NAMED[command], number), token=_of(site, OTHER)
        )
        for number in (NAMED[command], b'"P-9991"')
    ]

    assert [answer.status for answer in answers] == [404, 404]
    assert answers[0].told == answers[1].told


async def test_az_03_no_money_is_applied_to_another_units_invoice(site: Attacked) -> None:
    """A receipt is the company's, an invoice is its unit's; nothing is told of it."""
    page = await site.send("GET", "/process/project-to-cash/v1/invoices", token=_of(site, OWN))
    [number, *_] = [each["number"] for each in msgspec.json.decode(page.body)["items"]]
    assert number
    route = "POST /process/project-to-cash/v1/receipts/{receipt_id}/applications"
    path = route.split()[1].replace("{receipt_id}", site.ids["process receipt_id"])

    answers = [
        await site.send(
            "POST",
            path,
            body=GOOD[route].replace(b"INV-US-0901", each.encode()),
            token=_of(site, OTHER),
        )
        for each in (number, "INV-US-9991")
    ]

    assert [answer.status for answer in answers] == [404, 404]
    assert answers[0].told == answers[1].told


async def test_every_route_of_a_project_or_a_person_is_among_them() -> None:
    """A new one is tried here as well."""
    named = [route for route in ROUTES if OF_SYSTEMS.intersection(route.path_names)]

    assert {str(route) for route in named} - {str(route) for route in DIVIDED} == set()
