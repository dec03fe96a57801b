"""What may be used once and never again, by whichever process it is used."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Column, Connection, Integer, String, Table, delete, insert
from sqlalchemy.exc import IntegrityError

from store.database import Store, metadata

TABLE = Table(
    "spent_once",
    metadata,
    Column("kind", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("until", Integer, nullable=False, index=True),
)


class SpentOnce:
    """The ids of what was used, each until it would not be taken anyway."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    def spend(self, kind: str, used: str, until: datetime) -> bool:
        """Whether this is the first use of an id of a kind; call it from a thread."""
        now, end = int(self._clock().timestamp()), int(until.timestamp()) + 1

        def work(connection: Connection) -> None:
            connection.execute(delete(TABLE).where(TABLE.c.until <= now))
            connection.execute(insert(TABLE).values(kind=kind, id=used, until=end))

        try:
            self._store.write_waiting(work)
        except IntegrityError:
            return False
        return True
