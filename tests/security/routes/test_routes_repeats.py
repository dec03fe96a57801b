"""A command that must be sent once comes under a key, or not at all."""

import pytest

from gateway.problem_types import Slug
from tests.security.routes.attacked import Attacked, Case
from tests.security.routes.oracle import complaints
from tests.security.routes.table import ROUTES, WITH_KEY, Route

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
WRITES = [route for route in ROUTES if route.mounted.operation.writes]
KEYS = {
    "blank": " ",
    "of 256 letters": "k" * 256,
    "of two words": "key one",
    "a list": "key-1, key-2",
    "half quoted": '"key-1',
    "quoted twice": '""key-1""',
    "empty in quotes": '""',
    "a parameter": "key-1;x=1",
    "a path": "../../key",
    "SQL": "' OR 1=1 --",
    "beyond Latin": "ключ",
}


@pytest.mark.parametrize("route", WRITES, ids=str)
async def test_a_command_under_a_bad_key_is_refused(site: Attacked, route: Route) -> None:
    """Whether or not it needs one, a malformed key is a 400 before anything is done."""
    path = route.at(site.id_of(route))

    wrong = await site.wrong(
        Case(
            said=f"a key {said}",
            method=route.method,
            path=path,
            body=route.good_body,
            headers={"idempotency-key": key},
            wanted=frozenset({400}),
        )
        for said, key in KEYS.items()
    )

    assert wrong == []


@pytest.mark.parametrize("route", WITH_KEY, ids=str)
async def test_what_is_written_to_a_system_needs_a_key(site: Attacked, route: Route) -> None:
    """Without one nothing is done."""
    path = route.at(site.id_of(route))
    missing = await site.send(
        route.method, path, body=route.good_body, headers={"idempotency-key": ""}
    )

    assert complaints(missing, site.secrets) == []
    assert missing.problem.type.endswith(f"#{Slug.IDEMPOTENCY_KEY_MISSING}")


async def test_every_write_of_a_system_comes_under_a_key(site: Attacked) -> None:
    """Nothing is written to the firm's systems that could be written twice by a repeat."""
    assert site.ids

    assert all(route.method != "GET" for route in WRITES)
    assert {str(r) for r in WRITES if r.address.startswith("/system/")} == set(map(str, WITH_KEY))


@pytest.mark.parametrize("route", [r for r in ROUTES if r.method == "GET"], ids=str)
async def test_a_key_on_a_read_means_nothing(site: Attacked, route: Route) -> None:
    """A read under a key is a read, and is never replayed."""
    path = route.at(site.id_of(route))
    key = {"idempotency-key": "read"}

    answers = [await site.send("GET", path, headers=key) for _ in range(2)]

    assert not [answer for answer in answers if "idempotency-replayed" in answer.headers]
    assert len({answer.status for answer in answers}) == 1
