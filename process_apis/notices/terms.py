"""The firm's own terms of notices: their words, and when nobody is disturbed [P]."""

from collections.abc import Mapping
from datetime import time
from enum import StrEnum
from string import Formatter

from msgspec import Struct


class NoticeKind(StrEnum):
    """What people hear of."""

    APPROVAL_ASKED = "approval_asked"
    APPROVAL_ESCALATED = "approval_escalated"
    APPROVAL_OVERDUE = "approval_overdue"
    DRAFT_TO_CLIENT = "draft_to_client"
    EXCEPTION_OPENED = "exception_opened"


class Template(Struct, frozen=True, forbid_unknown_fields=True):
    """The words of one kind: in full for one person's eyes, and in brief for a room.

    `full` may name `{title}`, `{amount}`, `{company}` and `{due}`, and `brief` only the last two,
    since a room may hold people who may not see the rest.
    """

    full: str
    brief: str

    def __post_init__(self) -> None:
        _check(self.full, _OF_FULL)
        _check(self.brief, _OF_BRIEF)


_OF_BRIEF = frozenset({"company", "due"})
_OF_FULL = _OF_BRIEF | {"title", "amount"}


def _check(words: str, known: frozenset[str]) -> None:
    """Raise `ValueError` for a placeholder that is none, and for one that reaches into another."""
    for _, name, form, conversion in Formatter().parse(words):
        if name is not None and (name not in known or form or conversion):
            allowed = ", ".join(f"{{{each}}}" for each in sorted(known))
            raise ValueError(f"{{{name}}} is no placeholder here: there are {allowed}")


WORDS: Mapping[NoticeKind, Template] = {
    NoticeKind.APPROVAL_ASKED: Template(
        "{title} ({company}{amount}): your approval is asked until {due}.",
        "An approval of {company} is asked until {due}.",
    ),
    NoticeKind.APPROVAL_ESCALATED: Template(
        "{title} ({company}{amount}): nobody answered, and now you are asked until {due}.",
        "An approval of {company} that nobody answered is asked of others.",
    ),
    NoticeKind.APPROVAL_OVERDUE: Template(
        "{title} ({company}{amount}): your approval was due {due}.",
        "An approval of {company} was due {due}.",
    ),
    NoticeKind.DRAFT_TO_CLIENT: Template(
        "{title} ({company}{amount}): a letter to a client waits until you send it.",
        "A letter to a client of {company} waits until somebody sends it.",
    ),
    NoticeKind.EXCEPTION_OPENED: Template(
        "{title} ({company}): work stopped, and is to be put right until {due}.",
        "Work of {company} stopped, and is to be put right until {due}.",
    ),
}


class NoticeTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a firm decides about notices.

    From `quiet_from` to `quiet_until`, on weekends and on holidays nobody is disturbed. Whoever
    wants one message a day gets it at `digest_at`. After a message the next one to the
    same person comes `pause_minutes` later at the earliest, with all that happened meanwhile;
    it names `most_lines` things and counts the others. An approval that waits so many business
    hours beyond its time, `overdue_after_hours`, is told once more.
    """

    quiet_from: time = time(19)
    quiet_until: time = time(7, 30)
    digest_at: time = time(8)
    pause_minutes: int = 15
    most_lines: int = 20
    overdue_after_hours: int = 4
    words: Mapping[NoticeKind, Template] = {}

    def template(self, kind: NoticeKind) -> Template:
        """Return the words of a kind: the firm's own, or the usual ones."""
        return self.words.get(kind, WORDS[kind])
