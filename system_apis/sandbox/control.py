"""The operator's side of the sandbox, under `/_sandbox`: its clock, faults, periods and truth."""

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from typing import TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct

from system_apis.sandbox.business_time import SandboxClock
from system_apis.sandbox.erp.api import SandboxErp
from system_apis.sandbox.exchange import SandboxSystem
from system_apis.sandbox.faults import FaultPlan, Faults
from system_apis.sandbox.metering import CallMeter
from system_apis.sandbox.telling import Telling, TellingSetting
from system_apis.sandbox.wire import JSON

T = TypeVar("T")
Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Health(Struct, frozen=True):
    """Which run of the sandbox this is, and what it serves."""

    run_id: str
    instances: list[str]
    now: datetime


class ClockSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """The business time."""

    now: datetime

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("a moment needs its offset")


class PeriodSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a month (any day of it) of a company's books is open."""

    instance: str
    legal_entity: str
    month: date
    open: bool


class QuotaSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """How many calls a day a system answers, if its product counts them."""

    instance: str
    calls_per_day: int


class Tellers(Struct, frozen=True):
    """Which systems tell of their changes from now on."""

    instances: list[str]


class Ledger(Struct, frozen=True):
    """Every record of every system as it keeps them, for a checker to compare with."""

    instances: dict[str, dict[str, list[msgspec.Raw]]]


class Digest(Struct, frozen=True):
    """A hash of every record of every system."""

    digest: str


class Control:
    """The addresses of the operator's side."""

    def __init__(
        self,
        systems: dict[str, SandboxSystem],
        clock: SandboxClock,
        faults: Faults,
        meters: Mapping[str, CallMeter],
        telling: Telling,
        *,
        run_id: str,
        secret: str,
    ) -> None:
        self._systems = systems
        self._clock = clock
        self._faults = faults
        self._meters = meters
        self._telling = telling
        self._run_id = run_id
        self._secret = secret

    def routes(self) -> list[web.RouteDef]:
        """Return the addresses; all but `health` ask for the secret."""
        guarded = self._guarded
        return [
            web.get("/_sandbox/health", self._health),
            web.get("/_sandbox/clock", guarded(self._clock_now)),
            web.put("/_sandbox/clock", guarded(self._set_clock)),
            web.get("/_sandbox/faults", guarded(self._fired)),
            web.put("/_sandbox/faults", guarded(self._set_faults)),
            web.put("/_sandbox/quotas", guarded(self._set_quota)),
            web.put("/_sandbox/periods", guarded(self._set_period)),
            web.put("/_sandbox/webhooks", guarded(self._set_telling)),
            web.get("/_sandbox/ledger", guarded(self._ledger)),
            web.get("/_sandbox/digest", guarded(self._digest)),
        ]

    def _guarded(self, answer: Answering) -> Answering:
        async def ask(request: web.Request) -> web.StreamResponse:
            given = request.headers.get("Authorization", "")
            if not secrets.compare_digest(given.encode(), f"Bearer {self._secret}".encode()):
                raise web.HTTPUnauthorized
            return await answer(request)

        return ask

    async def _health(self, _: web.Request) -> web.StreamResponse:
        return _json(Health(self._run_id, list(self._systems), self._clock.now()))

    async def _clock_now(self, _: web.Request) -> web.StreamResponse:
        return _json(ClockSetting(self._clock.now()))

    async def _set_clock(self, request: web.Request) -> web.StreamResponse:
        self._clock.set((await _read(request, ClockSetting)).now)
        return _json(ClockSetting(self._clock.now()))

    async def _fired(self, _: web.Request) -> web.StreamResponse:
        return _json(self._faults.report())

    async def _set_faults(self, request: web.Request) -> web.StreamResponse:
        self._faults.set(await _read(request, FaultPlan))
        return _json(self._faults.report())

    async def _set_quota(self, request: web.Request) -> web.StreamResponse:
        wish = await _read(request, QuotaSetting)
        meter = self._meters.get(wish.instance)
        if meter is None:
            raise web.HTTPNotFound
        meter.most = wish.calls_per_day
        return _json(wish)

    async def _set_period(self, request: web.Request) -> web.StreamResponse:
        wish = await _read(request, PeriodSetting)
        erp = self._systems.get(wish.instance)
        if not isinstance(erp, SandboxErp):
            raise web.HTTPNotFound
        erp.periods.set(wish.legal_entity, wish.month, closed=not wish.open, now=self._clock.now())
        return _json(wish)

    async def _set_telling(self, request: web.Request) -> web.StreamResponse:
        return _json(Tellers(self._telling.set(await _read(request, TellingSetting))))

    async def _ledger(self, _: web.Request) -> web.StreamResponse:
        return _json(Ledger({name: self._all(each) for name, each in self._systems.items()}))

    async def _digest(self, _: web.Request) -> web.StreamResponse:
        summed = hashlib.sha256()
        for name, system in sorted(self._systems.items()):
            system.books.reveal(self._clock.now())
            summed.update(f"{name}:{system.books.digest()}\n".encode())
        return _json(Digest(summed.hexdigest()))

    def _all(self, system: SandboxSystem) -> dict[str, list[msgspec.Raw]]:
        system.books.reveal(self._clock.now())
        return system.books.everything()


async def _read(request: web.Request, into: type[T]) -> T:
    try:
        return msgspec.json.decode(await request.read(), type=into, strict=False)
    except msgspec.MsgspecError as error:
        raise web.HTTPBadRequest(text=str(error)) from error


def _json(reply: Struct) -> web.Response:
    return web.Response(body=msgspec.json.encode(reply), content_type=JSON)
