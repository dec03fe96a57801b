"""At every operation that takes a body, a bad one is a problem that says what to do."""

import pytest

from gateway.decoding import decode
from tests.security.routes.attacked import Attacked, Case
from tests.security.routes.bodies import GOOD
from tests.security.routes.oracle import complaints
from tests.security.routes.spoiling import spoiled_bytes, spoiled_fields
from tests.security.routes.table import ROUTES, WITH_BODY, Route

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
BAD = frozenset({400, 422})
# Without an amount all that is owed is disputed: null says nothing that is wrong.
RIGHT = {("POST /process/project-to-cash/v1/invoices/{invoice_id}/disputes", "$.amount is null")}


@pytest.mark.parametrize("route", WITH_BODY, ids=str)
async def test_a_good_body_is_what_the_operation_promises_to_take(route: Route) -> None:
    """What is spoiled here is good before, or spoiling it proves nothing."""
    assert isinstance(decode(GOOD[str(route)], route.promised), route.promised)


@pytest.mark.parametrize("route", WITH_BODY, ids=str)
async def test_bytes_that_are_no_json_object_are_refused(site: Attacked, route: Route) -> None:
    """Whatever is no single JSON object in UTF-8 of fair depth is a 400 problem."""
    wrong = await site.wrong(
        Case(
            said=said,
            method=route.method,
            path=route.at(site.id_of(route)),
            body=body,
            wanted=frozenset({400}),
        )
        for said, body in spoiled_bytes(GOOD[str(route)]).items()
    )

    assert wrong == []


@pytest.mark.parametrize("route", WITH_BODY, ids=str)
async def test_a_body_with_one_thing_wrong_is_refused(site: Attacked, route: Route) -> None:
    """An unknown field, a key twice, or money that is no decimal string, wherever it stands."""
    sent = spoiled_fields(GOOD[str(route)])

    wrong = await site.wrong(
        Case(
            said=said,
            method=route.method,
            path=route.at(site.id_of(route)),
            body=body,
            wanted=BAD,
        )
        for said, body in sent.items()
        if (str(route), said) not in RIGHT
    )

    assert wrong == []


TYPES = {
    "text": {"content-type": "text/plain"},
    "nothing": {"content-type": ""},
    "another charset": {"content-type": "application/json; charset=utf-16"},
    "a form": {"content-type": "application/x-www-form-urlencoded"},
    "a part": {"content-type": "multipart/form-data; boundary=x"},
    "XML": {"content-type": "application/xml"},
    "YAML": {"content-type": "application/yaml"},
    "MessagePack": {"content-type": "application/x-msgpack"},
    "a merge patch": {"content-type": "application/merge-patch+json"},
    "two types": {"content-type": "application/json, text/plain"},
    "gzip": {"content-encoding": "gzip"},
    "several encodings": {"content-encoding": "identity, br"},
}


@pytest.mark.parametrize("route", WITH_BODY, ids=str)
async def test_a_body_of_another_type_is_not_read(site: Attacked, route: Route) -> None:
    """Only uncompressed JSON in UTF-8 is taken."""
    wrong = await site.wrong(
        Case(
            said=said,
            method=route.method,
            path=route.at(site.id_of(route)),
            body=GOOD[str(route)],
            headers=headers,
            wanted=frozenset({415}),
        )
        for said, headers in TYPES.items()
    )

    assert wrong == []


@pytest.mark.parametrize("route", [r for r in ROUTES if r.method != "GET"], ids=str)
async def test_a_body_above_the_limit_is_not_read(site: Attacked, route: Route) -> None:
    """Two megabytes are refused by their announced length, and the connection is closed."""
    answer = await site.announced(route, 2_000_000)

    assert complaints(answer, site.secrets) == []
    assert (answer.status, answer.headers["connection"]) == (413, "close")


@pytest.mark.parametrize("route", [r for r in ROUTES if not r.takes_body], ids=str)
async def test_a_body_that_is_not_asked_for_is_refused(site: Attacked, route: Route) -> None:
    """Nobody is left to believe that a body was taken which was not even read."""
    wrong = await site.wrong(
        Case(
            said=said,
            method=route.method,
            path=route.at(site.id_of(route)),
            body=body,
            wanted=frozenset({400}),
        )
        for said, body in {"an object": b'{"x":1}', "half an object": b"{"}.items()
    )

    assert wrong == []


RATES = {
    "for nobody": '{"role":" ","rate":{"amount":"150.00","currency":"USD"}}',
    "below nothing": '{"role":"Principal","rate":{"amount":"-1.00","currency":"USD"}}',
}


@pytest.mark.parametrize("said", RATES)
async def test_a_rate_card_bills_somebody_something(site: Attacked, said: str) -> None:
    """A rate without a role, or of less than nothing, is refused by name."""
    path = f"/system/psa/v1/projects/{site.ids['project_id']}/rate-card"

    answer = await site.send("PUT", path, body=f'{{"rates":[{RATES[said]}]}}'.encode())

    assert answer.status == 422
    assert [fault.pointer for fault in answer.problem.errors] == ["/rates"]
