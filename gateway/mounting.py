"""What an API must be before it is mounted; anything less stops the start-up, by name."""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any, get_origin

from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from gateway.inbound.stage import Mounted
from gateway.promised_types import is_struct, promised_type, reached_types
from governance.policy import ApiPolicy, DataClass, Layer, Operation, RatePlan, TenantRule
from governance.rate_plans import check_plan
from governance.stages import flaws_of
from system_apis.misfit import Misfit, one_of
from system_apis.restricted import restricted_within

_SCOPE = re.compile(r"(system|process|experience|governance):[a-z0-9-]+:[a-z_]+\Z")
_SHARE = re.compile(r"0\.[0-9]{1,5}\Z")
_LAYERS = {
    "system_apis": Layer.SYSTEM,
    "process_apis": Layer.PROCESS,
    "experience_apis": Layer.EXPERIENCE,
    "governance": Layer.GOVERNANCE,
}


class Unmountable(Exception):
    """An API does not declare what it must; the gateway does not start."""

    def __init__(self, where: str, lack: str) -> None:
        super().__init__(f"{where}: {lack}")


class Api(Struct, frozen=True):
    """One API version: its policy, and its operations at their handlers."""

    policy: ApiPolicy
    operations: tuple[Mounted, ...]


def address_of(module_name: str) -> str:
    """Return the address that a module's path says: `system_apis.crm.v1` is `/system/crm/v1`."""
    package, *rooms = module_name.split(".")
    if package not in _LAYERS or not rooms:
        raise Unmountable(module_name, "lies in no layer")
    return "/" + "/".join([_LAYERS[package], *rooms]).replace("_", "-")


def read_api(module: ModuleType) -> Api:
    """Return the API that a module declares, or raise `Unmountable`."""
    where = module.__name__
    policy = getattr(module, "POLICY", None)
    if not isinstance(policy, ApiPolicy):
        raise Unmountable(where, "declares no POLICY")
    handlers = getattr(module, "handlers", None)
    if not isinstance(handlers, list) or not handlers:
        raise Unmountable(where, "declares no handlers")
    if address_of(where) != policy.path:
        raise Unmountable(where, f"its POLICY says {policy.path}, its path {address_of(where)}")
    _check_policy(where, policy)
    mounted = tuple(_mounted(where, policy, handler) for handler in handlers)
    idle = set(policy.operations) - {one.name for one in mounted}
    idle -= set(getattr(module, "INTERNAL", ()))
    if idle:
        raise Unmountable(where, f"operations without a handler: {', '.join(sorted(idle))}")
    return Api(policy, mounted)


def check_plans(plans: Mapping[str, RatePlan], apis: Sequence[Api]) -> None:
    """Refuse the settings' rate plans, like an API's own, unless they can be counted."""
    for misfit in plan_misfits(plans, [each.policy for each in apis]):
        raise Unmountable(misfit.at, f"{misfit.what}; {misfit.remedy}")


def plan_misfits(plans: Mapping[str, RatePlan], policies: Sequence[ApiPolicy]) -> Iterator[Misfit]:
    """Return which of the settings' rate plans could not be counted."""
    known = {each.path: each for each in policies}
    for address, plan in plans.items():
        at = f'rate_limits.plans."{address}"'
        if address not in known:
            yield Misfit(at, f"{address} is no API", one_of(known, address))
            continue
        operations = known[address].operations
        strange = sorted(plan.operations.keys() - operations.keys())
        if strange:
            what = f"{strange[0]!r} is no operation of {address}"
            yield Misfit(f"{at}.operations", what, one_of(operations, strange[0]))
            continue
        try:
            check_plan(plan, operations)
        except ValueError as error:
            yield Misfit(at, str(error), "write limits like 600/minute, and costs within them")


def _check_policy(where: str, policy: ApiPolicy) -> None:
    if not (policy.owner.team.strip() and policy.owner.contact.strip()):
        raise Unmountable(where, "names no owner with a contact")
    if not policy.title.strip():
        raise Unmountable(where, "has no title")
    if policy.data_class not in set(DataClass):
        raise Unmountable(where, "declares no data class")
    for name, operation in policy.operations.items():
        if not _SCOPE.match(operation.scope):
            raise Unmountable(f"{where}:{name}", f"{operation.scope!r} is no scope")
        if operation.tenants not in set(TenantRule):
            raise Unmountable(f"{where}:{name}", "declares no tenant rule")
    _check_plan(where, policy.rate_plan, policy)
    _check_promises(where, policy)


def _check_promises(where: str, policy: ApiPolicy) -> None:
    """Refuse an objective or a lifecycle that says nothing, or contradicts itself."""
    aim = policy.objective
    shares = (aim.availability, aim.latency_ratio)
    if not (all(map(_SHARE.match, shares)) and aim.latency_ms > 0):
        raise Unmountable(where, "has no objective: a share such as 0.999, and milliseconds")
    for flaw in flaws_of(policy.lifecycle):
        raise Unmountable(where, flaw)


def _check_plan(where: str, plan: RatePlan, policy: ApiPolicy) -> None:
    try:
        check_plan(plan, policy.operations)
    except ValueError as error:
        raise Unmountable(where, str(error)) from error


def _mounted(where: str, policy: ApiPolicy, handler: object) -> Mounted:
    if not isinstance(handler, HTTPRouteHandler):
        raise Unmountable(where, f"{handler!r} is no route handler")
    name = handler.opt.get("operation")
    here = f"{where}:{handler.fn.__name__}"
    if not isinstance(name, str) or name not in policy.operations:
        raise Unmountable(here, f"{name!r} is no operation of its POLICY")
    operation = policy.operations[name]
    if not (handler.fn.__doc__ or "").split("\n")[0].strip().endswith("."):
        raise Unmountable(here, "has no docstring that says in one sentence what it does")
    if operation.writes and "GET" in handler.http_methods:
        raise Unmountable(here, "answers GET with an operation that writes")
    body = handler.fn.__annotations__.get("data")
    if body is not None:
        _check_body(here, body)
    _check_answer(here, operation, handler.fn.__annotations__.get("return"))
    return Mounted(policy, name, operation, handler)


def _check_answer(here: str, operation: Operation, annotation: object) -> None:
    """Refuse an answer that is no record, or has a field whose scope nobody is asked for.

    A field that may be unset is withheld: at a system's door, and above it, where processes
    read under names of their own, on the way out (`gateway/withholding.py`).
    """
    if isinstance(annotation, type) and issubclass(annotation, str | bytes):
        raise Unmountable(here, "answers with text or bytes without a `Response` that says so")
    for each in restricted_within(annotation):
        if each.scope != operation.scope and not each.may_be_unset:
            shown = f"{each.record}.{each.field}, which asks for {each.scope}"
            raise Unmountable(here, f"its answer shows {shown}")


def _check_body(here: str, annotation: object) -> None:
    """Refuse a body that is not strict Structs all the way down."""
    if not is_struct(promised_type(annotation)):
        raise Unmountable(here, "its body is no Struct")
    for kind in reached_types(annotation):
        if is_struct(kind):
            if not kind.__struct_config__.forbid_unknown_fields:
                raise Unmountable(here, f"its body's {kind.__name__} lets unknown fields through")
        elif kind in {Any, object, dict, float} or get_origin(kind) is dict:
            raise Unmountable(here, f"its body holds {kind}")
