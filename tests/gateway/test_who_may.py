"""Who calls is settled before anything else of a request is looked at."""

from datetime import timedelta

import pytest

from tests.gateway.house import SECRET, Caller, House
from tests.gateway.orders import KNOWN_ID

ORDERS = "/system/orders/v1/orders"


async def test_without_a_token_nothing_of_a_request_is_judged(house: House, caller: Caller) -> None:
    """A stranger with a bad body and a bad query learns only that a token is needed."""
    answer = await caller.send("POST", f"{ORDERS}?nonsense=1", body=b"{", token=None)

    assert answer.status == 401
    assert answer.slug == "invalid-token"
    assert answer.headers["www-authenticate"] == 'Bearer realm="strata"'
    assert house.desk.entered == 0


async def test_a_tampered_token_is_refused(house: House, caller: Caller) -> None:
    """One changed letter of the claims makes a token worthless."""
    head, claims, signature = caller.token.split(".")
    letter = "A" if claims[20] != "A" else "B"

    answer = await caller.send(
        "GET", ORDERS, token=f"{head}.{claims[:20]}{letter}{claims[21:]}.{signature}"
    )

    assert answer.status == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert house.desk.entered == 0


async def test_an_expired_token_is_refused(house: House, caller: Caller) -> None:
    """A token that was good is refused once its time is over."""
    good = await caller.send("GET", ORDERS)
    house.wall.set(house.wall.now() + timedelta(seconds=400))

    late = await caller.send("GET", ORDERS)

    assert (good.status, late.status) == (200, 401)
    assert house.desk.entered == 1


@pytest.mark.parametrize("scheme", ["Basic", "DPoP", "", "Bearer,Bearer"])
async def test_another_scheme_is_no_token(caller: Caller, scheme: str) -> None:
    """Only `Authorization: Bearer` is taken."""
    headers = {"authorization": f"{scheme} {caller.token}"}

    answer = await caller.send("GET", ORDERS, token=None, headers=headers)

    assert answer.status == 401


async def test_a_missing_scope_is_named_before_the_body_is_read(
    house: House, caller: Caller
) -> None:
    """Who may only read is refused a write, however bad its body is, and told the scope."""
    reader = house.token(scopes=frozenset({"system:orders:read"}))

    answer = await caller.send("POST", ORDERS, body=b"{", token=reader)

    assert answer.status == 403
    assert answer.slug == "forbidden"
    assert 'scope="system:orders:write"' in answer.headers["www-authenticate"]
    assert house.desk.entered == 0


async def test_the_handler_acts_as_the_caller(house: House, caller: Caller) -> None:
    """What the caller does not see, its handler refuses."""
    stranger = house.token("ben", entities=frozenset({"NWA-DE"}))
    body = b'{"number":"O-1","total":{"amount":"10.00","currency":"USD"}}'

    answer = await caller.place(body, "key-1", token=stranger)
    own = await caller.place(body, "key-1")

    assert (answer.status, own.status) == (403, 201)
    assert len(house.desk.orders) == 1


@pytest.mark.parametrize(
    "path", ["//system//orders/v1/orders", f"{ORDERS}/", "/system/orders/v1%2forders"]
)
async def test_another_spelling_of_an_address_has_the_same_door(caller: Caller, path: str) -> None:
    """However an address is spelled, the token is asked for."""
    answer = await caller.send("GET", path, token=None)

    assert answer.status in {401, 404}


async def test_what_was_refused_is_on_record(house: House, caller: Caller) -> None:
    """A refused read and a refused write leave a line with the caller, if there is one."""
    await caller.send("GET", ORDERS, token=None)
    reader = house.token(scopes=frozenset({"system:orders:read"}))
    await caller.send("POST", ORDERS, body=b"{", token=reader)

    nobody, ana = house.trail.entries
    assert (nobody.action, nobody.outcome, nobody.caller) == (
        "/system/orders/v1:list",
        "401",
        None,
    )
    assert (ana.action, ana.outcome, ana.caller and ana.caller.subject) == (
        "/system/orders/v1:place",
        "403",
        "ana",
    )


async def test_a_change_is_on_record_and_a_read_is_not(house: House, caller: Caller) -> None:
    """Every write that was asked for leaves one line with its outcome."""
    note = f"{ORDERS}/{KNOWN_ID}/notes"
    await caller.send("GET", ORDERS)
    good = b'{"text":"x","amount":{"amount":"1.00","currency":"USD"}}'
    answer = await caller.send("POST", note, body=good)
    await caller.send("POST", note, body=b"{}")

    lines = [(entry.subject, entry.outcome) for entry in house.trail.entries]
    assert lines == [(note, "201"), (note, "400")]
    assert house.trail.entries[0].trace_id == answer.headers["x-trace-id"]


async def test_a_client_gets_a_token_and_calls_with_it(caller: Caller) -> None:
    """The address that the metadata names gives a token that opens the API."""
    form = f"grant_type=client_credentials&client_id=robot&client_secret={SECRET}"
    given = await caller.send(
        "POST",
        "/oauth/token",
        body=form.replace(" ", "+").encode(),
        headers={"content-type": "application/x-www-form-urlencoded"},
        token=None,
    )
    token = given.body.split(b'"access_token":"')[1].split(b'"')[0].decode()

    answer = await caller.send("GET", ORDERS, token=token)

    assert given.status == 200
    assert given.headers["cache-control"] == "no-store"
    assert answer.status == 200


async def test_metrics_ask_for_their_scope(house: House, caller: Caller) -> None:
    """The metrics are for who holds their scope."""
    scraper = house.token(scopes=frozenset({"governance:metrics:read"}))
    await caller.send("GET", "/nowhere/at/all")

    refused = [await caller.send("GET", "/metrics", token=token) for token in (None, "")]
    answer = await caller.send("GET", "/metrics", token=scraper)

    assert [one.status for one in refused] == [401, 403]
    assert 'method="_OTHER",route="unmatched",status="404"' in answer.body.decode()
    assert "nowhere" not in answer.body.decode()
