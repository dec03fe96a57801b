"""Change feeds: what changed in a system becomes business events, each exactly once.

A feed is read from where it was left; the place is committed after the events that follow
from it were accepted, so a crash between the two tells them again, which starts nothing
twice. A record is always read again from its system: a feed only says that it changed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct
from sqlalchemy import Column, Connection, Integer, String, Table, insert, select, update

from governance.access import Caller, acting_as
from governance.lanes import Lane, in_lane
from observability.metrics import Metrics
from process_apis.engine import Engine
from process_apis.events.billing import (
    BillingFallenDue,
    CapRoomChanged,
    PaymentBooked,
    ServiceLevelReported,
)
from process_apis.events.clients import ClientChanged
from process_apis.events.event import Event
from process_apis.events.procurement import BillSeen, OrderSeen
from process_apis.events.seen import InvoiceSeen, ProjectSeen
from process_apis.events.set_up import ContractSigned, OpportunityWon
from process_apis.intake.window import Window
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import EventStatus
from store.columns import Instant
from store.database import Store, metadata
from system_apis.canonical.record import Change, Page
from system_apis.effect_ledger import ours_among
from system_apis.errors import SystemFailure
from system_apis.systems import SystemKind

feed_positions = Table(
    "feed_positions",
    metadata,
    Column("instance", String, primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("read_at", Instant, nullable=False),
)
READINESS = {"contract", "time_entry", "expense_line", "timesheet", "client"}


class Changes(Protocol):
    """Reads a change feed."""

    def __call__(self, *, after: int) -> Awaitable[Page[Change]]:
        """Return what changed after a sequence number."""


class Hearer(Protocol):
    """Hears of what changed, and of the feeds that tell of it: to judge it, or to keep it."""

    def changed(self, instance: str, changes: Sequence[Change]) -> Awaitable[None]:
        """Take in a page of a system's feed, our own records too; an empty one is its end."""

    def read_up(self, instance: str, read_up_at: datetime, now: datetime) -> Awaitable[None]:
        """Take in when a system's feed was read to its end."""


class Feed(Struct, frozen=True):
    """One system instance's change feed, and the legal entities it can concern."""

    instance: str
    changes: Changes
    entities: frozenset[str]


class FeedReader:
    """Reads every feed in turn and starts what follows."""

    def __init__(
        self,
        store: Store,
        engine: Engine,
        billing: BillingLedger,
        feeds: Sequence[Feed],
        clock: Callable[[], datetime],
        metrics: Metrics,
        *hearers: Hearer,
    ) -> None:
        self._hearers = hearers
        self._store, self._engine, self._billing = store, engine, billing
        self._feeds, self._clock, self._metrics = feeds, clock, metrics
        self._read_up_at = {feed.instance: clock() for feed in feeds}
        self._one_at_a_time = {feed.instance: asyncio.Lock() for feed in feeds}
        self._windows = {feed.instance: Window(clock()) for feed in feeds}
        self.waits_since: Mapping[str, datetime] = {}
        name = "process:intake"
        self._identity = Caller(
            subject=name,
            client_id=name,
            scopes=frozenset(f"system:{each}:read" for each in SystemKind),
            entities=frozenset().union(*(feed.entities for feed in feeds)),
        )

    async def read_all(self) -> list[str]:
        """Read what is new in every feed; return the instances that did not answer well."""
        return [feed.instance for feed in self._feeds if await self._read_up(feed) is None]

    async def read(self, instance: str) -> int | None:
        """Read what is new in one feed, and return up to where, or nothing if it does not answer.

        A system without a feed has nothing to tell.
        """
        feed = next((each for each in self._feeds if each.instance == instance), None)
        return await self._read_up(feed) if feed else None

    async def _read_up(self, feed: Feed) -> int | None:
        """Read a feed to its end, by one reader at a time, and tell how far it is behind."""
        place = None
        with acting_as(self._identity), in_lane(Lane.SYNC):
            async with self._one_at_a_time[feed.instance]:
                try:
                    place = await self._read(feed)
                    self._read_up_at[feed.instance] = self._clock()
                except SystemFailure:
                    pass
            now, read_up_at = self._clock(), self._read_up_at[feed.instance]
            for hearer in self._hearers:
                await hearer.read_up(feed.instance, read_up_at, now)
        oldest = min(read_up_at, self.waits_since.get(feed.instance, read_up_at))
        gauge = self._metrics.event_oldest_unprocessed.labels(feed.instance)
        gauge.set((now - oldest).total_seconds())
        return place

    async def _read(self, feed: Feed) -> int:
        position = await self._position(feed.instance)
        window = self._windows[feed.instance]
        place = window.begin(position, self._clock())
        while True:
            page = await feed.changes(after=place)
            if not page.items:
                await self._hand_on(feed, [])
                return position
            if new := window.untold(page.items):
                await self._tell(feed, new)
            place = page.items[-1].sequence
            if place > position:
                position = place
                await self._reached(feed.instance, position)
            window.told(new, position)

    async def _tell(self, feed: Feed, changes: Sequence[Change]) -> None:
        """Start what follows from changes, and have them heard of."""
        by = self._identity.subject
        events = await self._events(feed, changes, await self._ours(feed, changes))
        await asyncio.gather(*(self._engine.start(each, by=by) for each in events))
        await self._hand_on(feed, changes)

    async def _hand_on(self, feed: Feed, changes: Sequence[Change]) -> None:
        for hearer in self._hearers:
            await hearer.changed(feed.instance, changes)

    async def _events(
        self, feed: Feed, changes: Sequence[Change], ours: frozenset[str]
    ) -> Iterable[Event]:
        events = [
            event
            for each in changes
            if each.id not in ours and (event := _told(feed.instance, each)) is not None
        ]
        signed = [each for each in changes if each.record_type == "contract"]
        if signed:
            capped = {each.contract_id for each in await self._billing.so_far.held()}
            events += [
                CapRoomChanged(contract_id=each.id, version=each.version)
                for each in signed
                if each.id in capped
            ]
        if any(change.record_type in READINESS for change in changes):
            events += await self._rechecks(feed, changes[-1].sequence)
        return events

    async def _ours(self, feed: Feed, changes: Sequence[Change]) -> frozenset[str]:
        """Return the invoices that we are known to have made, which nobody need look at.

        One that is told before we know that it is there is looked at like another hand's.
        """
        invoices = [each.id for each in changes if each.record_type == "invoice"]
        if not invoices:
            return frozenset()
        return await ours_among(
            self._store, SystemKind.ERP, feed.instance, "create_invoice", invoices
        )

    async def _rechecks(self, feed: Feed, sequence: int) -> list[Event]:
        """A fact that may clear a blocker has every blocked billing event looked at again."""
        blocked = await self._billing.events(entities=feed.entities, statuses=[EventStatus.BLOCKED])
        return [
            BillingFallenDue(
                billing_event_id=each.id,
                occasion=f"{feed.instance}:{sequence}",
                legal_entity=each.legal_entity,
            )
            for each in blocked
        ]

    async def _position(self, instance: str) -> int:
        found = await self._store.read(
            lambda connection: connection.execute(
                select(feed_positions.c.sequence).where(feed_positions.c.instance == instance)
            ).first()
        )
        return int(found.sequence) if found else 0

    async def _reached(self, instance: str, sequence: int) -> None:
        values = {"sequence": sequence, "read_at": self._clock()}

        def work(connection: Connection) -> None:
            moved = connection.execute(
                update(feed_positions).where(feed_positions.c.instance == instance).values(**values)
            )
            if not moved.rowcount:
                connection.execute(insert(feed_positions).values(instance=instance, **values))

        await self._store.write(work)


def _told(instance: str, change: Change) -> Event | None:
    """Return the business event that a change tells, if it tells one."""
    match change.record_type:
        case "opportunity":
            return OpportunityWon(opportunity_id=change.id, version=change.version)
        case "contract":
            return ContractSigned(contract_id=change.id, version=change.version)
        case "service_level_report":
            return ServiceLevelReported(report_id=change.id, version=change.version)
        case "purchase_order":
            return OrderSeen(purchase_order_id=change.id, version=change.version)
        case "bill":
            return BillSeen(bill_id=change.id, version=change.version)
    return _told_of_one(instance, change)


def _told_of_one(instance: str, change: Change) -> Event | None:
    """Return what a change tells of one of several systems of a kind, if it tells anything."""
    match change.record_type:
        case "payment":
            return PaymentBooked(instance=instance, payment_id=change.id, version=change.version)
        case "invoice":
            return InvoiceSeen(instance=instance, invoice_id=change.id, version=change.version)
        case "project":
            return ProjectSeen(instance=instance, project_id=change.id, version=change.version)
        case "client" if change.version > 1:
            return ClientChanged(instance=instance, client_id=change.id, version=change.version)
    return None
