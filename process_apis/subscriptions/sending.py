"""Telling subscribers: each in a task of its own, so that a slow one holds nobody else up.

An event is sent, then written down as told. What dies between the two is sent again under the
same `webhook-id`: a receiver may get an event twice, and never misses one.
"""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from governance.access import Caller, acting_as
from observability.metrics import Metrics
from process_apis.subscriptions.deliveries import Deliveries
from process_apis.subscriptions.envelope import enveloped
from process_apis.subscriptions.records import Attempt, Outcome, Ready, Subscription
from process_apis.subscriptions.rules import MOST_SPREAD, facts_for, outcome_of
from process_apis.subscriptions.signing import SigningSecrets
from system_apis.egress import NoAnswer, UnsafeAddress, WayOut

# How many records of one subscriber are told of at once.
AT_ONCE = 4
US = Caller(subject="process:subscriptions", client_id="strata", scopes=frozenset())


class Rights(Protocol):
    """Says what is left of a subscription owner's access."""

    def __call__(self, caller: Caller) -> Caller | None:
        """Return the caller with what is left to them, None when that is nothing."""


class Sender:
    """Tells every subscriber what is due."""

    def __init__(
        self,
        deliveries: Deliveries,
        secrets: SigningSecrets,
        way_out: WayOut,
        rights: Rights,
        metrics: Metrics,
        source: str,
        wall: Callable[[], datetime],
    ) -> None:
        self._deliveries, self._secrets, self._way_out = deliveries, secrets, way_out
        self._rights, self._metrics = rights, metrics
        self._source, self._wall = source, wall
        self._at_work: dict[str, asyncio.Task[None]] = {}

    async def look(self) -> None:
        """Take what is new from the outbox, and begin with everybody for whom something is due.

        Raises what went wrong in a task before.
        """
        now = self._wall()
        await self._deliveries.fan_out(now)
        for subscription in await self._deliveries.waiting(now):
            running = self._at_work.get(subscription.id)
            if running is None or running.done():
                if running is not None:
                    running.result()
                self._at_work[subscription.id] = asyncio.create_task(self._tell(subscription))
        await self._measure(now)

    async def settled(self) -> None:
        """Wait until everybody is told who was being told."""
        await asyncio.gather(*self._at_work.values())

    async def close(self) -> None:
        """Stop; what was under way is sent again at the next start."""
        for each in self._at_work.values():
            each.cancel()
        await asyncio.gather(*self._at_work.values(), return_exceptions=True)

    async def _tell(self, subscription: Subscription) -> None:
        """Tell a subscriber what is due, a few records at a time."""
        turn = await self._deliveries.turn_of(subscription.id, self._wall(), most=AT_ONCE)
        with acting_as(US):
            await asyncio.gather(*(self._tell_one(subscription, each) for each in turn))

    async def _tell_one(self, subscription: Subscription, ready: Ready) -> None:
        attempt, pause = await self._attempt(subscription, ready)
        spread = random.randint(0, MOST_SPREAD)  # noqa: S311  # spreads load, guards nothing
        await self._deliveries.write_down(subscription, ready, attempt, pause=pause, spread=spread)
        self._metrics.webhook_deliveries.labels(attempt.outcome).inc()

    async def _attempt(self, subscription: Subscription, ready: Ready) -> tuple[Attempt, timedelta]:
        """Return how one sending ended, and for how long the receiver asks to be left alone."""
        now = self._wall()
        left = self._left(subscription)
        if left is None:
            why = "the owner's access was withdrawn"
            return Attempt(at=now, outcome=Outcome.WITHDRAWN, why=why), timedelta()
        rights = [each for each in subscription.rights if each in left.scopes]
        body = enveloped(ready.event, facts_for(ready.event, rights), self._source)
        headers = self._secrets.headers(subscription, ready.event.id, body, now)
        try:
            answered = await self._way_out.post(subscription.url, headers, body)
        except UnsafeAddress as error:
            return Attempt(at=now, outcome=Outcome.UNSAFE, why=str(error)), timedelta()
        except NoAnswer as error:
            return Attempt(at=now, outcome=Outcome.UNREACHABLE, why=str(error)), timedelta()
        outcome = outcome_of(answered.status)
        return Attempt(at=now, outcome=outcome, answered=answered.status), answered.pause

    def _left(self, subscription: Subscription) -> Caller | None:
        """Return the owner with what is left to them, None if that is less than was subscribed."""
        owner = Caller(
            subject=subscription.owner,
            client_id=subscription.client_id,
            scopes=frozenset(subscription.rights),
            entities=frozenset(subscription.entities),
        )
        left = self._rights(owner)
        if left is None or left.entities != owner.entities:
            return None
        return left

    async def _measure(self, now: datetime) -> None:
        oldest = await self._deliveries.oldest_due()
        age = (now - oldest).total_seconds() if oldest else 0
        self._metrics.webhook_oldest_undelivered.set(age)
