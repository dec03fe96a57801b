"""The lifecycle of every API version: what its policy declares, or an operator put in its place.

A change is a row under the version's address and a revision, never altered: putting an earlier
lifecycle back is one more change. Every process reads them anew every few seconds.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    LargeBinary,
    String,
    Table,
    func,
    insert,
    select,
)
from sqlalchemy.engine import Row

from governance.access import current_caller
from governance.audit import Audit, AuditEntry
from governance.once import once
from governance.policy import ApiPolicy, Lifecycle
from governance.stages import Standing, flaws_of, standing_of
from store.columns import Instant
from store.database import Store, metadata

_GOVERNANCE = "/governance/"

lifecycle_changes = Table(
    "lifecycle_changes",
    metadata,
    Column("api", String, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("changed_at", Instant, nullable=False),
    Column("actor", String, nullable=False),
    Column("client_id", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("lifecycle", LargeBinary, nullable=False),
)


class NoSuchVersion(LookupError):
    """No API version is mounted at this address."""


class Outdated(Exception):
    """The lifecycle has changed since it was read."""


class Unread(Exception):
    """A change does not say which revision it was decided on."""


class Change(Struct, frozen=True, kw_only=True):
    """One change: the lifecycle that was put, or none where the declared one was put back."""

    revision: int
    lifecycle: Lifecycle | None
    reason: str
    actor: str
    client_id: str
    changed_at: datetime


class Wish(Struct, frozen=True):
    """The lifecycle that an operator wants, the declared one if none is named, and why."""

    lifecycle: Lifecycle | None
    reason: str


class Version:
    """One API version; `standing` is right until its own `until`."""

    __slots__ = ("declared", "lifecycle", "path", "revision", "standing")

    def __init__(self, policy: ApiPolicy, now: datetime) -> None:
        self.path, self.declared = policy.path, policy.lifecycle
        self.live_by(None, 0, now)

    def live_by(self, lifecycle: Lifecycle | None, revision: int, now: datetime) -> None:
        """Take a lifecycle in place of the declared one, or that one again."""
        self.lifecycle, self.revision = lifecycle or self.declared, revision
        self.standing: Standing = standing_of(self.path, self.lifecycle, now)

    def at(self, now: datetime) -> Standing:
        """Return where the version stands now; it is worked out only when a date has passed."""
        until = self.standing.until
        if until is not None and now >= until:
            self.standing = standing_of(self.path, self.lifecycle, now)
        return self.standing


class Lifecycles:
    """The versions that are mounted, and what was changed about them."""

    def __init__(self, store: Store, audit: Audit, wall: Callable[[], datetime]) -> None:
        self._store, self._audit, self.wall = store, audit, wall
        self._versions: dict[str, Version] = {}
        self._latest: dict[str, Change] = {}
        self._seen = 0

    def of(self, policy: ApiPolicy) -> Version:
        """Return the version of a policy, by whatever was changed about it."""
        if policy.path not in self._versions:
            version = self._versions[policy.path] = Version(policy, self.wall())
            self._apply(version)
        return self._versions[policy.path]

    def version(self, path: str) -> Version:
        """Return the version at an address, or raise `NoSuchVersion`."""
        if path not in self._versions:
            raise NoSuchVersion(path)
        return self._versions[path]

    def stands(self, path: str) -> Standing:
        """Return where the version at an address stands now, or raise `NoSuchVersion`."""
        return self.version(path).at(self.wall())

    async def refresh(self) -> None:
        """Take over what any process has changed since the last time."""
        found = await self._store.read(lambda connection: _since(connection, self._seen))
        if found is not None:
            self._seen, self._latest = found
            for version in self._versions.values():
                self._apply(version)

    async def history(self, path: str) -> list[Change]:
        """Return the changes of a version, the first of them first."""
        mine = select(lifecycle_changes).where(lifecycle_changes.c.api == path)
        query = mine.order_by(lifecycle_changes.c.revision)
        return await self._store.read(lambda c: [_change(row) for row in c.execute(query)])

    async def change(self, path: str, wish: Wish, *, revision: int) -> Version:
        """Put a lifecycle after the revision that was read, or raise `Outdated`.

        Raises `ValueError` for dates out of order, or a successor that does not stay. The same
        wish of the same person after the same revision, told again, is one change.
        """
        version = self.version(path)
        if wish.lifecycle is not None:
            _check(path, wish.lifecycle, known=self._versions)
        caller, now = current_caller(), self.wall()
        change = Change(
            revision=revision + 1,
            lifecycle=wish.lifecycle,
            reason=wish.reason,
            actor=caller.subject,
            client_id=caller.client_id,
            changed_at=now,
        )
        entry = AuditEntry.by(caller, "lifecycle.change", path, reason=wish.reason)

        def work(connection: Connection) -> Change:
            self._put(connection, path, change, entry)
            return change

        await self._store.write(once(Change, work))
        await self._audit.anchor_if_due()
        await self.refresh()
        return version

    def _put(self, connection: Connection, path: str, change: Change, entry: AuditEntry) -> None:
        last = _last(connection, path)
        if last is not None and _told_again(last, change):
            return
        if change.revision != (last.revision if last else 0) + 1:
            raise Outdated(path)
        values = msgspec.structs.asdict(change)
        values["lifecycle"] = msgspec.json.encode(change.lifecycle)
        connection.execute(insert(lifecycle_changes).values(api=path, **values))
        self._audit.append(connection, entry)

    def _apply(self, version: Version) -> None:
        change = self._latest.get(version.path)
        if change is not None and change.revision != version.revision:
            version.live_by(change.lifecycle, change.revision, self.wall())


def _check(path: str, life: Lifecycle, *, known: Mapping[str, Version]) -> None:
    flaws = [*flaws_of(life), *_flaws_of_successor(path, life.successor, known)]
    if flaws:
        raise ValueError("; ".join(flaws))


def _flaws_of_successor(
    path: str, successor: str | None, known: Mapping[str, Version]
) -> Iterator[str]:
    """Say why a version cannot take another's place; a lifecycle is put back by governance only."""
    if successor is None:
        return
    if successor == path or successor not in known:
        yield f"{successor} is no other version that is mounted"
    elif known[successor].lifecycle.deprecated_on is not None:
        yield f"the successor {successor} is on its way out itself"
    if path.startswith(_GOVERNANCE) and not successor.startswith(_GOVERNANCE):
        yield "governance is followed by another version of itself: nothing else changes this back"


def _since(connection: Connection, seen: int) -> tuple[int, dict[str, Change]] | None:
    """Return how many changes there are and the latest of each version, None if no more came."""
    count = connection.execute(select(func.count()).select_from(lifecycle_changes)).scalar_one()
    if count == seen:
        return None
    rows = connection.execute(select(lifecycle_changes).order_by(lifecycle_changes.c.revision))
    return count, {row.api: _change(row) for row in rows}


def _last(connection: Connection, path: str) -> Change | None:
    mine = select(lifecycle_changes).where(lifecycle_changes.c.api == path)
    row = connection.execute(mine.order_by(lifecycle_changes.c.revision.desc()).limit(1)).first()
    return _change(row) if row else None


def _told_again(last: Change, change: Change) -> bool:
    return msgspec.structs.replace(last, changed_at=change.changed_at) == change


def _change(row: "Row[tuple[object, ...]]") -> Change:
    return Change(
        revision=row.revision,
        lifecycle=msgspec.json.decode(row.lifecycle, type=Lifecycle | None),
        reason=row.reason,
        actor=row.actor,
        client_id=row.client_id,
        changed_at=row.changed_at,
    )
