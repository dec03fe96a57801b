"""Every operation that the gateway mounts, read from the APIs' own declarations."""

import inspect
import re
from datetime import date
from enum import StrEnum
from itertools import cycle
from typing import Annotated, get_args, get_origin

from litestar.params import BodyKwarg, QueryParameter
from msgspec import Struct

from gateway.apis import APIS
from gateway.inbound.stage import Mounted
from gateway.mounting import read_api
from tests.security.routes.bodies import GOOD


class Query(Struct, frozen=True):
    """A query parameter: its name, what its values are, and whether it must be there."""

    name: str
    kind: type
    required: bool

    @property
    def good(self) -> str:
        """A value that the handler takes."""
        if self.name == "legal_entity":
            return "NWA-US"
        if self.name == "month":
            return "2026-10"
        if issubclass(self.kind, date):
            return "2026-10-31"
        if issubclass(self.kind, StrEnum):
            return next(iter(self.kind))
        return "1"


class Route(Struct, frozen=True):
    """One operation at its address; `{}` in the address is where a record's id goes."""

    method: str
    address: str
    mounted: Mounted
    path_names: tuple[str, ...]
    query: tuple[Query, ...]
    takes_body: bool

    def __str__(self) -> str:
        return f"{self.method} {self.address}"

    @property
    def scope(self) -> str:
        """The scope that the operation asks for."""
        return self.mounted.operation.scope

    @property
    def good_body(self) -> bytes | None:
        """A body that the operation takes."""
        return GOOD[str(self)] if self.takes_body else None

    @property
    def promised(self) -> type[Struct]:
        """The type that the body becomes."""
        found: type[Struct] = get_args(self.mounted.handler.fn.__annotations__["data"])[0]
        return found

    @property
    def needs_key(self) -> bool:
        """Whether the command comes under an Idempotency-Key."""
        return self.mounted.operation.idempotency_key

    def at(self, record_id: str = "P-0", query: str | None = None) -> str:
        """Return the address of a record, with good values of what must be asked unless told.

        Of an id in parts, each part goes where one belongs.
        """
        if query is None:
            asked = [f"{each.name}={each.good}" for each in self.query if each.required]
            query = "&".join(asked)
        parts = record_id.split("/") if len(self.path_names) > 1 else [record_id]
        each = cycle(parts)
        path = re.sub(r"\{[a-z_]+\}", lambda _: next(each), self.address)
        return f"{path}?{query}" if query else path


def _routes() -> list[Route]:
    return [
        _route(mounted, path)
        for module in APIS
        for mounted in read_api(module).operations
        for path in sorted(mounted.handler.paths)
    ]


def _route(mounted: Mounted, path: str) -> Route:
    signature = inspect.signature(mounted.handler.fn)
    address = mounted.policy.path + re.sub(r":[a-z]+\}", "}", path)
    [method] = mounted.handler.http_methods
    return Route(
        method=method,
        address=address.rstrip("/"),
        mounted=mounted,
        path_names=tuple(re.findall(r"\{([a-z_]+)\}", address)),
        query=tuple(
            Query(name, _kind(one.annotation), one.default is inspect.Parameter.empty)
            for name, one in signature.parameters.items()
            if _is(one.annotation, QueryParameter)
        ),
        takes_body=any(_is(o.annotation, BodyKwarg) for o in signature.parameters.values()),
    )


def _is(annotation: object, marker: type) -> bool:
    if get_origin(annotation) is not Annotated:
        return False
    return any(isinstance(said, marker) for said in get_args(annotation)[1:])


def _kind(annotation: object) -> type:
    promised = get_args(annotation)[0]
    kinds = [one for one in (*get_args(promised), promised) if isinstance(one, type)]
    return kinds[0]


ROUTES: list[Route] = _routes()
WITH_BODY = [each for each in ROUTES if each.takes_body]
WITH_ID = [each for each in ROUTES if each.path_names]
WITH_KEY = [each for each in ROUTES if each.needs_key]
