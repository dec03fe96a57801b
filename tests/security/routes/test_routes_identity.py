"""At every operation, who calls is settled before anything else of a request is looked at."""

from pathlib import Path

import pytest

from governance.policy import Layer
from tests.security.routes.attacked import Attacked, Case
from tests.security.routes.table import ROUTES, Route

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
UNKNOWN = frozenset({401})


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_nobody_gets_past_the_door_without_a_good_token(
    site: Attacked, route: Route, tmp_path: Path
) -> None:
    """A missing, old, foreign or altered token is a 401, and every try is on record."""
    tokens = {"missing": None, **site.callers.forged(tmp_path)}
    before = site.holdings.audited()

    wrong = await site.wrong(
        Case(
            said=f"a token {said}",
            method=route.method,
            path=route.at(),
            body=route.good_body,
            token=token,
            wanted=UNKNOWN,
        )
        for said, token in tokens.items()
    )

    assert wrong == []
    assert site.holdings.audited() == before + len(tokens)


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_a_token_of_one_layer_opens_no_other(site: Attacked, route: Route) -> None:
    """A system token is none at a process API, and so on for every pair (AZ-15, JWT-13)."""
    layer = route.mounted.policy.layer

    wrong = await site.wrong(
        Case(
            said=f"a token of {other}",
            method=route.method,
            path=route.at("~"),
            body=route.good_body,
            token=site.callers.of_layer(other),
            wanted=UNKNOWN,
        )
        for other in Layer
        if other is not layer
    )
    own = await site.send(
        route.method,
        route.at("~"),
        body=b"[]" if route.takes_body else None,
        token=site.callers.of_layer(layer),
    )

    assert wrong == []
    assert own.status in {200, 400, 404, 422}


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_a_stranger_learns_nothing_of_what_is_asked_for(site: Attacked, route: Route) -> None:
    """Without a token a bad body, query, id or key is not remarked upon."""
    spoiled = {
        "an unknown parameter": (route.at(query="nonsense=1"), None),
        "an impossible id": (route.at("~"), route.good_body),
        "a broken body": (route.at(), b"{" if route.takes_body else None),
        "an empty body": (route.at(), b"{}" if route.takes_body else None),
    }

    wrong = await site.wrong(
        Case(said=said, method=route.method, path=path, body=body, token=None, wanted=UNKNOWN)
        for said, (path, body) in spoiled.items()
    )
    plain = await site.send(route.method, route.at(), body=route.good_body, token=None)
    other = await site.send(route.method, route.at("~", "x=1"), token=None)

    assert wrong == []
    assert plain.headers["www-authenticate"] == 'Bearer realm="strata"'
    assert plain.told == other.told


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_a_token_travels_in_one_header_only(site: Attacked, route: Route) -> None:
    """In the address, in a cookie, in another scheme or said twice, a token is none."""
    token = site.callers.token(site.callers.anybody())
    elsewhere: dict[str, tuple[str, dict[str, str]]] = {
        "in the address": (f"{route.at(query='')}?access_token={token}", {}),
        "in a cookie": (route.at(), {"cookie": f"access_token={token}"}),
        "of another scheme": (route.at(), {"authorization": f"Basic {token}"}),
        "twice in a header": (route.at(), {"authorization": f"Bearer {token}, Bearer {token}"}),
        "behind a header of a proxy": (route.at(), {"x-forwarded-authorization": token}),
    }

    wrong = await site.wrong(
        Case(
            said=said,
            method=route.method,
            path=path,
            body=route.good_body,
            headers=headers,
            token=None,
            wanted=UNKNOWN,
        )
        for said, (path, headers) in elsewhere.items()
    )

    assert wrong == []
