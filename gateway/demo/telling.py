"""The chapter of notices: people say that they want to hear at once, and what they then heard."""

from datetime import time

from gateway.demo.visitor import Tell, Visitor
from gateway.firm import Firm
from governance.roles import Role, scopes_of
from process_apis.notices.records import Bundle, PreferenceDraft, Preferences
from process_apis.notices.v1 import MessageList

NOTICES = "/process/notices/v1"
_SHOWN = 5


async def hear_at_once(visitor: Visitor, firm: Firm) -> None:
    """Have everybody who is told things say that no hour is quiet: a month is played in minutes."""
    wish = PreferenceDraft(quiet_from=time(), quiet_until=time(), free_days_too=True)
    for person in _told(firm):
        await visitor.send(person, "PUT", f"{NOTICES}/preferences", wish, Preferences)


async def tell_what_was_heard(visitor: Visitor, firm: Firm, tell: Tell) -> int:
    """Tell a few of the messages that people were sent, and return how many there are."""
    heard: list[Bundle] = []
    for person in _told(firm):
        heard += (await visitor.get(person, f"{NOTICES}/messages", MessageList)).items
    if heard:
        tell(f"[bold]{len(heard)} messages[/] told people what waited for them, such as")
    seen: set[str] = set()
    for each in sorted(heard, key=lambda told: told.made_at):
        if each.person not in seen and len(seen) < _SHOWN:
            seen.add(each.person)
            tell(f"  to {each.person} by {each.channel}: {each.lines[0].text}")
    return len(heard)


def _told(firm: Firm) -> list[str]:
    """Return who is told anything: those who decide, and those who put right."""
    known = frozenset(map(str, Role))
    return [
        each.id
        for each in firm.people
        if "process:notices:prefer" in scopes_of(known.intersection(each.roles))
    ]
