"""A message that needs a person: it waits in the exception queue until somebody decides."""

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct

from process_apis.engine import Process, step
from process_apis.exceptions.queue import ExceptionQueue, Resolution
from process_apis.intake.inbox import Inbox, NoticeStatus, Received, Trouble
from process_apis.intake_events import NoticeDropped, NoticeHeld
from system_apis.errors import Refused
from system_apis.webhooks import Notice, UnreadableNotice, WebhookSource

NAME = "intake"
SAID = {
    Trouble.UNREADABLE: "it is signed by its source and says nothing that we understand",
    Trouble.OTHER_BODY: "it has the id of another message of its source, and another body",
    Trouble.NOT_SHOWN: "the system's own feed does not show the change that it tells of",
}


class HeldNotices(Struct, frozen=True):
    """The steps of what is held, with what they need at hand."""

    inbox: Inbox
    exceptions: ExceptionQueue
    sources: Mapping[str, WebhookSource]
    clock: Callable[[], datetime]

    async def ask(self, event: NoticeHeld) -> None:
        """Stop at a person, and go on when they say that the message is to be followed."""
        await step(self.let_go, event.notice, event.business_key)

    async def drop(self, event: NoticeDropped) -> None:
        """Follow the message no more."""
        await step(self.put_away, event.notice)

    async def let_go(self, notice: str, key: str) -> None:
        """Have a message followed if a person has said so and it can be read, else ask."""
        message = await self.inbox.get(notice)
        if message.status is not NoticeStatus.HELD or message.trouble is None:
            return
        answers = await self.exceptions.resolved([key])
        if not any(each.resolution is Resolution.RETRY for each in answers):
            raise self._question(message, message.trouble)
        await self.inbox.release(message, self._read_anew(message), at=self.clock())

    async def put_away(self, notice: str) -> None:
        """Write down that a message is not followed."""
        await self.inbox.drop(await self.inbox.get(notice), at=self.clock())

    def _read_anew(self, message: Received) -> Notice | None:
        """Read a message again that could not be read, or ask about it once more."""
        if message.trouble is not Trouble.UNREADABLE or message.body is None:
            return None
        source = self.sources.get(message.instance)
        if source is None:
            raise self._question(message, message.trouble)
        try:
            return source.read(message.body, message.notice_id)
        except UnreadableNotice:
            raise self._question(message, message.trouble) from None

    def _question(self, message: Received, trouble: Trouble) -> Refused:
        return Refused(
            message.instance, f"message {message.notice_id}: {SAID[trouble]}", code=trouble
        )


def processes(held: HeldNotices) -> list[Process]:
    """Return what happens to messages that are held."""
    nothing = frozenset[str]()
    return [
        Process(name=f"{NAME}.ask", on=NoticeHeld, run=held.ask, scopes=nothing),
        Process(name=f"{NAME}.drop", on=NoticeDropped, run=held.drop, scopes=nothing),
    ]
