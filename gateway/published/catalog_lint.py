"""What the catalog lacks: looked up in the APIs' own declarations, each lack by its place."""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType

from msgspec import Struct
from msgspec.structs import fields

from gateway.inbound.stage import Mounted
from gateway.mounting import Api, Unmountable, read_api
from gateway.promised_types import is_struct, query_parameters, reached_types
from gateway.words.fields import meaning_of, snake
from gateway.words.parameters import PARAMETERS
from governance.policy import ApiPolicy
from governance.roles import ALL_SCOPES
from governance.stages import LEAVING

_CONTACT = re.compile(r"[^@\s]+@[^@\s]+\.[a-z]+\Z|https://\S+\Z")
# Beginnings and endings that are spelled otherwise in American English.
_BRITISH = re.compile(
    r"catalogue|colour|favour|labour|behaviour|centre|cheque|licence|programme|grey|fulfil(?!l)"
    r"|judgement|enrol(?!l)|(?:organ|util|real|normal|author|recogn|summar|final)is(?:e|ing|ation)"
    r"|analys(?:e[drs]?|ing)(?:_|\Z)"
)


class Lack(Struct, frozen=True, order=True):
    """One thing that an API does not say, or says wrongly."""

    where: str
    what: str


def lacks_of(modules: Iterable[ModuleType]) -> list[Lack]:
    """Return everything that the catalog of these APIs lacks."""
    found: list[Lack] = []
    apis: list[Api] = []
    for module in modules:
        try:
            apis.append(read_api(module))
        except Unmountable as error:
            where, _, what = str(error).partition(": ")
            found.append(Lack(where, what))
    policies = {api.policy.path: api.policy for api in apis}
    for api in apis:
        found += _of_policy(api.policy, policies)
        found += (lack for one in api.operations for lack in _of_operation(one))
        found += _of_records(api)
    return sorted(set(found))


def _of_policy(policy: ApiPolicy, known: Mapping[str, ApiPolicy]) -> Iterator[Lack]:
    where, life = policy.path, policy.lifecycle
    if not _CONTACT.match(policy.owner.contact):
        yield Lack(where, f"its owner's contact {policy.owner.contact!r} is no address")
    if life.successor is not None:
        after = known.get(life.successor)
        if after is None or after is policy:
            yield Lack(where, f"its successor {life.successor} is no other version that is mounted")
        elif after.lifecycle.stage in LEAVING:
            yield Lack(where, f"its successor {life.successor} is on its way out itself")
    yield from _spelled(where, "its name", policy.name)
    yield from _spelled(where, "its title", policy.title)
    for name in policy.operations:
        yield from _spelled(f"{where}:{name}", "the operation", name)


def _of_operation(mounted: Mounted) -> Iterator[Lack]:
    where = mounted.action
    if mounted.operation.scope not in ALL_SCOPES:
        yield Lack(where, f"no role gives the scope {mounted.operation.scope}")
    for name in query_parameters(mounted.handler.fn):
        if name not in PARAMETERS:
            yield Lack(where, f"the parameter {name!r} is not documented")
        yield from _spelled(where, "the parameter", name)


def _of_records(api: Api) -> Iterator[Lack]:
    for mounted in api.operations:
        annotations = inspect.get_annotations(mounted.handler.fn)
        for said in (annotations.get("return"), annotations.get("data")):
            for kind in filter(is_struct, reached_types(said)):
                yield from _of_fields(api.policy.path, kind)


def _of_fields(where: str, kind: type[Struct]) -> Iterator[Lack]:
    yield from _spelled(where, "the record", kind.__name__)
    for each in fields(kind):
        if meaning_of(snake(kind.__name__), each.name, each.type) is None:
            yield Lack(where, f"the field {kind.__name__}.{each.encode_name} is not documented")
        yield from _spelled(where, f"the field {kind.__name__}", each.encode_name)


def _spelled(where: str, what: str, name: str) -> Iterator[Lack]:
    found = _BRITISH.search(name.lower())
    if found:
        yield Lack(where, f"{what} {name!r} is not in American spelling: {found[0]!r}")
