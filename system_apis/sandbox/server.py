"""The sandbox firm as one HTTP server on the loopback: each system under its own first segment."""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import msgspec
from aiohttp import web
from msgspec import Struct

from store.clock import wall_clock
from system_apis.sandbox.business_time import SandboxClock
from system_apis.sandbox.control import Answering, Control
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route, SandboxSystem
from system_apis.sandbox.faults import FaultPlan, Faults
from system_apis.sandbox.firm import load_firm
from system_apis.sandbox.instances import open_systems
from system_apis.sandbox.metering import CallMeter, meters_of
from system_apis.sandbox.telling import Telling
from system_apis.sandbox.wire import Play, shown

_LARGEST_BODY = 8 * 1024 * 1024


class SandboxAddress(Struct, frozen=True):
    """Where a running sandbox is, and the secret of its operator's side."""

    base_url: str
    control_secret: str
    instances: tuple[str, ...]
    run_id: str

    def of(self, instance: str) -> str:
        """Return the address of one system."""
        return f"{self.base_url}/{instance}"


async def serve(
    firm_dir: Path,
    data_dir: Path,
    port: int,
    *,
    seed: int | None = None,
    secret: str | None = None,
    begins: datetime | None = None,
) -> None:
    """Serve until cancelled; one line of JSON on stdout says where, once it answers."""
    async with running_sandbox(
        firm_dir, data_dir, port, seed=seed, secret=secret, begins=begins
    ) as address:
        sys.stdout.buffer.write(msgspec.json.encode(address) + b"\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


@asynccontextmanager
async def running_sandbox(
    firm_dir: Path,
    data_dir: Path,
    port: int = 0,
    *,
    seed: int | None = None,
    secret: str | None = None,
    begins: datetime | None = None,
) -> AsyncIterator[SandboxAddress]:
    """Serve the firm of a directory from a data directory for as long as the block runs.

    A data directory that is new begins at the moment `begins`: what arrives later is not to
    be seen, and what was seen once stays, even if the clock is set back.
    """
    systems, clock = _open(firm_dir, data_dir, begins)
    faults = Faults(FaultPlan(seed=seed or 0))
    word = secret or secrets.token_urlsafe(32)
    run_id = secrets.token_hex(8)
    meters = meters_of(systems)
    telling = Telling(systems, clock)
    control = Control(systems, clock, faults, meters, telling, run_id=run_id, secret=word)
    runner = web.AppRunner(
        _app(systems, clock, faults, meters, control),
        access_log=None,
        shutdown_timeout=0.1,
    )
    await runner.setup()
    told = asyncio.create_task(telling.run())
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        found = runner.addresses[0][1]
        yield SandboxAddress(f"http://127.0.0.1:{found}", word, tuple(systems), run_id)
    finally:
        told.cancel()
        await asyncio.wait([told])
        await runner.cleanup()
        for system in systems.values():
            system.books.close()


def _open(
    firm_dir: Path, data_dir: Path, begins: datetime | None
) -> tuple[dict[str, SandboxSystem], SandboxClock]:
    data_dir.mkdir(parents=True, exist_ok=True)
    return open_systems(load_firm(firm_dir), data_dir), SandboxClock(
        data_dir / "clock.json", begins
    )


def _app(
    systems: dict[str, SandboxSystem],
    clock: SandboxClock,
    faults: Faults,
    meters: Mapping[str, CallMeter],
    control: Control,
) -> web.Application:
    app = web.Application(client_max_size=_LARGEST_BODY)
    app.add_routes(control.routes())
    for name, system in systems.items():
        for route in system.routes():
            face = _face(name, system, route, clock, faults)
            if meter := meters.get(name):
                face = _metered(face, system, meter)
            app.router.add_route(route.method, f"/{name}{route.path}", face)
    return app


def _face(
    instance: str, system: SandboxSystem, route: Route, clock: SandboxClock, faults: Faults
) -> Answering:
    """Return what answers one address over HTTP, well or not."""

    async def face(request: web.Request) -> web.StreamResponse:
        body = await request.read()

        def run(half: bool) -> Answer:
            call = Call(
                path=request.match_info,
                query=request.query,
                body=body,
                now=clock.now(),
                half=half,
            )
            return _done(system, route, call)

        line = f"{request.method} {request.path.removeprefix(f'/{instance}')}"
        kind = faults.choose(instance, route.name, line)
        if kind is None:
            return shown(run(False))
        return await Play(request, faults.plan, system, run).play(kind)

    return face


def _metered(inner: Answering, system: SandboxSystem, meter: CallMeter) -> Answering:
    """Return what answers within a quota, and says with every answer how much of it is used."""

    async def face(request: web.Request) -> web.StreamResponse:
        refusal = meter.spend(wall_clock())
        if refusal is not None:
            refused = shown(Answer(body=system.refusal(refusal), status=refusal.status))
            refused.headers.update(meter.told())
            return refused
        answer = await inner(request)
        if not answer.prepared:
            answer.headers.update(meter.told())
        return answer

    return face


def _done(system: SandboxSystem, route: Route, call: Call) -> Answer:
    """Let a system do its work in one transaction; a refusal leaves nothing behind."""
    system.books.reveal(call.now)
    try:
        with system.books.unit_of_work():
            return route.answer(call)
    except Refusal as refusal:
        return Answer(body=system.refusal(refusal), status=refusal.status)
