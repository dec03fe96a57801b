"""The desk at which subscribers ask: what is theirs, and only at addresses that may be called."""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from governance.access import Caller, Forbidden, current_caller
from governance.lifecycle import Outdated
from governance.wrong_field import WrongField
from process_apis.errors import NoSuchRecord
from process_apis.subscriptions.deliveries import Deliveries
from process_apis.subscriptions.records import (
    Delivery,
    DeliveryPage,
    DeliveryState,
    DeliveryStory,
    Subscription,
    SubscriptionStatus,
    SubscriptionWish,
)
from process_apis.subscriptions.register import Subscriptions
from process_apis.subscriptions.rules import SECRET_SHOWN_FOR, facts_for
from process_apis.subscriptions.signing import SigningSecrets
from system_apis.egress import Guard, UnsafeAddress

MOST_SHOWN = 200


class Desk:
    """Does what the caller may ask of a subscription; what they do not see is not there."""

    def __init__(
        self,
        register: Subscriptions,
        deliveries: Deliveries,
        secrets: SigningSecrets,
        guard: Guard,
        wall: Callable[[], datetime],
    ) -> None:
        self.register_, self._deliveries = register, deliveries
        self._secrets, self._guard, self._wall = secrets, guard, wall

    async def register(self, wish: SubscriptionWish, *, by: Caller) -> Subscription:
        """Register a subscription, or raise `WrongField` for an address that is not called."""
        try:
            self._guard.url(wish.url)
        except UnsafeAddress as error:
            raise WrongField("url", str(error)) from error
        for each in wish.entities:
            if not by.sees(each):
                raise Forbidden(f"records of {each} are not yours to see")
        return await self.register_.register(wish, by=by)

    async def get(self, subscription_id: str) -> Subscription:
        """Return a subscription that the caller sees, or raise `NoSuchRecord`."""
        return await self.register_.get(subscription_id, current_caller())

    async def set_status(
        self, subscription_id: str, status: SubscriptionStatus, if_match: str | None
    ) -> Subscription:
        """Pause, resume or delete a subscription as it was read."""
        return await self.register_.set_status(
            subscription_id, status, _revision(if_match), by=current_caller()
        )

    async def rotate(self, subscription_id: str, if_match: str | None) -> Subscription:
        """Give the caller's own subscription another secret."""
        return await self.register_.rotate(
            subscription_id, _revision(if_match), by=current_caller()
        )

    async def secret(self, subscription_id: str) -> tuple[str, datetime]:
        """Return the newest secret of the caller's own subscription, once and within its hour."""
        found = await self.register_.show_secret(subscription_id, by=current_caller())
        until = found.secret_made_at + SECRET_SHOWN_FOR
        return self._secrets.shown(found.id, found.secret_number), until

    async def test(self, subscription_id: str) -> Delivery:
        """Send an event that says nothing."""
        found = await self.get(subscription_id)
        return await self._deliveries.test(found, self._wall(), by=current_caller())

    async def listed(
        self,
        subscription_id: str,
        state: DeliveryState | None,
        cursor: str | None = None,
        *,
        most: int = MOST_SHOWN,
    ) -> DeliveryPage:
        """Return a page of deliveries."""
        found = await self.get(subscription_id)
        shown = await self._deliveries.listed(found.id, state=state, most=most + 1, before=cursor)
        more = shown[most - 1].id if len(shown) > most else None
        return DeliveryPage(shown[:most], more)

    async def story(self, delivery_id: str) -> DeliveryStory:
        """Return one delivery as it is told, with its attempts, or raise `NoSuchRecord`."""
        story = await self._deliveries.story(delivery_id)
        try:
            found = await self.get(story.delivery.subscription_id)
        except NoSuchRecord:
            raise NoSuchRecord(f"there is no delivery {delivery_id}") from None
        event = replace(story.event, facts=facts_for(story.event, found.rights))
        return replace(story, event=event)

    async def replay(self, delivery_id: str) -> Delivery:
        """Tell one event again."""
        story = await self.story(delivery_id)
        return await self._deliveries.replay(story.delivery, self._wall(), by=current_caller())

    async def replay_since(self, subscription_id: str, since: datetime) -> int:
        """Tell everything again that occurred since a moment."""
        found = await self.get(subscription_id)
        return await self._deliveries.replay_since(found, since, self._wall(), by=current_caller())


def _revision(if_match: str | None) -> int | None:
    """Return the revision that the caller has read, None if it does not matter, or raise."""
    if if_match is None:
        return None
    digits = if_match.strip().strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) < 9):
        raise Outdated(if_match)
    return int(digits)
