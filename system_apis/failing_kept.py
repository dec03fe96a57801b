"""What fails, kept across restarts: written by a round of its own and never by a request.

The round is gone at once when something fails of which nothing is kept yet, or in a way that is
not kept of it; whatever else changed waits for its turn.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec
from sqlalchemy import Column, Connection, String, Table, Text, delete, insert, select

from store.columns import Instant
from store.database import Store, metadata
from system_apis.errors import FailureKind
from system_apis.failing import Failing, Failures, Place

failing_operations = Table(
    "failing_operations",
    metadata,
    Column("instance", String, primary_key=True),
    Column("api", String, primary_key=True),
    Column("operation", String, primary_key=True),
    Column("failing", Text, nullable=False),
    Column("answered_at", Instant),
)
Known = dict[Place, tuple[Failing, datetime | None]]


class KeptFailures:
    """Keeps what one process knows of failures, for the one that follows it."""

    def __init__(self, store: Store, failures: Failures) -> None:
        self._store, self.failures = store, failures
        self._kept: Known = {}

    def when_new(self, sooner: Callable[[], None]) -> None:
        """Ask for a round at once when something new fails from now on."""

        def hear(place: Place, ways: Mapping[FailureKind, int]) -> None:
            kept = self._kept.get(place)
            if kept is None or not ways.keys() <= kept[0].ways.keys():
                sooner()

        self.failures.listen(hear)

    async def recall(self) -> None:
        """Know again what the process before knew; what nobody called since then is forgotten."""
        rows = await self._store.read(
            lambda connection: connection.execute(select(failing_operations)).all()
        )
        for row in rows:
            failing = msgspec.json.decode(row.failing, type=Failing)
            self._kept[failing.place] = failing, row.answered_at
            self.failures.know(failing, row.answered_at)

    async def keep(self) -> None:
        """Write down what changed since the last time, in one piece; nothing if nothing did."""
        now: Known = {
            each.place: (each, self.failures.answered_at(each.place.instance))
            for each in self.failures.noted()
        }
        changed = {place: known for place, known in now.items() if self._kept.get(place) != known}
        gone = self._kept.keys() - now.keys()
        if not changed and not gone:
            return

        def work(connection: Connection) -> None:
            for place in (*gone, *changed):
                connection.execute(
                    delete(failing_operations).where(
                        failing_operations.c.instance == place.instance,
                        failing_operations.c.api == place.api,
                        failing_operations.c.operation == place.operation,
                    )
                )
            if changed:
                connection.execute(
                    insert(failing_operations), [_row(*each) for each in changed.values()]
                )

        await self._store.write(work)
        self._kept = now


def _row(failing: Failing, answered_at: datetime | None) -> dict[str, object]:
    place = failing.place
    return {
        "instance": place.instance,
        "api": place.api,
        "operation": place.operation,
        "failing": msgspec.json.encode(failing).decode(),
        "answered_at": answered_at,
    }
