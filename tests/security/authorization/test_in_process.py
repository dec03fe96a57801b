"""AZ-16 in process: every method of every system, every role, its own and another company."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from typing import get_origin

import pytest
from msgspec import Struct

from governance.access import Caller, Forbidden, acting_as
from governance.policy import ApiPolicy, TenantRule
from governance.roles import ALL_SCOPES, Role, scopes_of
from system_apis.canonical.record import Page
from system_apis.contracts import v1 as contracts
from system_apis.contracts.interface import Contracts
from system_apis.crm import v2 as crm
from system_apis.crm.interface import Crm
from system_apis.dedupe import DedupeMode, NativeKey
from system_apis.door import Warden, governed
from system_apis.erp import v1 as erp
from system_apis.erp.interface import Erp
from system_apis.errors import NotFound
from system_apis.hr import v1 as hr
from system_apis.hr.interface import Hr
from system_apis.procurement import v1 as procurement
from system_apis.procurement.interface import Procurement
from system_apis.psa import v1 as psa
from system_apis.psa.interface import Psa
from tests.security.authorization.payroll import warden_of
from tests.security.authorization.who_may import HOLDERS, may

OURS, THEIRS = "NWA-US", "NWA-DE"
SYSTEMS: Mapping[str, tuple[type, ApiPolicy]] = {
    "contracts": (Contracts, contracts.POLICY),
    "crm": (Crm, crm.POLICY),
    "erp": (Erp, erp.POLICY),
    "hr": (Hr, hr.POLICY),
    "procurement": (Procurement, procurement.POLICY),
    "psa": (Psa, psa.POLICY),
}
Method = Callable[..., Awaitable[object]]
_TURN = count()


class Held(Struct, frozen=True):
    """Any record, and any draft, of our company."""

    id: str = "X-1"
    legal_entity: str = OURS


class System:
    """A system of any kind that has one record of everything, and notes what reached it."""

    def __init__(self, interface: type, policy: ApiPolicy) -> None:
        self.instance, self.writes, self.reached = "one", dict[str, DedupeMode](), list[str]()
        for fact in inspect.get_annotations(interface).keys() - vars(self).keys():
            setattr(self, fact, None)
        for name in policy.operations:
            method = getattr(interface, name, None)
            if method is not None:
                setattr(self, name, self._answering(name, inspect.signature(method)))
                if policy.operations[name].writes:
                    self.writes[name] = NativeKey()

    def _answering(self, name: str, signature: inspect.Signature) -> Method:
        kind = get_origin(signature.return_annotation)

        async def answer(*args: object, **kwargs: object) -> object:
            self.reached.append(name)
            if kind is Page:
                return Page([Held()])
            return [Held()] if kind is list else Held()

        return answer


@pytest.fixture(scope="module")
def warden(tmp_path_factory: pytest.TempPathFactory) -> Warden:
    """What every door needs."""
    return warden_of(tmp_path_factory.mktemp("doors"))


@pytest.mark.parametrize("entity", [OURS, THEIRS])
@pytest.mark.parametrize("system", SYSTEMS)
async def test_az_16_a_role_may_do_in_process_what_it_may_do_over_http(
    warden: Warden, system: str, entity: str
) -> None:
    """Without the scope nothing is reached; with it, another's record is neither seen nor changed.

    Every operation of the system by every role of the firm is one cell.
    """
    interface, policy = SYSTEMS[system]
    target = System(interface, policy)
    door = governed(target, interface, policy, warden, entities=frozenset({OURS, THEIRS}))
    cells = [
        (role, name) for role in Role for name in policy.operations if hasattr(interface, name)
    ]

    wrong = [
        f"{role} {name}: {fault}"
        for role, name in cells
        if (fault := await _fault(target, door, policy, role, name, entity))
    ]

    print(f"{len(cells)} cells of {system} for {entity}")
    assert wrong == []


def test_az_16_the_roles_have_exactly_the_scopes_that_the_firm_gives_them() -> None:
    """Told from the other side, scope by scope, it is the same; a change is made in both."""
    given = {
        scope: frozenset(role for role in Role if scope in scopes_of([role]))
        for scope in ALL_SCOPES
    }

    assert given == HOLDERS


async def _fault(
    target: System, door: object, policy: ApiPolicy, role: Role, name: str, entity: str
) -> str | None:
    """Return what is wrong with how a role is answered, if anything is."""
    operation, before = policy.operations[name], len(target.reached)
    caller = Caller(
        subject=role, client_id="x", scopes=scopes_of([role]), entities=frozenset({entity})
    )
    try:
        with acting_as(caller):
            found = await getattr(door, name)(**_arguments(getattr(SYSTEMS[policy.name][0], name)))
    except (Forbidden, NotFound) as error:
        found = error
    reached = target.reached[before:]
    if not may(role, operation.scope):
        named = isinstance(found, Forbidden) and found.scope == operation.scope
        return None if named and not reached else f"may not, and got {found} after {reached}"
    if entity == OURS or operation.tenants is TenantRule.FIRM_WIDE:
        hidden = isinstance(found, Exception) or not _holds(found)
        return f"may, and got {found}" if hidden and entity == OURS else None
    if _holds(found):
        return f"saw {found} of another company"
    return f"changed {reached}" if operation.writes and name in reached else None


def _holds(found: object) -> bool:
    if isinstance(found, Page):
        return bool(found.items)
    return bool(found) and not isinstance(found, Exception)


def _arguments(method: Method) -> dict[str, object]:
    """Return good arguments of a method, all of our company."""
    given: dict[str, object] = {}
    for each, parameter in inspect.signature(method).parameters.items():
        if each == "key":
            given[each] = f"key-{next(_TURN)}"
        elif each == "legal_entity":
            given[each] = OURS
        elif each.endswith(("_id", "_number")) and each != "tax_id":
            given[each] = "X-1"
        elif each != "self" and parameter.default is inspect.Parameter.empty:
            given[each] = Held()
    return given
