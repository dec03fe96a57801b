"""Whether this process should be given work: named checks, and off when it is stopping."""

import asyncio
from collections.abc import Awaitable, Callable

from msgspec import Struct

Check = Callable[[], Awaitable[bool]]


class Readiness(Struct, frozen=True):
    """Whether work may come, and which check says otherwise."""

    ready: bool
    checks: dict[str, str]


class Health:
    """The checks of one process. A check answers whether its dependency works."""

    def __init__(self, patience_seconds: float = 1.0) -> None:
        self._checks: dict[str, Check] = {}
        self._told_only: set[str] = set()
        self._patience = patience_seconds
        self._stopping = False

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
        ready = all(state == "ok" or name in self._told_only for name, state in checks.items())
        return Readiness(ready, checks)

    async def _state(self, check: Check) -> str:
        try:
            async with asyncio.timeout(self._patience):
                return "ok" if await check() else "failing"
        except TimeoutError:
            return "slow"
