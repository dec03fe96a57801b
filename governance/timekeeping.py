"""Setting the business clock: by an operator, in the sandbox profile, and in the audit."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from sqlalchemy import Column, Connection, Integer, Table, insert, select, update

from governance.access import Forbidden, current_caller
from governance.audit import Audit, AuditEntry
from governance.once import once
from store.clock import BusinessClock
from store.columns import Instant
from store.database import Store, metadata

business_time = Table(
    "business_time",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("business", Instant, nullable=False),
    Column("wall", Instant, nullable=False),
)
Follower = Callable[[datetime], Awaitable[None]]


class Timekeeper:
    """Keeps the business time across restarts, and tells whoever lives by the same clock."""

    def __init__(
        self,
        clock: BusinessClock,
        store: Store,
        audit: Audit,
        wall: Callable[[], datetime],
        *,
        settable: bool,
    ) -> None:
        self._clock, self._store, self._audit, self._wall = clock, store, audit, wall
        self._settable = settable
        self._followers: list[Follower] = []

    def follow(self, followers: Sequence[Follower]) -> None:
        """Tell these whenever the time is set."""
        self._followers = list(followers)

    def now(self) -> datetime:
        """Return the business time."""
        return self._clock.now()

    async def resume(self, *, beginning: datetime | None = None) -> None:
        """Go on from the time that was set before a restart, or from a story's beginning."""

        def query(connection: Connection) -> tuple[datetime, datetime] | None:
            row = connection.execute(select(business_time)).first()
            return (row.business, row.wall) if row else None

        found = await self._store.read(query)
        if found:
            business, wall = found
            await self._announce(business + (self._wall() - wall))
        elif beginning:
            await self._begin(beginning)

    async def set(self, moment: datetime) -> datetime:
        """Let it be this moment now, for every due date; raise `Forbidden` outside the sandbox."""
        if not self._settable:
            raise Forbidden("the business clock is the wall clock in this profile")
        entry = AuditEntry.by(
            current_caller(), "clock.set", "business clock", reason=moment.isoformat()
        )
        await self._write(moment, entry)
        await self.resume()  # from what stands: told again, what was set since is left alone
        return self.now()

    async def _begin(self, moment: datetime) -> None:
        entry = AuditEntry(
            actor="strata",
            client_id="strata",
            action="clock.begun",
            subject="business clock",
            reason=moment.isoformat(),
        )
        await self._write(moment, entry)
        await self._announce(moment)

    async def _write(self, moment: datetime, entry: AuditEntry) -> None:
        def work(connection: Connection) -> datetime:
            self._keep(connection, moment)
            self._audit.append(connection, entry)
            return moment

        await self._store.write(once(datetime, work))

    def _keep(self, connection: Connection, moment: datetime) -> None:
        values = {"business": moment, "wall": self._wall()}
        changed = connection.execute(update(business_time).values(**values))
        if not changed.rowcount:
            connection.execute(insert(business_time).values(id=1, **values))

    async def _announce(self, moment: datetime) -> None:
        self._clock.set(moment)
        for follower in self._followers:
            await follower(moment)
