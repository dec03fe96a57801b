"""The gate in front of one system: so many calls at once, by lane, and nobody waits forever."""

import asyncio
from collections import deque
from itertools import count

from governance.lanes import LANES, Lane

_Waiting = asyncio.Future[None]
FAIR_TURN = 4


class Gate:
    """Lets the first lane's oldest call in first; every fourth turn is the oldest call's of all."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._queues: dict[Lane, deque[tuple[int, _Waiting]]] = {lane: deque() for lane in LANES}
        self._tickets, self._turns = count(), 0

    async def enter(self, lane: Lane) -> None:
        """Wait for a place; who gives up while waiting takes none."""
        if self._free and not any(self._queues.values()):
            self._free -= 1
            return
        waiting: _Waiting = asyncio.get_running_loop().create_future()
        entry = (next(self._tickets), waiting)
        self._queues[lane].append(entry)
        try:
            await waiting
        except asyncio.CancelledError:
            if not waiting.cancelled():
                self.leave()
            elif entry in self._queues[lane]:
                self._queues[lane].remove(entry)
            raise

    def leave(self) -> None:
        """Hand the place on to one who still waits, or keep it free."""
        while lanes := [lane for lane in LANES if self._queues[lane]]:
            oldest = min(lanes, key=lambda lane: self._queues[lane][0][0])
            is_fair_turn = (self._turns + 1) % FAIR_TURN == 0
            _, waiting = self._queues[oldest if is_fair_turn else lanes[0]].popleft()
            if not waiting.done():
                self._turns += 1
                waiting.set_result(None)
                return
        self._free += 1
