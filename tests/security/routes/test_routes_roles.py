"""Every role against every operation: who holds the scope may, and nobody else."""

import pytest

from governance.roles import ROLE_SCOPES, Role, scopes_of
from system_apis.restricted import restricted_within
from tests.security.authorization.who_may import may
from tests.security.routes.attacked import Attacked, Case
from tests.security.routes.oracle import complaints
from tests.security.routes.table import ROUTES, Route

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
# What is asked for makes no sense, so that nothing is done for those who may ask.
ADMITTED = frozenset({200, 400, 404, 422})


@pytest.mark.parametrize("role", Role)
async def test_a_role_may_do_exactly_what_its_scopes_say(site: Attacked, role: Role) -> None:
    """Over all operations the gateway admits a role where it has the scope, and says 403 else."""
    somebody = site.callers.of_role(role)
    assert somebody.scopes == ROLE_SCOPES[role]
    answers = {
        str(route): await site.send(
            route.method,
            route.at("~"),
            body=b"[]" if route.takes_body else None,
            token=site.callers.token(somebody),
        )
        for route in ROUTES
    }

    admitted = {route for route, answer in answers.items() if answer.status != 403}
    assert admitted == {str(route) for route in ROUTES if may(role, route.scope)}
    assert {a.status for a in answers.values()} <= ADMITTED | {403}
    for route in ROUTES:
        answer = answers[str(route)]
        if answer.status == 403:
            assert complaints(answer, site.secrets) == []
            assert f'scope="{route.scope}"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_a_scope_opens_its_own_operations_only(site: Attacked, route: Route) -> None:
    """With every scope but the right one, with none, or with one alike, nobody is admitted."""
    everything = site.callers.anybody().scopes
    layer, api, verb = route.scope.split(":")
    alike = {
        "all others": everything - {route.scope},
        "none": frozenset[str](),
        "one in capitals": frozenset({route.scope.upper()}),
        "a wildcard": frozenset({f"{layer}:{api}:*", f"{layer}:*:{verb}", "*"}),
        "the beginning of it": frozenset({f"{layer}:{api}", route.scope[:-1]}),
        "more than it": frozenset({f"{route.scope}_all", f"{route.scope}:all"}),
    }

    wrong = await site.wrong(
        Case(
            said=said,
            method=route.method,
            path=route.at(),
            body=route.good_body,
            token=site.callers.token(site.callers.anybody_with(scopes)),
            wanted=frozenset({403}),
        )
        for said, scopes in alike.items()
    )

    assert wrong == []


@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_a_missing_scope_is_named_before_anything_else_is_looked_at(
    site: Attacked, route: Route
) -> None:
    """Who may not ask learns nothing about what may be asked for."""
    nobody = site.callers.token(site.callers.anybody_with(frozenset()))
    plain = await site.send(route.method, route.at(), token=nobody)
    odd = await site.send(
        route.method,
        route.at("~", "nonsense=1"),
        body=b"{" if route.takes_body else None,
        token=nobody,
    )

    assert plain.status == 403
    assert plain.told == odd.told


async def test_no_role_has_more_than_the_apis_declare(site: Attacked) -> None:
    """Every scope of a role is one of an operation, or of what is not yet mounted, by name."""
    declared = {route.scope for route in ROUTES} | {"governance:metrics:read"}
    for route in ROUTES:
        answer = route.mounted.handler.fn.__annotations__["return"]
        declared |= {each.scope for each in restricted_within(answer)}

    assert site.callers.anybody().scopes - declared <= {"process:intake:write"}
    assert declared - site.callers.anybody().scopes == set()


@pytest.mark.parametrize("role", Role)
async def test_the_metrics_are_for_those_who_hold_their_scope(site: Attacked, role: Role) -> None:
    """`/metrics` is guarded like any operation."""
    answer = await site.send(
        "GET", "/metrics", token=site.callers.token(site.callers.of_role(role))
    )

    may = "governance:metrics:read" in scopes_of([role])
    assert answer.status == (200 if may else 403)
