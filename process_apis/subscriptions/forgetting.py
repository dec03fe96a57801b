"""Forgetting what was told long ago; what is not delivered is kept, however old it is."""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, Select, delete, func, select, true

from governance.access import Caller
from governance.audit import Audit, AuditEntry
from process_apis.outbox import events_out
from process_apis.subscriptions.records import DeliveryState, SubscriptionStatus
from process_apis.subscriptions.rules import FORGET_EVERY, KEPT_FOR
from process_apis.subscriptions.tables import (
    delivery_attempts,
    event_deliveries,
    subscriptions,
)
from store.database import Store

# How many events one unit of work forgets, so that nobody who writes waits for long.
AT_A_TIME = 500
_US = Caller(subject="process:subscriptions", client_id="strata", scopes=frozenset())
_STANDING = subscriptions.c.status != SubscriptionStatus.DELETED


class Forgetting:
    """Deletes events, their deliveries and their attempts, once nobody is to be told of them."""

    def __init__(self, store: Store, audit: Audit, wall: Callable[[], datetime]) -> None:
        self._store, self._audit, self._wall = store, audit, wall
        self._done_at: datetime | None = None

    async def look(self) -> None:
        """Forget what is due, once a day; what a stop leaves is forgotten after the start."""
        now = self._wall()
        if self._done_at is not None and now - self._done_at < FORGET_EVERY:
            return
        while await self._store.write(lambda connection: self._forget(connection, now)):
            pass
        self._done_at = now

    def _forget(self, connection: Connection, now: datetime) -> int:
        """Forget some events in one unit of work, and return how many."""
        query = select(events_out.c.position).where(
            events_out.c.occurred_at < now - KEPT_FOR,
            _is_given_out(connection),
            events_out.c.position.not_in(_outstanding()),
        )
        oldest = query.order_by(events_out.c.position).limit(AT_A_TIME)
        events = connection.scalars(oldest).all()
        if not events:
            return 0
        mine = event_deliveries.c.position.in_(events) & event_deliveries.c.subscription_id.in_(
            select(subscriptions.c.id)
        )
        told = select(event_deliveries.c.id).where(mine)
        connection.execute(
            delete(delivery_attempts).where(delivery_attempts.c.delivery_id.in_(told))
        )
        connection.execute(delete(event_deliveries).where(mine))
        connection.execute(delete(events_out).where(events_out.c.position.in_(events)))
        entry = AuditEntry.by(_US, "subscription.events_forgotten", "events_out")
        self._audit.append(connection, replace(entry, reason=f"{len(events)} events"))
        return len(events)


def _is_given_out(connection: Connection) -> ColumnElement[bool]:
    """Return what is true of events that everybody was given; who is paused is given them later."""
    reached = connection.scalar(select(func.min(subscriptions.c.position)).where(_STANDING))
    return true() if reached is None else events_out.c.position <= reached


def _outstanding() -> Select[tuple[int]]:
    """Return which events somebody is still to be told of, or could not be."""
    return (
        select(event_deliveries.c.position)
        .where(event_deliveries.c.state != DeliveryState.DELIVERED)
        .where(event_deliveries.c.subscription_id.in_(select(subscriptions.c.id).where(_STANDING)))
    )
