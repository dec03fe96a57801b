"""Gateways that lack one control and nothing else, made by handing in another part."""

import base64
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import msgspec
from litestar.connection import Request
from litestar.datastructures import State
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec.structs import replace

from gateway.app import AROUND_ALL, AROUND_EACH, WHOLE, WayIn, build_app
from gateway.inbound.stage import AuditEntry, Door, Governance, Mounted
from governance import idempotency
from governance.access import Caller, acting_as
from governance.idempotency import Command, IdempotencyRecords, Outcome
from governance.policy import Lifecycle, RatePlan, Stage
from governance.tokens import TokenVerifier, bearer
from observability.logs import Logs
from tests.gateway.house import SCOPES, House
from tests.gateway.orders import orders_api

Headers = list[tuple[bytes, bytes]]
Built = Callable[[House], ASGIApp]
FEW = RatePlan("5/minute")
ACTIVE = Lifecycle(Stage.ACTIVE, datetime(2026, 1, 1, tzinfo=UTC).date())


def whole(house: House) -> ASGIApp:
    """Return the gateway as it is."""
    return build(house)


def build(house: House, way_in: WayIn = WHOLE, *, lifecycle: Lifecycle = ACTIVE) -> ASGIApp:
    """Return a gateway of some parts, whose limit is five calls a minute."""
    api = orders_api(rate_plan=FEW, lifecycle=lifecycle)
    return build_app([api], {"desk": house.desk}, house.governance, way_in=way_in)


def stage(gone: type, lifecycle: Lifecycle = ACTIVE) -> Built:
    """Return a gateway without one stage around each operation."""
    each = tuple(one for one in AROUND_EACH if one is not gone)
    return lambda house: build(house, WayIn(around_each=each), lifecycle=lifecycle)


def outer_stage(gone: type) -> Built:
    """Return a gateway without one stage around everything."""
    every = tuple(one for one in AROUND_ALL if one is not gone)
    return lambda house: build(house, WayIn(around_all=every))


def instead(old: type, new: type) -> Built:
    """Return a gateway with a stage in place of another."""
    each = tuple(new if one is old else one for one in AROUND_EACH)
    return lambda house: build(house, WayIn(around_each=each))


def part(**made: Callable[[House], object]) -> Built:
    """Return a gateway with other parts of governance."""

    def built(house: House) -> ASGIApp:
        others = {name: make(house) for name, make in made.items()}
        house.governance = replace(house.governance, **others)
        return build(house)

    return built


def door(**changes: object) -> Built:
    """Return a gateway whose guard lets more in."""
    return part(door=lambda _: replace(Door(), **changes))


def verified(by: Callable[[House], TokenVerifier]) -> Built:
    """Return a gateway that believes another verifier."""

    def verify(house: House) -> Callable[[list[str]], Caller]:
        verifier = by(house)
        return lambda values: verifier.verify(bearer(values))

    return part(verify=verify)


def unseen(change: Callable[[Headers], Headers]) -> Built:
    """Return a gateway whose guard does not see what is wrong with the headers."""

    class Smoothed:
        def __init__(self, inner: ASGIApp, _: Governance) -> None:
            self._inner = inner

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            scope["headers"] = change(list(scope["headers"]))
            await self._inner(scope, receive, send)

    return lambda house: build(house, WayIn(around_all=(Smoothed, *AROUND_ALL)))


def without(*names: bytes) -> Built:
    """Return a gateway that never gets some headers."""
    return unseen(lambda headers: [one for one in headers if one[0] not in names])


def records(kind: type[IdempotencyRecords]) -> Built:
    """Return a gateway with other records of commands."""
    config = idempotency.Config()
    return part(idempotency=lambda house: kind(house.store, house.wall.now, config, house.life))


def reading(
    request: type[Request[Caller, str, State]] | None = None,
    parameters: Callable[[Request[Caller, str, State]], Awaitable[None]] | None = None,
) -> Built:
    """Return a gateway that reads bodies or parameters otherwise."""
    other = replace(
        WHOLE, request=request or WHOLE.request, parameters=parameters or WHOLE.parameters
    )
    return lambda house: build(house, other)


class Lenient(Request[Caller, str, State]):
    """A request whose body is decoded with no more than its types."""

    async def json(self) -> object:
        """Return the body as the handler's type."""
        field = self.route_handler.parsed_data_field
        assert field is not None
        return msgspec.json.decode(await self.body(), type=field.annotation, strict=True)


async def any_parameters(_: Request[Caller, str, State]) -> None:
    """Take every parameter."""


class Dropping(Request[Caller, str, State]):
    """A request whose body loses every field that nobody knows."""

    async def json(self) -> object:
        """Return what is left of the body as the handler's type."""
        field = self.route_handler.parsed_data_field
        assert field is not None
        tree = msgspec.json.decode(await self.body())
        known = {each.encode_name for each in msgspec.structs.fields(field.annotation)}
        return msgspec.convert({k: v for k, v in tree.items() if k in known}, field.annotation)


class Anybody:
    """A stage that takes everybody for somebody who may do everything."""

    def __init__(self, inner: ASGIApp, _: Mounted, __: Governance) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on."""
        entities = frozenset({"NWA-US"})
        with acting_as(Caller(subject="x", client_id="x", scopes=SCOPES, entities=entities)):
            await self._inner(scope, receive, send)


def believed(values: list[str]) -> Caller:
    """Return whom a token names, as if nobody had to sign it."""
    said = json.loads(base64.urlsafe_b64decode(bearer(values).split(".")[1] + "=="))
    scopes, entities = frozenset(said["scope"].split()), frozenset(said["entities"])
    return Caller(subject=said["sub"], client_id="x", scopes=scopes, entities=entities)


class NoRecord:
    """An audit trail that keeps nothing."""

    async def record(self, entry: AuditEntry) -> None:
        """Keep nothing."""


class Shared(IdempotencyRecords):
    """Records whose keys belong to everybody."""

    async def begin(self, command: Command) -> Outcome:
        """Begin as anybody."""
        anybody = replace(command.caller, subject="anybody")
        return await super().begin(replace(command, caller=anybody))


class Trusting(IdempotencyRecords):
    """Records that take the same key for the same command."""

    async def begin(self, command: Command) -> Outcome:
        """Begin without looking at what the command says."""
        return await super().begin(replace(command, fingerprint=bytes(32)))


class Remembering(IdempotencyRecords):
    """Records that give an answer whatever its asker may see by now."""

    async def begin(self, command: Command) -> Outcome:
        """Begin as somebody who sees what they ever saw."""
        seeing = replace(command.caller, entities=frozenset({"NWA-US"}))
        return await super().begin(replace(command, caller=seeing))


class Talkative(Logs):
    """A log that writes what it is told."""

    def failure(self, error: BaseException) -> None:
        """Write down a mistake as it is."""
        self._sink.write(str(error).encode())
