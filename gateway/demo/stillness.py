"""Whether anything moves still: counted in the gateway's rounds, however long one takes."""

import re
from collections.abc import Awaitable, Callable

HEARTBEAT = re.compile(
    r'^strata_worker_heartbeat_timestamp_seconds\{worker="(answers|rounds)"\} (\S+)$', re.MULTILINE
)
ENDED = re.compile(r"^strata_process_duration_seconds_count\S+ \S+$", re.MULTILINE)
QUIET_ROUNDS = 3
STUCK_ROUNDS = 8


class Stillness:
    """Counts the rounds that the gateway went since a process came to its end or a person acted.

    `metrics` reads what the gateway tells at `/metrics`.
    """

    def __init__(self, metrics: Callable[[], Awaitable[str]]) -> None:
        self._metrics = metrics
        self._heartbeats: dict[str, str] = {}
        self._ended: list[str] = []
        self.wake()

    @property
    def is_quiet(self) -> bool:
        """Whether nothing moved for a while."""
        return min(self._gone.values()) >= QUIET_ROUNDS

    @property
    def is_stuck(self) -> bool:
        """Whether nothing moved for so long that what waits will go on waiting."""
        return min(self._gone.values()) >= STUCK_ROUNDS

    def wake(self) -> None:
        """Count from now on: something is still moving."""
        self._gone = {"answers": 0, "rounds": 0}

    async def look(self) -> bool:
        """Say whether a process came to its end since the last look, and count the rounds."""
        told = await self._metrics()
        ended = ENDED.findall(told)
        moved, self._ended = ended != self._ended, ended
        if moved:
            self.wake()
        for name, beat in HEARTBEAT.findall(told):
            if beat != self._heartbeats.get(name):
                self._gone[name] += 1
            self._heartbeats[name] = beat
        return moved
