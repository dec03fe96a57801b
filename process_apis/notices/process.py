"""Telling: a message that is due leaves by its channel, once that is open."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from process_apis.engine import Process, step
from process_apis.events.notices import NoticesFallenDue
from process_apis.notices.records import Bundle
from process_apis.notices.register import NoticeRegister
from process_apis.notices.rules import OURS
from system_apis.messaging.interface import Line, Message
from system_apis.messaging.outgoing import Outgoing


class Notices(Struct, frozen=True):
    """The process with what it needs at hand."""

    outgoing: Outgoing
    register: NoticeRegister
    clock: Callable[[], datetime]

    async def run(self, event: NoticesFallenDue) -> None:
        """Tell somebody what waits for them."""
        await step(self.tell, event.bundle_id)

    async def tell(self, bundle_id: str) -> Bundle:
        """Send a message, and write down that it is sent."""
        told = await self.register.get(bundle_id)
        message = Message(
            to=told.person,
            subject=told.subject,
            lines=tuple(Line(each.text, each.link) for each in told.lines),
        )
        await self.outgoing.tell(told.channel, message, key=told.id)
        return await self.register.sent(told.id, at=self.clock())


def processes(process: Notices) -> list[Process]:
    """Return the process's segments: what happens when which event occurs."""
    ours: frozenset[str] = frozenset()
    return [Process(name=f"{OURS}.tell", on=NoticesFallenDue, run=process.run, scopes=ours)]
