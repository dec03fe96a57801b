"""A message that needs a person: it waits in the exception queue until somebody decides."""

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct

from process_apis.engine import Process, step
from process_apis.events.intake import HintDropped, HintHeld
from process_apis.exceptions.queue import ExceptionQueue, Resolution
from process_apis.intake.inbox import HintStatus, Inbox, Received, Trouble
from system_apis.errors import Refused
from system_apis.webhooks import Hint, UnreadableHint, WebhookSource

NAME = "intake"
SAID = {
    Trouble.UNREADABLE: "it is signed by its source and says nothing that we understand",
    Trouble.OTHER_BODY: "it has the id of another message of its source, and another body",
    Trouble.NOT_SHOWN: "the system's own feed does not show the change that it tells of",
}


class HeldHints(Struct, frozen=True):
    """The steps of what is held, with what they need at hand."""

    inbox: Inbox
    exceptions: ExceptionQueue
    sources: Mapping[str, WebhookSource]
    clock: Callable[[], datetime]

    async def ask(self, event: HintHeld) -> None:
        """Stop at a person, and go on when they say that the message is to be followed."""
        await step(self.let_go, event.hint, event.business_key)

    async def drop(self, event: HintDropped) -> None:
        """Follow the message no more."""
        await step(self.put_away, event.hint)

    async def let_go(self, hint: str, key: str) -> None:
        """Have a message followed if a person has said so and it can be read, else ask."""
        message = await self.inbox.get(hint)
        if message.status is not HintStatus.HELD or message.trouble is None:
            return
        answers = await self.exceptions.resolved([key])
        if not any(each.resolution is Resolution.RETRY for each in answers):
            raise self._question(message, message.trouble)
        await self.inbox.release(message, self._read_anew(message), at=self.clock())

    async def put_away(self, hint: str) -> None:
        """Write down that a message is not followed."""
        await self.inbox.drop(await self.inbox.get(hint), at=self.clock())

    def _read_anew(self, message: Received) -> Hint | None:
        """Read a message again that could not be read, or ask about it once more."""
        if message.trouble is not Trouble.UNREADABLE or message.body is None:
            return None
        source = self.sources.get(message.instance)
        if source is None:
            raise self._question(message, message.trouble)
        try:
            return source.read(message.body, message.hint_id)
        except UnreadableHint:
            raise self._question(message, message.trouble) from None

    def _question(self, message: Received, trouble: Trouble) -> Refused:
        return Refused(
            message.instance, f"message {message.hint_id}: {SAID[trouble]}", code=trouble
        )


def processes(held: HeldHints) -> list[Process]:
    """Return what happens to messages that are held."""
    nothing = frozenset[str]()
    return [
        Process(name=f"{NAME}.ask", on=HintHeld, run=held.ask, scopes=nothing),
        Process(name=f"{NAME}.drop", on=HintDropped, run=held.drop, scopes=nothing),
    ]
