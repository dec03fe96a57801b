"""What a person is asked when telling a subscriber does not work."""

from process_apis.engine import Process, step
from process_apis.events.subscriptions import DeliveryGivenUp, SubscriptionDisabled
from process_apis.subscriptions.minding import Minding

NAME = "subscriptions"


class Asking:
    """Stops at a person until a subscriber is told again, or is given up."""

    def __init__(self, minding: Minding) -> None:
        self.minding = minding

    async def subscription(self, event: SubscriptionDisabled) -> None:
        """Go on when the subscription is told again."""
        await step(self.minding.is_told_again, event.subscription_id, event.reason)

    async def delivery(self, event: DeliveryGivenUp) -> None:
        """Go on when the event was delivered, or is on its way again."""
        await step(self.minding.is_on_its_way, event.subscription_id, event.delivery_id)


def processes(process: Asking) -> list[Process]:
    """Return what happens when a subscriber cannot be told."""
    nothing = frozenset[str]()
    return [
        Process(
            name=f"{NAME}.disabled",
            on=SubscriptionDisabled,
            run=process.subscription,
            scopes=nothing,
        ),
        Process(name=f"{NAME}.given-up", on=DeliveryGivenUp, run=process.delivery, scopes=nothing),
    ]
