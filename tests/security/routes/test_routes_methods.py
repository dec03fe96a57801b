"""An address takes its own methods and has one door, however either is spelled."""

import pytest

from gateway.inbound.heads import SHOWN_ONCE
from tests.security.routes.attacked import Attacked, Case
from tests.security.routes.table import ROUTES, Route

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
ADDRESSES = sorted({route.address for route in ROUTES})


def taken(address: str) -> set[str]:
    """Return the methods of an address: HEAD where GET is, unless that shows something once."""
    here = [route for route in ROUTES if route.address == address]
    heads = [r for r in here if r.method == "GET" and not r.mounted.handler.opt.get(SHOWN_ONCE)]
    return {route.method for route in here} | ({"HEAD"} if heads else set())


@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_method_that_is_not_there_is_told_which_are(site: Attacked, address: str) -> None:
    """405 comes with exactly the methods that there are."""
    route = next(each for each in ROUTES if each.address == address)
    others = [method for method in METHODS if method not in taken(address)]

    wrong = await site.wrong(
        Case(said=method, method=method, path=route.at(query=""), wanted=frozenset({405}))
        for method in others
    )
    answers = [await site.send(method, route.at(query="")) for method in others]

    assert wrong == []
    assert {answer.headers["allow"] for answer in answers} == {", ".join(sorted(taken(address)))}


OVERRIDES = ("x-http-method-override", "x-http-method", "x-method-override")


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_no_header_makes_a_method_another(site: Attacked, route: Route) -> None:
    """A method is what the request line says."""
    path = route.at("~")
    plain = await site.send(route.method, path, body=_bad(route))
    answers = [
        await site.send(route.method, path, body=_bad(route), headers={name: method})
        for name in OVERRIDES
        for method in ("GET", "POST", "PUT", "DELETE")
    ]

    assert {answer.status for answer in answers} == {plain.status}


REWRITES = {
    "x-original-url": "/governance/v1/audit",
    "x-rewrite-url": "/governance/v1/audit",
    "x-forwarded-prefix": "/governance/v1",
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-host": "localhost",
    "forwarded": "for=127.0.0.1;host=localhost",
    "x-forwarded-user": "U-OP1",
    "x-strata-entity": "HAL-UK",
}


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_no_header_says_who_calls_or_what_for(site: Attacked, route: Route) -> None:
    """What proxies say changes neither the caller nor the address."""
    wrong = await site.wrong(
        Case(
            said=name,
            method=route.method,
            path=route.at(),
            body=route.good_body,
            headers={name: value},
            token=None,
            wanted=frozenset({401}),
        )
        for name, value in REWRITES.items()
    )

    assert wrong == []


def spellings(path: str) -> dict[str, str]:
    """Return a path as people and machines misspell it."""
    first, _, rest = path[1:].partition("/")
    return {
        "two slashes": f"//{path[1:]}",
        "two slashes inside": f"/{first}//{rest}",
        "a slash at the end": f"{path}/",
        "slashes at the end": f"{path}//",
        "capitals": path.upper(),
        "a capital": f"/{first.capitalize()}/{rest}",
        "an escaped letter": f"/%{ord(first[0]):02x}{first[1:]}/{rest}",
        "an escaped slash": f"/{first}%2f{rest}",
        "a matrix parameter": f"/{first};x=1/{rest}",
        "dots": f"/{first}/./{rest}",
        "a way up": f"/x/../{first}/{rest}",
        "an escaped way up": f"/x/%2e%2e/{first}/{rest}",
        "another version": path.replace("/v1", "/v2"),
        "version zero": path.replace("/v1", "/v01"),
        "no version": path.replace("/v1", ""),
        "a file name": f"{path}.json",
        "a blank": f"{path}%20",
        "a full-width letter": path.replace("s", "%EF%BD%93", 1),
    }


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_no_spelling_of_an_address_opens_another_door(site: Attacked, route: Route) -> None:
    """Nobody, somebody without the scope, and who may: a spelling decides as the address does."""
    path, query = route.at("P-0").partition("?")[::2]
    without = site.callers.anybody_with(site.callers.anybody().scopes - {route.scope})
    decisions = {None: {401, 404, 400}, "without": {403, 404, 400, 405}}

    wrong = await site.wrong(
        Case(
            said=f"{said}, {who}",
            method=route.method,
            path=f"{spelled}?{query}" if query else spelled,
            body=_bad(route),
            token=None if who is None else site.callers.token(without),
            wanted=frozenset(wanted | {405}),
        )
        for said, spelled in spellings(path).items()
        for who, wanted in decisions.items()
    )

    assert wrong == []


def _bad(route: Route) -> bytes | None:
    return b"[]" if route.takes_body else None
