"""Who may do what: the table of roles keeps to the least that each needs."""

import json
import re
from pathlib import Path

import pytest

from governance.roles import ALL_SCOPES, ROLE_SCOPES, Role, scopes_of

FIXTURE = Path(__file__).parents[3] / "northwind" / "fixture.json"


def holders(scope: str) -> set[str]:
    """Return the roles that hold a scope."""
    return {role.value for role, scopes in ROLE_SCOPES.items() if scope in scopes}


def test_every_role_has_scopes_and_every_scope_a_proper_name() -> None:
    """A scope is `{layer}:{api}:{verb}`."""
    shape = re.compile(r"\A(system|process|experience|governance):[a-z]+(-[a-z]+)*:[a-z_]+\Z")

    assert set(ROLE_SCOPES) == set(Role)
    assert all(ROLE_SCOPES.values())
    assert [scope for scope in ALL_SCOPES if not shape.match(scope)] == []


def test_every_role_of_the_firm_is_known() -> None:
    """Each person of the sandbox firm can be given a token."""
    people = json.loads(FIXTURE.read_bytes())["people"]

    assert all(scopes_of(person["roles"]) for person in people)


@pytest.mark.parametrize(
    ("scope", "roles"),
    [
        ("governance:clock:write", {"operator"}),
        ("governance:metrics:read", {"operator"}),
        ("governance:audit:read", {"operator", "auditor", "cfo"}),
        ("system:erp:write", {"integrator"}),
        ("system:erp:record_payment", {"finance", "integrator"}),
        ("system:procurement:write", {"integrator"}),
        (
            "system:procurement:record_bill",
            {"finance", "procurement", "integrator"},
        ),
        (
            "system:procurement:read",
            {
                *("project_manager", "resource_manager", "finance", "finance_director"),
                *("procurement", "integrator"),
            },
        ),
        ("system:procurement:read_bank", {"finance", "procurement"}),
        ("system:procurement:read_tax_id", {"finance", "procurement"}),
        ("system:hr:read_leave_type", {"line_manager"}),
        ("system:psa:read_cost", {"finance", "finance_director", "cfo"}),
        ("system:psa:write", {"integrator"}),
        ("system:crm:write", {"integrator", "sales_operations", "steward"}),
        ("system:contracts:file", {"integrator", "project_manager"}),
        ("system:contracts:record_change", {"integrator", "project_manager", "sales_operations"}),
        ("system:contracts:write", {"integrator"}),
        ("process:intake:write", {"integrator"}),
    ],
)
def test_a_sensitive_scope_is_held_by_those_who_need_it_only(scope: str, roles: set[str]) -> None:
    """A change of who may do this has to be made here too."""
    assert holders(scope) == roles


def test_approvers_of_the_firm_may_decide() -> None:
    """Whoever the firm's thresholds name can answer an approval."""
    thresholds = json.loads(FIXTURE.read_bytes())["approval_thresholds"]
    named = set(re.findall(r'"approvers": \[(.*?)\]', json.dumps(thresholds)))
    approvers = {name.strip(' "') for names in named for name in names.split(",") if name}

    assert len(approvers) == 8
    assert approvers <= holders("process:approvals:decide")


def test_the_integrator_sees_every_system_but_no_cost() -> None:
    """The integrator reads and writes all systems, and decides nothing."""
    system = {scope for scope in ALL_SCOPES if scope.startswith("system:")}
    integrator = ROLE_SCOPES[Role.INTEGRATOR]

    assert system - integrator == {
        "system:psa:read_cost",
        "system:hr:read_cost",
        "system:hr:read_leave_type",
        "system:procurement:read_bank",
        "system:procurement:read_tax_id",
    }
    assert not integrator & {"process:approvals:decide", "process:exceptions:resolve"}


def test_those_who_watch_change_nothing() -> None:
    """Executives and auditors hold no scope that writes, decides, starts or resolves."""
    for role in (Role.EXECUTIVE, Role.AUDITOR):
        assert {scope.rsplit(":", 1)[1] for scope in ROLE_SCOPES[role]} == {"read"}


def test_no_role_holds_everything() -> None:
    """There is no super user."""
    assert all(scopes < ALL_SCOPES for scopes in ROLE_SCOPES.values())
    assert ROLE_SCOPES[Role.OPERATOR].isdisjoint(holders_of_money())


def holders_of_money() -> set[str]:
    """Return the scopes that move money or approve it."""
    return {
        "system:erp:write",
        "system:erp:record_payment",
        "system:procurement:write",
        "system:procurement:record_bill",
        "process:approvals:decide",
        "process:project-to-cash:start",
    }


def test_roles_add_up_and_an_unknown_role_is_refused() -> None:
    """Two roles give the scopes of both; a misspelled one gives nothing."""
    both = scopes_of(["finance", "operator"])

    assert both == ROLE_SCOPES[Role.FINANCE] | ROLE_SCOPES[Role.OPERATOR]
    assert scopes_of([]) == frozenset()
    with pytest.raises(ValueError, match="administrator"):
        scopes_of(["administrator"])
