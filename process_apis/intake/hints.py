"""What follows from messages: a look at the systems themselves, and what needs a person.

A message only hints that something changed. What changed is read from the system's own feed,
from where it was left: so the order of messages is of no account, one that was lost is made
good by the next, and what both ways tell is told once.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from process_apis.engine import Engine
from process_apis.events.intake import HintHeld
from process_apis.intake.feeds import FeedReader
from process_apis.intake.inbox import HintStatus, Inbox, Received, Trouble

BY = "process:intake"
# How long a feed may lag behind a message before a person looks. [P]
KEPT_WAITING = timedelta(minutes=15)
FORGET_EVERY = timedelta(hours=1)


class Hints:
    """Follows the messages that wait."""

    def __init__(
        self,
        inbox: Inbox,
        reader: FeedReader,
        engine: Engine,
        clock: Callable[[], datetime],
    ) -> None:
        self._inbox, self._reader, self._engine = inbox, reader, engine
        self._clock = clock
        self._forgot_at: datetime | None = None

    async def follow(self) -> None:
        """Look at every system that a message waits for; leave to a person what cannot be."""
        by_instance: dict[str, list[Received]] = {}
        for each in await self._inbox.of_status(HintStatus.WAITING):
            by_instance.setdefault(each.instance, []).append(each)
        waiting = {}
        for instance, messages in by_instance.items():
            if left := await self._follow(instance, messages):
                waiting[instance] = left[0].received_at
        self._reader.waits_since = waiting
        await self._ask()
        await self._forget()

    async def _follow(self, instance: str, messages: Sequence[Received]) -> list[Received]:
        """Return the messages of a system that wait still."""
        place = await self._reader.read(instance)
        shown = [each for each in messages if place is not None and _is_shown(each, place)]
        await self._inbox.followed([each.id for each in shown], at=self._clock())
        left = [each for each in messages if each not in shown]
        late = [each for each in left if self._clock() - each.waits_since > KEPT_WAITING]
        for each in late:
            await self._inbox.hold(each, Trouble.NOT_SHOWN, at=self._clock())
        return [each for each in left if each not in late]

    async def _ask(self) -> None:
        """Ask people about what is held; who was asked is not asked again."""
        held = await self._inbox.of_status(HintStatus.HELD)
        events = [HintHeld(hint=each.id, since=each.waits_since.isoformat()) for each in held]
        await self._engine.start_new(events, by=BY)

    async def _forget(self) -> None:
        now = self._clock()
        if self._forgot_at is None or now - self._forgot_at >= FORGET_EVERY:
            await self._inbox.forget(now=now)
            self._forgot_at = now


def _is_shown(message: Received, place: int) -> bool:
    """Whether a feed that was read up to a place has told what a message hints at."""
    return message.sequence is None or message.sequence <= place
