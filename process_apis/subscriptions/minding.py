"""Minding subscribers who cannot be told: a person hears of each of them once."""

from process_apis.engine import Engine
from process_apis.events.subscriptions import DeliveryGivenUp, SubscriptionDisabled
from process_apis.subscriptions.deliveries import Deliveries
from process_apis.subscriptions.records import DeliveryState, Subscription, SubscriptionStatus
from process_apis.subscriptions.register import Subscriptions
from system_apis.errors import Refused

BY = "process:subscriptions"


class Minding:
    """Looks after subscriptions that were disabled, and deliveries that were given up."""

    def __init__(self, register: Subscriptions, deliveries: Deliveries) -> None:
        self._register, self._deliveries = register, deliveries

    async def look(self, engine: Engine) -> None:
        """Begin with what nobody was told of; what is begun twice is done once."""
        standing = {each.id: each for each in await self._register.standing()}
        disabled = [
            SubscriptionDisabled(
                subscription_id=each.id,
                revision=each.revision,
                owner=each.owner,
                reason=each.reason or "",
                legal_entity=each.company,
            )
            for each in standing.values()
            if each.status is SubscriptionStatus.DISABLED
        ]
        given_up = [
            DeliveryGivenUp(
                delivery_id=each.id,
                round=each.round,
                subscription_id=each.subscription_id,
                owner=standing[each.subscription_id].owner,
                reason=f"{each.tries} attempts failed",
                legal_entity=standing[each.subscription_id].company,
            )
            for each in await self._deliveries.given_up()
            if each.subscription_id in standing
        ]
        await engine.start_new([*disabled, *given_up], by=BY)

    async def is_told_again(self, subscription_id: str, reason: str) -> None:
        """Raise `Refused` as long as a subscriber is told nothing more."""
        found = await self._standing(subscription_id)
        if found is not None and found.status is SubscriptionStatus.DISABLED:
            remedy = "have the receiver put right, resume the subscription, then retry this"
            raise Refused("subscriptions", f"{reason}: {remedy}", code="RECEIVER_FAILS")

    async def is_on_its_way(self, subscription_id: str, delivery_id: str) -> None:
        """Raise `Refused` as long as an event is given up."""
        if await self._standing(subscription_id) is None:
            return
        story = await self._deliveries.story(delivery_id)
        if story.delivery.state is DeliveryState.GIVEN_UP:
            remedy = "have the receiver put right, replay the delivery, then retry this"
            reason = f"{story.delivery.event_id} was refused {story.delivery.tries} times: {remedy}"
            raise Refused("subscriptions", reason, code="EVENT_NOT_TAKEN")

    async def _standing(self, subscription_id: str) -> Subscription | None:
        found = await self._register.standing()
        return next((each for each in found if each.id == subscription_id), None)
