"""Messages that systems send us: verified, kept, and followed at once."""

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct

from observability.metrics import Metrics
from process_apis.intake.inbox import Inbox, Outcome
from process_apis.rounds import Rounds
from system_apis.signatures import Message, NotGenuine
from system_apis.webhooks import Hint, UnreadableHint, WebhookSource

ROUND = "webhooks"
FORGED = "forged"
# Whoever invents sources makes no label of a metric of them.
UNKNOWN = "unknown"


class Genuine(Struct, frozen=True):
    """A message whose source is proved, and what it hints at if that can be read."""

    instance: str
    body: bytes
    hint: Hint | None


class Receiving:
    """Takes messages from the systems that have a secret with us, and from nobody else."""

    def __init__(
        self,
        sources: Mapping[str, WebhookSource],
        inbox: Inbox,
        rounds: Rounds,
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        self.sources, self._inbox, self._rounds = sources, inbox, rounds
        self._counted, self._clock = metrics.webhooks_received, clock

    def verify(self, instance: str, message: Message) -> Genuine:
        """Return a message that is proved, or raise `NotGenuine`; no source is told from none."""
        source = self.sources.get(instance)
        if source is None:
            self.count(UNKNOWN, FORGED)
            raise NotGenuine("no such source has a secret with us")
        try:
            signed_id = source.check(message, self._clock())
        except NotGenuine:
            self.count(instance, FORGED)
            raise
        return Genuine(instance, message.body, _hint(source, message.body, signed_id))

    async def take(self, message: Genuine) -> Outcome:
        """Keep a message once, and have it followed at once."""
        outcome = await self._inbox.take(
            message.instance, message.body, message.hint, at=self._clock()
        )
        self.count(message.instance, outcome)
        if outcome is not Outcome.REPEATED:
            self._rounds.nudge(ROUND)
        return outcome

    def count(self, source: str, outcome: str) -> None:
        """Count what became of a message."""
        self._counted.labels(source, outcome).inc()


def _hint(source: WebhookSource, body: bytes, signed_id: str | None) -> Hint | None:
    try:
        return source.read(body, signed_id)
    except UnreadableHint:
        return None
