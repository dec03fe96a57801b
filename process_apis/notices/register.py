"""The register of notices: each written down once, and sent in one bundle."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace
from sqlalchemy import (
    Column,
    Connection,
    Index,
    LargeBinary,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

from governance.access import Caller
from governance.audit import Audit, AuditEntry
from governance.once import once
from process_apis.errors import NoSuchRecord
from process_apis.notices.records import Bundle, BundleState, Notice, PreferenceDraft
from store.columns import Instant
from store.database import Store, metadata

notices = Table(
    "notices",
    metadata,
    Column("id", String, primary_key=True),
    Column("occasion", String, nullable=False),
    Column("person", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("bundle_id", String),
    Column("record", LargeBinary, nullable=False),
    Index("notices_by_bundle", "bundle_id", "due_at"),
    Index("notices_by_occasion", "occasion", "person"),
)
bundles = Table(
    "notice_bundles",
    metadata,
    Column("id", String, primary_key=True),
    Column("person", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("state", String, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index("notice_bundles_by_person", "person", "made_at"),
    Index("notice_bundles_by_state", "state"),
)
preferences = Table(
    "notice_preferences",
    metadata,
    Column("person", String, primary_key=True),
    Column("record", LargeBinary, nullable=False),
)
# What nobody is told any more, since it was answered before.
MOOT = "moot"


class NoticeRegister:
    """Strata's own record of who was told what."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit

    async def note(self, told: Sequence[Notice]) -> None:
        """Write down what is to be told; what a person hears of already is not told again.

        What waits to be told of the same subject is told no more: the later notice says all.
        """

        def work(connection: Connection) -> None:
            for each in told:
                query = select(notices.c.id).where(
                    notices.c.occasion == each.occasion, notices.c.person == each.person
                )
                if connection.execute(query).first() is None:
                    _supersede(connection, each)
                    connection.execute(insert(notices).values(**_row(each)))

        if told:
            await self._store.write(work)

    async def waiting(self, until: datetime) -> list[Notice]:
        """Return what is due and not sent yet, the first due first."""
        query = (
            select(notices.c.record)
            .where(notices.c.bundle_id.is_(None), notices.c.due_at <= until)
            .order_by(notices.c.due_at, notices.c.id)
        )
        return await self._store.read(
            lambda connection: [
                msgspec.json.decode(each, type=Notice) for each in connection.scalars(query)
            ]
        )

    async def last_made(self, person: str, channel: str) -> datetime | None:
        """Return when somebody was last sent a message by a channel."""
        query = select(func.max(bundles.c.made_at)).where(
            bundles.c.person == person, bundles.c.channel == channel
        )
        return await self._store.read(lambda connection: connection.scalars(query).first())

    async def drop(self, moot: Sequence[Notice]) -> None:
        """Write down that some notices are not sent, since there is nothing to do any more."""

        def work(connection: Connection) -> None:
            for each in moot:
                _put_in(connection, each, MOOT)

        if moot:
            await self._store.write(work)

    async def bundle(self, made: Bundle, told: Sequence[Notice]) -> None:
        """Write a message down, with the notices that are in it; made again, it is the same."""

        def work(connection: Connection) -> None:
            if _find(connection, made.id) is None:
                connection.execute(insert(bundles).values(**_bundle_row(made)))
                for each in told:
                    _put_in(connection, each, made.id)

        await self._store.write(work)

    async def ready(self) -> list[Bundle]:
        """Return the messages that no channel has taken yet."""
        query = select(bundles.c.record).where(bundles.c.state == BundleState.READY)
        return await self._store.read(lambda connection: _bundles(connection.scalars(query).all()))

    async def get(self, bundle_id: str) -> Bundle:
        """Return one message, or raise `NoSuchRecord`."""
        found = await self._store.read(lambda connection: _find(connection, bundle_id))
        if found is None:
            raise NoSuchRecord(f"there is no message {bundle_id}")
        return found

    async def sent(self, bundle_id: str, *, at: datetime) -> Bundle:
        """Write down that a channel took a message; said again, it stays as it was said first."""

        def work(connection: Connection) -> Bundle:
            found = _find(connection, bundle_id)
            if found is None:
                raise NoSuchRecord(f"there is no message {bundle_id}")
            if found.state is BundleState.SENT:
                return found
            sent = replace(found, state=BundleState.SENT, sent_at=at)
            where = bundles.c.id == bundle_id
            connection.execute(update(bundles).where(where).values(**_bundle_row(sent)))
            return sent

        return await self._store.write(work)

    async def of(self, person: str, *, most: int) -> list[Bundle]:
        """Return what a person was sent last, the newest first."""
        query = (
            select(bundles.c.record)
            .where(bundles.c.person == person, bundles.c.state == BundleState.SENT)
            .order_by(bundles.c.made_at.desc(), bundles.c.id)
            .limit(most)
        )
        return await self._store.read(lambda connection: _bundles(connection.scalars(query).all()))

    async def preference(self, person: str) -> PreferenceDraft:
        """Return how somebody said that they want to hear of things."""
        query = select(preferences.c.record).where(preferences.c.person == person)
        found = await self._store.read(lambda connection: connection.scalars(query).first())
        return msgspec.json.decode(found, type=PreferenceDraft) if found else PreferenceDraft()

    async def prefer(self, draft: PreferenceDraft, *, by: Caller) -> PreferenceDraft:
        """Write down how the caller wants to hear of things, and nobody else."""

        def work(connection: Connection) -> PreferenceDraft:
            mine = preferences.c.person == by.subject
            connection.execute(delete(preferences).where(mine))
            row = {"person": by.subject, "record": msgspec.json.encode(draft)}
            connection.execute(insert(preferences).values(**row))
            self._audit.append(connection, AuditEntry.by(by, "notices.preferred", by.subject))
            return draft

        return await self._store.write(once(PreferenceDraft, work))


def _row(notice: Notice) -> dict[str, object]:
    return {
        "id": notice.id,
        "occasion": notice.occasion,
        "person": notice.person,
        "channel": notice.channel,
        "due_at": notice.due_at,
        "record": msgspec.json.encode(notice),
    }


def _bundle_row(made: Bundle) -> dict[str, object]:
    return {
        "id": made.id,
        "person": made.person,
        "channel": made.channel,
        "state": made.state,
        "made_at": made.made_at,
        "record": msgspec.json.encode(made),
    }


def _supersede(connection: Connection, by: Notice) -> None:
    """Drop what a person was to hear of a subject, and has not, before a later notice of it."""
    query = select(notices.c.record).where(
        notices.c.bundle_id.is_(None), notices.c.person == by.person
    )
    waiting = [msgspec.json.decode(each, type=Notice) for each in connection.scalars(query)]
    for each in waiting:
        if each.subject == by.subject:
            _put_in(connection, each, MOOT)


def _put_in(connection: Connection, notice: Notice, bundle_id: str) -> None:
    where = notices.c.id == notice.id
    connection.execute(update(notices).where(where).values(bundle_id=bundle_id))


def _find(connection: Connection, bundle_id: str) -> Bundle | None:
    query = select(bundles.c.record).where(bundles.c.id == bundle_id)
    found = connection.scalars(query).first()
    return msgspec.json.decode(found, type=Bundle) if found else None


def _bundles(rows: Sequence[bytes]) -> list[Bundle]:
    return [msgspec.json.decode(each, type=Bundle) for each in rows]
