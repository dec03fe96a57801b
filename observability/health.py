"""Whether this process should be given work: named checks, and off when it is stopping."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum

from msgspec import Struct

Check = Callable[[], Awaitable[bool]]


class State(StrEnum):
    """Where a process is: on its way to its first work, ready, held back, or on its way out."""

    STARTING = "starting"
    READY = "ready"
    UNREADY = "unready"
    DRAINING = "draining"


class Readiness(Struct, frozen=True):
    """Whether work may come, and what says otherwise, check by check and in words."""

    ready: bool
    checks: dict[str, str]
    state: State
    reasons: list[str]


class Health:
    """The checks of one process. A check answers whether its dependency works."""

    def __init__(self, patience_seconds: float = 1.0) -> None:
        self._checks: dict[str, Check] = {}
        self._told_only: set[str] = set()
        self._patience = patience_seconds
        self._stopping = self._was_ready = False

    def add(self, name: str, check: Check) -> None:
        """Ask a check, by a name of ours, whenever readiness is asked for."""
        self._checks[name] = check

    def tell(self, name: str, check: Check) -> None:
        """Say what a check says, and take work nevertheless: others can still be served."""
        self._told_only.add(name)
        self.add(name, check)

    def stop(self) -> None:
        """Be unready from now on, so that no new work is sent here."""
        self._stopping = True

    async def readiness(self) -> Readiness:
        """Return what every check says; one that is slow or broken says no."""
        states = await asyncio.gather(*(self._state(check) for check in self._checks.values()))
        checks = dict(zip(self._checks, states, strict=True))
        if self._stopping:
            checks["process"] = "stopping"
        held = [name for name, said in checks.items() if said != "ok"]
        ready = not set(held) - self._told_only
        self._was_ready |= ready
        reasons = [f"{name} is {checks[name]}{self._aside(name)}" for name in held]
        return Readiness(ready, checks, self.state(ready=ready), reasons)

    def state(self, *, ready: bool = True) -> State:
        """Return where the process is, by what the checks said last unless they are told."""
        if self._stopping:
            return State.DRAINING
        if not self._was_ready:
            return State.STARTING
        return State.READY if ready else State.UNREADY

    def _aside(self, name: str) -> str:
        return ", and work is taken nevertheless" if name in self._told_only else ""

    async def _state(self, check: Check) -> str:
        try:
            async with asyncio.timeout(self._patience):
                return "ok" if await check() else "failing"
        except TimeoutError:
            return "slow"
