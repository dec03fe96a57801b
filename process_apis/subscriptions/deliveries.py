"""Deliveries: what is on its way to each subscriber, taken from the outbox once and in order."""

import hashlib
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, func, insert, not_, or_, select, update
from sqlalchemy.engine import Row

from governance.access import Caller, current_caller
from governance.audit import Audit, AuditEntry
from governance.once import command_name, once
from governance.usage import Used, add_use
from process_apis.errors import Conflict, NoSuchRecord
from process_apis.events.published import TOLD_BY, Told, test_of
from process_apis.outbox import events_out, put_out
from process_apis.subscriptions.records import (
    Attempt,
    Delivery,
    DeliveryState,
    DeliveryStory,
    Outcome,
    Ready,
    Subscription,
    SubscriptionStatus,
)
from process_apis.subscriptions.register import Subscriptions
from process_apis.subscriptions.rules import After, after, may_hear
from process_apis.subscriptions.tables import (
    delivery_attempts,
    event_deliveries,
    subscriptions,
)
from store.database import Store

AT_A_TIME = 500
_OF_ONE = (*event_deliveries.c, events_out.c.record.label("told"))
_DELIVERIES = select(*_OF_ONE).join_from(
    event_deliveries, events_out, events_out.c.position == event_deliveries.c.position
)


class Deliveries:
    """Strata's own record of what was told to whom, and of what is still to be told."""

    def __init__(self, store: Store, audit: Audit, register: Subscriptions) -> None:
        self._store, self._audit, self._register = store, audit, register

    async def fan_out(self, at: datetime) -> int:
        """Give every active subscriber what the outbox has for it, and return how much that is.

        The place in the outbox is written in the same unit of work, so none is given it twice.
        """
        return await self._store.write(lambda connection: _fan_out(connection, at))

    async def waiting(self, at: datetime) -> list[Subscription]:
        """Return the active subscribers for whom something is due."""
        due = select(event_deliveries.c.subscription_id).where(
            event_deliveries.c.state == DeliveryState.PENDING, event_deliveries.c.due_at <= at
        )
        query = (
            select(subscriptions.c.record)
            .where(subscriptions.c.status == SubscriptionStatus.ACTIVE)
            .where(or_(subscriptions.c.rests_until.is_(None), subscriptions.c.rests_until <= at))
            .where(subscriptions.c.id.in_(due))
        )
        return await self._store.read(
            lambda connection: [
                msgspec.json.decode(each, type=Subscription) for each in connection.scalars(query)
            ]
        )

    async def turn_of(self, subscription_id: str, at: datetime, *, most: int) -> list[Ready]:
        """Return what is to be told now: of each record the oldest outstanding event only."""
        earlier = event_deliveries.alias()
        outstanding = select(earlier.c.id).where(
            earlier.c.subscription_id == subscription_id,
            earlier.c.state == DeliveryState.PENDING,
            earlier.c.subject == event_deliveries.c.subject,
            earlier.c.position < event_deliveries.c.position,
        )
        query = (
            _DELIVERIES.where(
                event_deliveries.c.subscription_id == subscription_id,
                event_deliveries.c.state == DeliveryState.PENDING,
                event_deliveries.c.due_at <= at,
                not_(outstanding.exists()),
            )
            .order_by(event_deliveries.c.position)
            .limit(most)
        )
        return await self._store.read(
            lambda connection: [
                Ready(delivery=_delivery(row), event=_told(row))
                for row in connection.execute(query)
            ]
        )

    async def write_down(
        self,
        to: Subscription,
        ready: Ready,
        attempt: Attempt,
        *,
        pause: timedelta,
        spread: int,
    ) -> After:
        """Write an attempt down, what follows from it, and that the event was of use.

        All in one unit of work; nothing is raised when the delivery was asked for anew meanwhile:
        the attempt is kept.
        """
        tried, by = ready.delivery, current_caller()

        def work(connection: Connection) -> After:
            _keep(connection, tried.id, attempt)
            mine = subscriptions.c.id == to.id
            failed = attempt.outcome is not Outcome.DELIVERED
            before = connection.scalar(select(subscriptions.c.failures).where(mine)) or 0
            failures = before + 1 if failed else 0
            if not failed:
                # The type of event is the operation.
                used = Used(TOLD_BY, ready.event.type, to.client_id)
                add_use(connection, used, attempt.at.date())
            left = after(
                attempt, tries=tried.tries + 1, failures=failures, pause=pause, spread=spread
            )
            told = {"state": left.state, "tries": tried.tries + 1, "due_at": left.due_at}
            connection.execute(update(event_deliveries).where(_as_it_was(tried)).values(**told))
            rests_until = attempt.at + pause if failed and pause else None
            changed = {"failures": failures, "rests_until": rests_until}
            connection.execute(update(subscriptions).where(mine).values(**changed))
            if left.disabled_because:
                self._register.disable(connection, to.id, left.disabled_because, by)
            return left

        return await self._store.write(work)

    async def listed(
        self,
        subscription_id: str,
        *,
        state: DeliveryState | None,
        most: int,
        before: str | None = None,
    ) -> list[Delivery]:
        """Return deliveries of a subscription, the newest first, after one of them if named."""
        query = _DELIVERIES.where(event_deliveries.c.subscription_id == subscription_id)
        if state is not None:
            query = query.where(event_deliveries.c.state == state)
        if before is not None:
            # Of one that is forgotten meanwhile, all that is older is forgotten too.
            last = event_deliveries.alias()
            mine = (last.c.id == before) & (last.c.subscription_id == subscription_id)
            place = select(last.c.position).where(mine).scalar_subquery()
            query = query.where(event_deliveries.c.position < place)
        newest = query.order_by(event_deliveries.c.position.desc()).limit(most)
        return await self._store.read(
            lambda connection: [_delivery(row) for row in connection.execute(newest)]
        )

    async def story(self, delivery_id: str) -> DeliveryStory:
        """Return one delivery with what it tells and its attempts, or raise `NoSuchRecord`."""
        return await self._store.read(lambda connection: _story(connection, delivery_id))

    async def given_up(self) -> list[Delivery]:
        """Return what could not be delivered though other events could, and was not asked for."""
        query = _DELIVERIES.where(event_deliveries.c.state == DeliveryState.GIVEN_UP)
        return await self._store.read(
            lambda connection: [_delivery(row) for row in connection.execute(query)]
        )

    async def test(self, subscription: Subscription, at: datetime, *, by: Caller) -> Delivery:
        """Put an event out that only tries a subscription, and return its delivery."""
        occasion = command_name() or at.isoformat()
        told = test_of(subscription.id, subscription.owner, occasion, at)

        def work(connection: Connection) -> Delivery:
            put_out(connection, told)
            _fan_out(connection, at)
            query = _DELIVERIES.where(
                events_out.c.id == told.id, event_deliveries.c.subscription_id == subscription.id
            )
            row = connection.execute(query).first()
            if row is None:
                raise Conflict(f"{subscription.id} is {subscription.status}: resume it first")
            entry = AuditEntry.by(by, "subscription.tested", subscription.id)
            self._audit.append(connection, entry)
            return _delivery(row)

        return await self._store.write(once(Delivery, work))

    async def replay(self, delivery: Delivery, at: datetime, *, by: Caller) -> Delivery:
        """Tell one event again, under the same id; one that is outstanding is told now."""

        def work(connection: Connection) -> Delivery:
            self._again(connection, event_deliveries.c.id == delivery.id, at)
            entry = AuditEntry.by(by, "subscription.replayed", delivery.subscription_id)
            self._audit.append(connection, msgspec.structs.replace(entry, reason=delivery.id))
            return _delivery(_found(connection, delivery.id))

        return await self._store.write(once(Delivery, work))

    async def replay_since(
        self, subscription: Subscription, since: datetime, at: datetime, *, by: Caller
    ) -> int:
        """Tell everything again that occurred since a moment, and return how much that is."""
        later = select(events_out.c.position).where(events_out.c.occurred_at >= since)

        def work(connection: Connection) -> int:
            mine = event_deliveries.c.subscription_id == subscription.id
            count = self._again(connection, mine & event_deliveries.c.position.in_(later), at)
            reason = f"{count} since {since.isoformat()}"
            entry = AuditEntry.by(by, "subscription.replayed", subscription.id, reason=reason)
            self._audit.append(connection, entry)
            return count

        return await self._store.write(once(int, work))

    async def oldest_due(self) -> datetime | None:
        """Return since when the longest waiting event of an active subscriber is outstanding."""
        active = select(subscriptions.c.id).where(
            subscriptions.c.status == SubscriptionStatus.ACTIVE
        )
        query = (
            select(func.min(events_out.c.occurred_at))
            .join_from(
                event_deliveries, events_out, events_out.c.position == event_deliveries.c.position
            )
            .where(event_deliveries.c.state == DeliveryState.PENDING)
            .where(event_deliveries.c.subscription_id.in_(active))
        )
        return await self._store.read(lambda connection: connection.scalar(query))

    def _again(self, connection: Connection, which: ColumnElement[bool], at: datetime) -> int:
        """Let deliveries begin a new round."""
        anew = {
            "state": DeliveryState.PENDING,
            "round": event_deliveries.c.round + 1,
            "tries": 0,
            "due_at": at,
        }
        return connection.execute(update(event_deliveries).where(which).values(**anew)).rowcount


def _fan_out(connection: Connection, at: datetime) -> int:
    """Write the deliveries of what no active subscriber's place has passed yet."""
    active = subscriptions.c.status == SubscriptionStatus.ACTIVE
    places = connection.execute(
        select(subscriptions.c.record, subscriptions.c.position).where(active)
    ).all()
    if not places:
        return 0
    since = min(place.position for place in places)
    query = (
        select(events_out.c.position, events_out.c.record)
        .where(events_out.c.position > since)
        .order_by(events_out.c.position)
        .limit(AT_A_TIME)
    )
    events = [
        (position, msgspec.json.decode(record, type=Told))
        for position, record in connection.execute(query)
    ]
    if not events:
        return 0
    rows = [
        _row(subscription, position, told, at)
        for subscription, reached in (
            (msgspec.json.decode(place.record, type=Subscription), place.position)
            for place in places
        )
        for position, told in events
        if position > reached and may_hear(told, subscription)
    ]
    if rows:
        connection.execute(insert(event_deliveries), rows)
    newest = events[-1][0]
    behind = active & (subscriptions.c.position < newest)
    connection.execute(update(subscriptions).where(behind).values(position=newest))
    return len(rows)


def _row(subscription: Subscription, position: int, told: Told, at: datetime) -> dict[str, object]:
    said = f"{subscription.id}|{told.id}"
    return {
        "id": f"dlv_{hashlib.sha256(said.encode()).hexdigest()[:32]}",
        "subscription_id": subscription.id,
        "position": position,
        "subject": f"{told.facts.entity}:{told.facts.id}",
        "state": DeliveryState.PENDING,
        "round": 1,
        "tries": 0,
        "due_at": at,
    }


def _keep(connection: Connection, delivery_id: str, attempt: Attempt) -> None:
    row = {"delivery_id": delivery_id, "record": msgspec.json.encode(attempt)}
    connection.execute(insert(delivery_attempts).values(**row))


def _as_it_was(delivery: Delivery) -> ColumnElement[bool]:
    """Return what is true of a delivery as long as nobody asked for it anew."""
    return and_(
        event_deliveries.c.id == delivery.id,
        event_deliveries.c.state == DeliveryState.PENDING,
        event_deliveries.c.round == delivery.round,
    )


def _story(connection: Connection, delivery_id: str) -> DeliveryStory:
    row = _found(connection, delivery_id)
    query = (
        select(delivery_attempts.c.record)
        .where(delivery_attempts.c.delivery_id == delivery_id)
        .order_by(delivery_attempts.c.sequence)
    )
    attempts = [msgspec.json.decode(each, type=Attempt) for each in connection.scalars(query)]
    return DeliveryStory(delivery=_delivery(row), event=_told(row), attempts=attempts)


def _found(connection: Connection, delivery_id: str) -> Row[tuple[object, ...]]:
    row = connection.execute(_DELIVERIES.where(event_deliveries.c.id == delivery_id)).first()
    if row is None:
        raise NoSuchRecord(f"there is no delivery {delivery_id}")
    return row


def _told(row: Row[tuple[object, ...]]) -> Told:
    return msgspec.json.decode(row.told, type=Told)


def _delivery(row: Row[tuple[object, ...]]) -> Delivery:
    told = _told(row)
    return Delivery(
        id=row.id,
        subscription_id=row.subscription_id,
        event_id=told.id,
        event_type=told.type,
        state=DeliveryState(row.state),
        round=row.round,
        tries=row.tries,
        due_at=row.due_at,
        occurred_at=told.occurred_at,
    )
