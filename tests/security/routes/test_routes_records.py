"""What is not the caller's to see is, at every operation, as if it were not there."""

import msgspec
import pytest

from governance.policy import TenantRule
from tests.security.routes.attacked import Attacked, Case
from tests.security.routes.oracle import Answer, complaints
from tests.security.routes.table import ROUTES, WITH_ID, Route

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
OTHERS = ("NWA-DE", "HAL-UK")
# Clients and opportunities are the whole firm's: there is no record to hide.
HIDING = [r for r in ROUTES if r.mounted.operation.tenants is not TenantRule.FIRM_WIDE]
HIDING_IDS = [route for route in HIDING if route.path_names]
READS = [route for route in WITH_ID if route.method == "GET"]
# An invoice that bills hours has no service level; whoever may see it is told so.
# A secret is shown once, and was. Nobody asked to write the billing event off.
SAID = {
    "GET /process/project-to-cash/v1/invoices/{invoice_id}/service-credit": 409,
    "GET /process/project-to-cash/v1/billing-events/{billing_event_id}/write-off": 404,
    "GET /process/subscriptions/v1/{subscription_id}/secret": 404,
}


@pytest.mark.parametrize("route", READS, ids=str)
async def test_a_record_is_there_for_those_who_may_see_it(site: Attacked, route: Route) -> None:
    """The ids that are hidden from others below are good ones."""
    answer = await site.send("GET", route.at(site.id_of(route)))

    assert answer.status in {200, SAID.get(str(route), 200)}


@pytest.mark.parametrize("entity", OTHERS)
@pytest.mark.parametrize("route", HIDING_IDS, ids=str)
async def test_a_hidden_record_and_none_look_alike(
    site: Attacked, route: Route, entity: str
) -> None:
    """A record of another company is answered like an unknown and like an impossible id."""
    known = site.id_of(route)
    unknown = known[:-1] + ("0" if known[-1] != "0" else "1")
    answers = [
        await site.send(
            route.method,
            route.at(record_id),
            body=route.good_body,
            headers={"if-none-match": "*"} if route.method == "GET" else {},
            token=site.callers.token(site.callers.anybody(entity)),
        )
        for record_id in (known, unknown, "~", "x" * 1_500)
    ]

    hidden = answers[0]
    assert complaints(hidden, site.secrets) == []
    assert hidden.status == 404
    assert [answer.told for answer in answers] == [hidden.told] * 4


IMPOSSIBLE = {
    "a NUL": "%00",
    "a NUL in the middle": "inv_%005K",
    "dots": "%2e%2e",
    "a way up": "%2e%2e%2f%2e%2e%2fhealth",
    "a way up, escaped twice": "%252e%252e%252f",
    "a backslash": "%5c..%5c",
    "a line break": "%0d%0aX-Injected:%201",
    "a byte that is no UTF-8": "%ff",
    "an overlong slash": "%c0%af",
    "a letter of another script": "%F0%9F%98%80",
    "a right-to-left mark": "P-%E2%80%AE1001",
    "an SQL condition": "'%20OR%20'1'='1",
    "a second statement": "P-1001';--",
    "a wildcard": "%25",
    "a matrix parameter": "P-1001;entity=NWA-US",
    "markup": "%3Cscript%3Ealert(1)%3C/script%3E",
    "a template": "{{7*7}}",
    "blanks": "%20",
    "10 KB": "a" * 10_240,
}


@pytest.mark.parametrize("route", WITH_ID, ids=str)
async def test_an_impossible_id_finds_nothing(site: Attacked, route: Route) -> None:
    """Whatever stands where an id belongs, the answer is a problem."""
    wrong = await site.wrong(
        Case(
            said=said,
            method=route.method,
            path=route.at(written),
            body=route.good_body,
            wanted=frozenset({400, 404, 405}),
        )
        for said, written in IMPOSSIBLE.items()
    )

    assert wrong == []


@pytest.mark.parametrize("entity", OTHERS)
@pytest.mark.parametrize(
    "route", [r for r in HIDING if r.method == "GET" and not r.path_names], ids=str
)
async def test_a_list_shows_nothing_of_another_company(
    site: Attacked, route: Route, entity: str
) -> None:
    """Page by page, for those of another company no row of NWA-US is there."""
    asked = "&".join(
        f"{each.name}={entity if each.name == 'legal_entity' else each.good}"
        for each in route.query
        if each.required
    )
    pages = await _pages(site, route.at(query=asked), site.callers.anybody(entity).entities)

    assert {page.status for page in pages} <= {200, 404, 422}
    assert not [page.body for page in pages if b"NWA-US" in page.body or b"P-1001" in page.body]


@pytest.mark.parametrize(
    "route", [r for r in HIDING if any(q.name == "legal_entity" for q in r.query)], ids=str
)
async def test_asking_for_another_company_gives_nothing(site: Attacked, route: Route) -> None:
    """Naming a company that is not the caller's is refused, or finds nothing."""
    wrong = await site.wrong(
        Case(
            said=entity,
            method="GET",
            path=route.at(query=_asking(route, "NWA-US")),
            token=site.callers.token(site.callers.anybody(entity)),
            wanted=frozenset({403, 404}),
        )
        for entity in OTHERS
    )

    assert wrong == []


FILTERS = {
    "contracts by number": "/system/contracts/v1/contracts?number=CT-{}001",
    "contracts by opportunity": "/system/contracts/v1/contracts?opportunity_number=OPP-{}8",
    "documents by contract": "/system/contracts/v1/documents?contract_number=CT-{}001",
    "changes by contract": "/system/contracts/v1/change-requests?contract_number=CT-{}001",
    "reports by contract": "/system/contracts/v1/service-level-reports?contract_number=CT-{}001",
    "projects by number": "/system/psa/v1/projects?number=P-{}001",
    "invoices by number": "/system/erp/v1/invoices?number=INV-US-{}901",
    "invoices by source": "/system/erp/v1/invoices?source=erp-a:{}001",
    "payments by source of another kind": "/system/erp/v1/invoices?source=erp-a:{}",
    "payments by invoice": "/system/erp/v1/payments?invoice_number=INV-US-{}901",
    "time by project": "/system/psa/v1/time-entries?project_number=P-{}001&{}",
    "expenses by project": "/system/psa/v1/expense-lines?project_number=P-{}001&{}",
    "weeks by project": "/system/psa/v1/timesheets?project_number=P-{}001&{}",
    "people by number": "/system/hr/v1/employees?number=E{}03",
    "people by source": "/system/hr/v1/employees?source=hr:{}003",
    "costs by person": "/system/hr/v1/cost-rates?employee_number=E{}03&on=2026-10-31&{}",
    "skills by person": "/system/hr/v1/skills?employee_number=E{}03&on=2026-10-31&{}",
    "leave by person": "/system/hr/v1/time-off?employee_number=E{}03&{}",
    "ledger projects by number": "/system/erp/v1/ledger-projects?number=P-{}001&on=2026-10-31&{}",
    "orders by number": "/system/procurement/v1/purchase-orders?number=PO-{}502",
    "orders by source": "/system/procurement/v1/purchase-orders?source=procurement:{}001",
    "receipts by order": "/system/procurement/v1/receipts?purchase_order_number=PO-{}502",
    "bills by order": "/system/procurement/v1/bills?purchase_order_number=PO-{}502",
    "bills by number": "/system/procurement/v1/bills?number=B-{}",
}
REAL = {"CT-": "1", "OPP-": "3", "P-": "1", "INV-US-": "0", "erp-a:": "5", "E": "1", "hr:": "4"}
REAL |= {"PO-": "5", "procurement:": "5", "B-": "1"}


@pytest.mark.parametrize("said", FILTERS)
async def test_a_filter_finds_nothing_of_another_company(site: Attacked, said: str) -> None:
    """Filtering by a number that another company has is like filtering by none that there is."""
    path = FILTERS[said]
    before = path.partition("{")[0].rpartition("=")[2]
    period = "legal_entity=NWA-DE"
    if "/psa/" in path or "/time-off" in path:
        period += "&start=2026-10-01&end=2026-10-31"
    token = site.callers.token(site.callers.anybody("NWA-DE"))

    real = await site.send("GET", path.format(REAL[before], period), token=token)
    none = await site.send("GET", path.format("9", period), token=token)

    assert real.status == none.status
    if real.status == 200:
        assert real.body == none.body
        assert msgspec.json.decode(real.body)["items"] == []
    else:
        assert real.told == none.told


async def test_a_number_in_a_body_opens_no_other_company(site: Attacked) -> None:
    """A payment of one company cannot name another's invoice, and learns nothing of it."""
    token = site.callers.token(site.callers.anybody("NWA-DE"))
    body = (
        b'{"legal_entity":"NWA-DE","invoice_number":"INV-US-%s","date":"2026-10-31",'
        b'"amount":{"amount":"1.00","currency":"USD"},"reference":"x"}'
    )

    real = await site.send("POST", "/system/erp/v1/payments", body=body % b"0901", token=token)
    none = await site.send("POST", "/system/erp/v1/payments", body=body % b"9901", token=token)

    assert (real.status, none.status) == (404, 404)
    assert real.told == none.told


@pytest.mark.parametrize("entity", OTHERS)
async def test_no_command_can_name_another_company(site: Attacked, entity: str) -> None:
    """A body that says NWA-US is refused to those of another company before it goes anywhere."""
    naming = [r for r in HIDING if r.good_body and b'"NWA-US"' in r.good_body and not r.path_names]
    token = site.callers.token(site.callers.anybody(entity))

    wrong = await site.wrong(
        Case(
            said=str(route),
            method=route.method,
            path=route.at(),
            body=route.good_body,
            token=token,
            wanted=frozenset({403}),
        )
        for route in naming
    )

    assert len(naming) >= 18
    assert wrong == []


async def test_a_contract_of_another_company_starts_nothing(site: Attacked) -> None:
    """Starting a set-up by another company's contract is like starting it by none."""
    path, ids = "/process/opportunity-to-project/v1/runs", site.ids
    none = ids["contract_id"][:-1] + ("0" if ids["contract_id"][-1] != "0" else "1")
    answers = [
        await site.send(
            "POST",
            path,
            body=msgspec.json.encode(
                {"opportunity_id": ids["opportunity_id"], "contract_id": contract}
            ),
            token=site.callers.token(site.callers.anybody("NWA-DE")),
        )
        for contract in (ids["contract_id"], none)
    ]

    assert answers[0].status == 404
    assert answers[0].told == answers[1].told


async def _pages(site: Attacked, path: str, entities: frozenset[str]) -> list[Answer]:
    """Return every page of a list."""
    token, found = (
        site.callers.token(site.callers.anybody(*entities)),
        [await _page(site, path, entities)],
    )
    while found[-1].status == 200 and len(found) < 20:
        cursor = msgspec.json.decode(found[-1].body).get("next_cursor")
        if cursor is None:
            break
        mark = "&" if "?" in path else "?"
        found.append(await site.send("GET", f"{path}{mark}cursor={cursor}", token=token))
    return found


async def _page(site: Attacked, path: str, entities: frozenset[str]) -> Answer:
    return await site.send("GET", path, token=site.callers.token(site.callers.anybody(*entities)))


def _asking(route: Route, entity: str) -> str:
    asked = [each for each in route.query if each.required or each.name == "legal_entity"]
    return "&".join(
        f"{each.name}={entity if each.name == 'legal_entity' else each.good}" for each in asked
    )
