"""AZ-03, AZ-04, AZ-08, AZ-13: what a body or a cursor names, and who may keep an answer."""

from base64 import urlsafe_b64encode

import msgspec
import pytest

from governance.policy import DataClass
from tests.security.routes.attacked import Attacked
from tests.security.routes.bodies import GOOD
from tests.security.routes.table import ROUTES, Route

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
# Of each command, the number of a record of NWA-US in its body, and of one that there is not.
NAMED = {
    "POST /system/psa/v1/staffing-requests": (b'"P-1001"', b'"P-9991"'),
    "POST /system/psa/v1/tasks": (b'"P-1001"', b'"P-9991"'),
    "POST /system/erp/v1/payments": (b'"INV-US-0901"', b'"INV-US-9991"'),
    "POST /system/erp/v1/credit-notes": (b'"INV-US-0901"', b'"INV-US-9991"'),
}
READS = [route for route in ROUTES if route.method == "GET"]


@pytest.mark.parametrize("command", NAMED)
async def test_az_03_a_record_of_another_company_is_not_written_about(
    site: Attacked, command: str
) -> None:
    """Under one's own company's name, another's number is like a number that there is not."""
    (real, none), body = NAMED[command], GOOD[command].replace(b"NWA-US", b"NWA-DE")
    assert real in body
    method, path = command.split()
    token = site.callers.token(site.callers.anybody("NWA-DE"))

    answers = [
        await site.send(method, path, body=body.replace(real, number), token=token)
        for number in (real, none)
    ]

    assert [answer.status for answer in answers] == [404, 404]
    assert answers[0].told == answers[1].told


async def test_az_04_nor_is_one_that_a_line_of_a_bill_names(site: Attacked) -> None:
    """However deep in the body the number stands."""
    orders = await site.send("GET", "/system/procurement/v1/purchase-orders?legal_entity=NWA-US")
    [order, *_] = msgspec.json.decode(orders.body)["items"]
    bill = GOOD["POST /system/procurement/v1/bills"].replace(b"NWA-US", b"NWA-DE")
    bill = bill.replace(b"vn_00000000000000000000000000", site.ids["vendor_id"].encode())
    token = site.callers.token(site.callers.anybody("NWA-DE"))

    answers = [
        await site.send(
            "POST",
            "/system/procurement/v1/bills",
            body=bill.replace(b'"PO-9"', msgspec.json.encode(number)),
            token=token,
        )
        for number in (order["number"], "PO-none")
    ]

    assert [answer.status for answer in answers] == [404, 404]
    assert answers[0].told == answers[1].told


OF_A_COMPANY = [
    route
    for route in ROUTES
    if any(each.name == "legal_entity" for each in route.query)
    or (route.address.startswith("/system/") and b'"legal_entity"' in (route.good_body or b""))
]


@pytest.mark.parametrize("route", OF_A_COMPANY, ids=str)
async def test_a_company_that_there_is_not_is_like_one_that_is_not_yours(
    site: Attacked, route: Route
) -> None:
    """Nobody learns by its code whether the firm has a company."""
    token = site.callers.token(site.callers.anybody("NWA-DE"))
    query = "&".join(
        f"{each.name}={each.good}"
        for each in route.query
        if each.required or each.name == "legal_entity"
    )

    answers = []
    for code in ("NWA-US", "HAL-UK", "NWA-XX"):
        path = route.at(site.id_of(route), query.replace("NWA-US", code))
        body = route.good_body and route.good_body.replace(b"NWA-US", code.encode())
        answer = await site.send(route.method, path, body=body, token=token)
        answers.append((answer.status, str(answer.told).replace(code, "")))

    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] in (403, 404)


@pytest.mark.parametrize("kind", ["invoices", "credit-notes", "payments"])
async def test_az_08_a_cursor_of_another_shows_no_more_than_ones_own(
    site: Attacked, kind: str
) -> None:
    """Of a page that holds rows of NWA-US, one of NWA-DE sees none under the same cursor."""
    at_the_books_of_us = urlsafe_b64encode(b'["erp-a",null]').decode().rstrip("=")
    path = f"/system/erp/v1/{kind}?cursor={at_the_books_of_us}"

    everybodys = await site.send("GET", path)
    theirs = await site.send("GET", path, token=site.callers.token(site.callers.anybody("NWA-DE")))

    assert (everybodys.status, theirs.status) == (200, 200)
    assert b'"NWA-US"' in everybodys.body
    assert b'"NWA-US"' not in theirs.body


@pytest.mark.parametrize("route", READS, ids=str)
async def test_az_13_an_answer_is_kept_for_nobody_else(site: Attacked, route: Route) -> None:
    """No shared cache keeps it, one's own asks again, and what is restricted none keeps."""
    answer = await site.send("GET", route.at(site.id_of(route)))

    kept = [each.strip() for each in answer.headers["cache-control"].split(",")]
    restricted = route.mounted.policy.data_class is DataClass.RESTRICTED
    assert kept == ["no-store"] if restricted or answer.status >= 400 else ["private", "no-cache"]
    assert answer.status >= 400 or answer.headers["vary"] == "authorization"
