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
        self._remedies = {"process": "send work to another, or wait for the next start"}
        self._told_only: set[str] = set()
        self._patience = patience_seconds
        self._stopping = self._was_ready = self._held_back = False

    def add(self, name: str, check: Check, *, remedy: str) -> None:
        """Ask a check, by a name of ours, whenever readiness is asked for."""
        self._checks[name], self._remedies[name] = check, remedy

    def tell(self, name: str, check: Check, *, remedy: str) -> None:
        """Say what a check says, and take work nevertheless: others can still be served."""
        self._told_only.add(name)
        self.add(name, check, remedy=remedy)

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
        self._held_back = not ready
        return Readiness(ready, checks, self.state(), [self._why(n, checks[n]) for n in held])

    def state(self) -> State:
        """Return where the process is, by what the checks said when they were asked last."""
        if self._stopping:
            return State.DRAINING
        if not self._was_ready:
            return State.STARTING
        return State.UNREADY if self._held_back else State.READY

    def _why(self, name: str, said: str) -> str:
        aside = ", and work is taken nevertheless" if name in self._told_only else ""
        return f"{name} is {said}{aside}: {self._remedies[name]}"

    async def _state(self, check: Check) -> str:
        try:
            async with asyncio.timeout(self._patience):
                return "ok" if await check() else "failing"
        except TimeoutError:
            return "slow"
