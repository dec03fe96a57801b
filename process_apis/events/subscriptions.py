"""What happens to those who asked to be told: they are told no more, or not of one event."""

from typing import ClassVar

from process_apis.events.business_event import BusinessEvent


class SubscriptionDisabled(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A subscriber is told nothing more until a person looks into it."""

    # A person looks once at each time that it is disabled.
    KEY: ClassVar = "subscription-disabled:{subscription_id}:{revision}"

    subscription_id: str
    revision: int
    owner: str
    reason: str


class DeliveryGivenUp(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """One event could not be delivered, though others could."""

    # A person looks once at each round of tries.
    KEY: ClassVar = "delivery-given-up:{delivery_id}:{round}"

    delivery_id: str
    round: int
    subscription_id: str
    owner: str
    reason: str
