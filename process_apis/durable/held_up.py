"""The work that waits for a system to come back, as far as this program is at it."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from process_apis.commands import Command
from process_apis.durable.steps import Again


class HeldWork(Struct, frozen=True, kw_only=True):
    """A run whose step is tried again: for which system, how often by now, since when, and why."""

    command: Command
    system: str | None
    step: str
    tried: int
    reason: str
    since: datetime


class HeldUp:
    """Knows which runs wait. A run that was waiting before a restart is known again after it."""

    def __init__(self, wall: Callable[[], datetime]) -> None:
        self._wall = wall
        self._held: dict[str, HeldWork] = {}

    def waits(self, command: Command, step: str, tried: int, again: Again) -> None:
        """Note that a run's step is to be tried again, since the first time that it was."""
        known = self._held.get(command.key)
        self._held[command.key] = HeldWork(
            command=command,
            system=again.system,
            step=step,
            tried=tried,
            reason=again.reason,
            since=known.since if known and known.step == step else self._wall(),
        )

    def goes_on(self, key: str) -> None:
        """Note that a run waits no longer."""
        self._held.pop(key, None)

    def listed(self) -> list[HeldWork]:
        """Return what waits, the work that was accepted first before the rest."""
        return sorted(self._held.values(), key=lambda each: each.command.accepted_at)
