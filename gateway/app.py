"""The inbound side of the gateway: every API at its address, behind one list of stages."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import reduce
from types import ModuleType

from litestar import Litestar, Router
from litestar.connection import Request
from litestar.datastructures import State
from litestar.di import Provide
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, LifeSpanScope, Receive, Scope, Send
from msgspec import Struct

from gateway.answering import record_response
from gateway.decoding import StrictRequest
from gateway.documentation import documentation
from gateway.inbound.audit import Audit, Refused
from gateway.inbound.guard import Guard
from gateway.inbound.heads import Heads, heads_at
from gateway.inbound.idempotency import Idempotency
from gateway.inbound.identify import Identify, Permit, WithoutOptions
from gateway.inbound.lifecycle import Lifecycle
from gateway.inbound.limit import Limit
from gateway.inbound.own import Own
from gateway.inbound.parameters import check_parameters, parameters_of
from gateway.inbound.stage import Governance, Mounted, OperationStage, OuterStage
from gateway.inbound.use import Use
from gateway.inbound.watch import Count, Problems, Trace
from gateway.mounting import Api, check_plans, read_api
from gateway.open_addresses import open_addresses
from gateway.problems import responder
from gateway.withholding import withholding
from governance.access import Caller
from governance.policy import DataClass

AROUND_ALL: list[OuterStage] = [Guard, Trace, Count, Heads, Problems]
AROUND_EACH: list[OperationStage] = [
    Identify,
    Limit,
    Permit,
    Use,
    Lifecycle,
    Idempotency,
    Audit,
    Own,
]
STACK = [*AROUND_ALL, *AROUND_EACH]


class WayIn(Struct, frozen=True):
    """What a request passes on its way in; a test hands in one that lacks something."""

    around_all: Sequence[OuterStage] = tuple(AROUND_ALL)
    around_each: Sequence[OperationStage] = tuple(AROUND_EACH)
    request: type[Request[Caller, str, State]] = StrictRequest
    parameters: Callable[[Request[Caller, str, State]], Awaitable[None]] = check_parameters


WHOLE = WayIn()
Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def build_app(
    apis: Sequence[ModuleType],
    dependencies: dict[str, object],
    governance: Governance,
    lifespan: Sequence[Lifespan] = (),
    way_in: WayIn = WHOLE,
) -> ASGIApp:
    """Return the whole gateway as one ASGI application, or raise `Unmountable`.

    A dependency is handed to every handler that names it as a `NamedDependency`.
    """
    read = [read_api(module) for module in apis]
    check_plans(governance.limits.config.plans, read)
    for api in read:
        governance.lifecycles.of(api.policy)
    operations = [one for api in read for one in api.operations]
    provided = {name: _always(one) for name, one in dependencies.items()}
    app = Litestar(
        [
            *(_router(api, governance, way_in, provided) for api in read),
            _open(read, governance, provided),
        ],
        exception_handlers={Exception: responder(governance.logs, heads_at(operations))},
        before_request=way_in.parameters,
        request_class=way_in.request,
        request_max_body_size=governance.door.body_bytes,
        openapi_config=None,
        logging_config=None,
        debug=False,
        lifespan=list(lifespan),
    )
    _learn_parameters(app)
    return _Application(app, governance, way_in)


class _Application:
    """The outer stages around everything but the start and the end."""

    def __init__(self, app: Litestar, governance: Governance, way_in: WayIn) -> None:
        self._app = app
        litestar: ASGIApp = app
        self._inner = reduce(
            lambda inner, stage: stage(inner, governance), reversed(way_in.around_all), litestar
        )

    async def __call__(self, scope: Scope | LifeSpanScope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        await self._inner(scope, receive, send)


class _Operation:
    """The stages of one operation around its handler, folded when it is first called.

    Litestar makes one of these for every route handler, and names the handler in the scope.
    """

    def __init__(self, app: ASGIApp, api: Api, governance: Governance, way_in: WayIn) -> None:
        self._app, self._api, self._governance, self._way_in = app, api, governance, way_in
        self._folded: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._folded is None:
            self._folded = self._fold(scope["route_handler"].opt.get("operation"))
        await self._folded(scope, receive, send)

    def _fold(self, name: object) -> ASGIApp:
        mounted = next((one for one in self._api.operations if one.name == name), None)
        if mounted is None:
            return WithoutOptions(self._app)
        inner = self._app
        for stage in reversed(self._way_in.around_each):
            if _applies(stage, mounted):
                inner = stage(inner, mounted, self._governance)
        return Refused(inner, mounted, self._governance)


def _router(
    api: Api, governance: Governance, way_in: WayIn, provided: Mapping[str, Provide]
) -> Router:
    def around(app: ASGIApp) -> ASGIApp:
        return _Operation(app, api, governance, way_in)

    handlers = [mounted.handler for mounted in api.operations]
    # Litestar compares all that a handler could name with each other, so only what is named.
    named = {name for handler in handlers for name in handler.fn.__annotations__}
    restricted = api.policy.data_class is DataClass.RESTRICTED
    headers = {
        "cache-control": "no-store" if restricted else "private, no-cache",
        "vary": "authorization",
    }
    return Router(
        api.policy.path,
        route_handlers=handlers,
        dependencies={name: one for name, one in provided.items() if name in named},
        middleware=[around],
        response_class=record_response(headers),
        response_headers=headers,
        after_request=withholding(api),
    )


def _applies(stage: OperationStage, mounted: Mounted) -> bool:
    return stage is not Idempotency or mounted.operation.writes


def _open(apis: list[Api], governance: Governance, provided: dict[str, Provide]) -> Router:
    handlers = [*open_addresses(governance, apis), *documentation(apis, governance, provided)]
    return Router("/", route_handlers=handlers, middleware=[WithoutOptions])


def _always(one: object) -> Provide:
    return Provide(lambda: one, sync_to_thread=False)


def _learn_parameters(app: Litestar) -> None:
    """Note for every handler which parameters it takes, but for those that read them strictly."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler, model in route.route_handler_map.values():
            if handler.opt.get("reads_query"):
                continue
            handler.opt["parameters"] = parameters_of(
                {one.field_alias: one.is_sequence for one in model.expected_query_params},
                route.path_parameters,
                getattr(handler.fn, "__annotations__", {}),
                takes_body="operation" not in handler.opt or handler.parsed_data_field is not None,
            )
