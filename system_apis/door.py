"""The governed door of a system: what a caller may do there, see there, and do only once.

A connector is never called but through this door, whether the caller comes over HTTP or is a
process in the same program: scope, span and duration (`governance/door.py`), then the rule
that keeps legal entities and business units apart, then, for a write, the guard of `effects.py`.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Protocol, TypeVar, cast

from msgspec import Struct

from governance.access import Caller, current_caller
from governance.door import Counting, Door
from governance.policy import ApiPolicy
from governance.sensitive_reads import NotRecorded, SensitiveReads
from observability.metrics import Metrics
from observability.tracing import Tracing
from system_apis.canonical.record import Page
from system_apis.dedupe import DedupeMode, LookUpFirst
from system_apis.effect_ledger import Effect
from system_apis.effects import Effects, Wholeness, fingerprint
from system_apis.errors import FailureKind, SystemFailure, TryAgain, Unreadable
from system_apis.failing import Failures, Place
from system_apis.restricted import Restricted, restricted_within, shown_with
from system_apis.tenancy import Owners, Tenancy, entity_of

T = TypeVar("T")
Method = Callable[..., Awaitable[object]]


class Ungovernable(Exception):
    """A connector and the policy of its kind do not fit; nothing starts."""


class Warden(Struct, frozen=True):
    """What every door of every system needs.

    `count` is told what our own processes use, and `failures` what a system does not do.
    """

    effects: Effects
    metrics: Metrics
    tracing: Tracing
    sensitive_reads: SensitiveReads
    count: Counting | None = None
    failures: Failures | None = None


def governed(
    target: T,
    interface: Callable[..., T],
    policy: ApiPolicy,
    warden: Warden,
    *,
    entities: frozenset[str],
    owners: Owners | None = None,
) -> T:
    """Return a connector behind its door; `entities` are the legal entities that it serves.

    `owners` is told of which company its records are.

    Raises `Ungovernable` when a method is not an operation of the policy, when a write does not
    say how it is made safe, or when a read shows a field whose scope it does not ask for.
    """
    methods = _methods(interface)
    facts = {name: getattr(target, name) for name in inspect.get_annotations(interface)}
    writing = cast(Writing, target)
    _check(target, methods, policy, writing.writes)
    tenancy = Tenancy(target, policy.name, entities, owners)
    calls: dict[str, Method] = {}
    for name in methods:
        door = Door(policy, name, warden.metrics, warden.tracing, count=warden.count)
        signature = inspect.signature(getattr(interface, name))
        fields = restricted_within(signature.return_annotation)
        asks, filters = _asked(door, fields), _filters(signature.parameters, fields)
        place = Place(policy.name, writing.instance, policy.path, name)
        method = getattr(target, name)
        if warden.failures is not None:
            method = warden.failures.watched(place, method)
        call = Call(method, signature, door, tenancy, asks, filters, place, warden.metrics)
        calls[name] = (
            _guarded(call, writing, warden)
            if name in writing.writes
            else _read(call, warden.sensitive_reads)
        )
    proxy = type(f"Governed{interface.__name__}", (), {**facts, **_as_methods(calls)})
    return cast(T, proxy())


class Writing(Protocol):
    """What every connector says about itself."""

    instance: str
    writes: Mapping[str, DedupeMode]


class Call(Struct, frozen=True):
    """One method of a connector, the door in front of it, and what scopes which fields ask for."""

    method: Method
    signature: inspect.Signature
    door: Door
    tenancy: Tenancy
    asks: frozenset[str]
    filters: Mapping[str, str]
    place: Place
    metrics: Metrics

    async def through(self, work: Callable[[], Awaitable[object]]) -> object:
        """Return what some work returns, done through the door; a failure says whose it is."""
        try:
            return await self.door.through(work)
        except SystemFailure as failure:
            failure.instance = failure.instance or self.place.instance
            self._count(failure)
            raise

    def _count(self, failure: SystemFailure) -> None:
        """Count a word that we do not know: it is met after its answer was read without fault."""
        if isinstance(failure, Unreadable) and not failure.is_counted:
            at, kind = self.place, FailureKind.MALFORMED
            failures = self.metrics.upstream_failures
            failures.labels(at.system, at.instance, at.operation, kind).inc()
            failure.is_counted = True

    def arguments(self, args: tuple[object, ...], kwargs: dict[str, object]) -> dict[str, object]:
        """Return the arguments of a call by name."""
        named = self.signature.bind(None, *args, **kwargs).arguments
        return {name: value for name, value in named.items() if name != "self"}

    def check_filters(self, caller: Caller, told: Mapping[str, object]) -> None:
        """Raise `Forbidden` for a filter by a field that is withheld: it would find it out."""
        for name, value in told.items():
            if name in self.filters and value is not None:
                caller.require(self.filters[name])

    async def shown(self, caller: Caller, found: object) -> object:
        """Return what the caller may see of an answer, record by record and field by field."""
        await self.tenancy.note(self.door.tenants, found)
        seen = await self.tenancy.show(caller, self.door.tenants, found)
        return seen if self.asks <= caller.scopes else shown_with(caller.scopes, seen)


def _read(call: Call, sensitive_reads: SensitiveReads) -> Method:
    async def read(*args: object, **kwargs: object) -> object:
        caller, rule = current_caller(), call.door.tenants

        async def shown() -> object:
            told = call.arguments(args, kwargs)
            call.check_filters(caller, told)
            await call.tenancy.admit(caller, rule, told, writes=False)
            found = await call.shown(caller, await call.method(*args, **kwargs))
            if call.door.sensitive:
                await _on_record(call.door, told, found, sensitive_reads)
            return found

        return await call.through(shown)

    return read


async def _on_record(
    door: Door, told: Mapping[str, object], found: object, sensitive_reads: SensitiveReads
) -> None:
    """Write down who is shown what, or raise `TryAgain`: then it is not shown."""
    asked = " ".join(f"{name}={value}" for name, value in told.items() if value is not None)
    entity = told.get("legal_entity") or entity_of(found)
    try:
        await sensitive_reads.record(
            f"{door.api}.{door.operation}",
            asked or "everything",
            legal_entity=str(entity) if entity else None,
            records=_count(found),
        )
    except NotRecorded as error:
        raise TryAgain(door.api, str(error)) from error


def _count(found: object) -> int:
    if isinstance(found, Page):
        return len(found.items)
    if isinstance(found, list):
        return len(found)
    return 0 if found is None else 1


def _guarded(call: Call, target: Writing, warden: Warden) -> Method:
    operation, mode = call.door.operation, target.writes[call.door.operation]
    finder: Method | None = getattr(target, mode.find) if isinstance(mode, LookUpFirst) else None
    if finder is not None and warden.failures is not None:
        finder = warden.failures.watched(call.place, finder)

    async def written(*args: object, **kwargs: object) -> object:
        caller, rule = current_caller(), call.door.tenants
        told = call.arguments(args, kwargs)
        key = str(told.pop("key"))

        async def once() -> object:
            await call.tenancy.admit(caller, rule, told, writes=True)
            effect = Effect(
                system=call.door.api,
                instance=target.instance,
                operation=operation,
                key=key,
                input_hash=fingerprint(told),
                legal_entity=next(filter(None, map(entity_of, told.values())), None),
            )
            found = await warden.effects.once(
                effect,
                mode,
                find=(lambda: finder(key)) if finder else None,
                write=lambda: call.method(*args, **kwargs),
                wholeness=_wholeness(target, mode, told),
            )
            return await call.shown(caller, found)

        return await call.through(once)

    return written


def _wholeness(
    target: Writing, mode: DedupeMode, told: Mapping[str, object]
) -> Wholeness[object] | None:
    """Return how a write's record is known to be whole, if its system may take half of it."""
    if not isinstance(mode, LookUpFirst) or mode.parts is None:
        return None
    whole: Method = getattr(target, mode.parts.whole)
    take_out: Method = getattr(target, mode.parts.take_out)

    async def is_whole(record: object) -> bool:
        return bool(await whole(record, **told))

    return Wholeness(
        is_whole, lambda record_id, key: take_out(record_id, key=key), mode.parts.take_out
    )


def _asked(door: Door, fields: list[Restricted]) -> frozenset[str]:
    """Return the scopes that an answer's fields ask for, or raise `Ungovernable`."""
    for each in fields:
        if not each.may_be_unset and each.scope != door.scope:
            shown = f"{each.record}.{each.field}, which asks for {each.scope}"
            raise Ungovernable(f"{door.api}.{door.operation} shows {shown}")
    return frozenset(each.scope for each in fields)


def _filters(parameters: Iterable[str], fields: list[Restricted]) -> dict[str, str]:
    """Return the parameters that ask for a restricted field, as `tax_id` does for `tax_ids`."""
    scopes = {name: each.scope for each in fields for name in (each.field, each.field.rstrip("s"))}
    return {name: scopes[name] for name in parameters if name in scopes}


def _as_methods(calls: Mapping[str, Method]) -> dict[str, object]:
    return {name: staticmethod(call) for name, call in calls.items()}


def _methods(interface: object) -> list[str]:
    return [
        name
        for name, member in vars(interface).items()
        if not name.startswith("_") and inspect.iscoroutinefunction(member)
    ]


def _check(
    target: object, methods: list[str], policy: ApiPolicy, writes: Mapping[str, DedupeMode]
) -> None:
    where = f"{policy.name}: {type(target).__name__}"
    for name in methods:
        operation = policy.operations.get(name)
        if operation is None:
            raise Ungovernable(f"{where}.{name} is no operation of its policy")
        if operation.writes != (name in writes):
            raise Ungovernable(f"{where}.{name}: policy and connector differ on whether it writes")
        if not callable(getattr(target, name, None)):
            raise Ungovernable(f"{where} has no {name}")
    for name, mode in writes.items():
        if name not in methods:
            raise Ungovernable(f"{where} declares a write {name} that its interface has not")
        missing = _rests_on(mode) - set(dir(target))
        if missing:
            raise Ungovernable(f"{where}.{name} rests on {sorted(missing)}, which it has not")


def _rests_on(mode: DedupeMode) -> set[str]:
    """Return the methods of the connector that a mode rests on."""
    if not isinstance(mode, LookUpFirst):
        return set()
    parts = {mode.parts.whole, mode.parts.take_out} if mode.parts else set()
    return {mode.find} | parts
