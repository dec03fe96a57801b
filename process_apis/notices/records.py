"""What is told to whom: occasions, notices, bundles of them, and what people prefer."""

import hashlib
from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Meta, Struct

from process_apis.notices.terms import NoticeKind
from system_apis.canonical.money import Money

ChannelName = Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9-]{0,31}\Z")]


class Pace(StrEnum):
    """Whether somebody hears of things as they happen, or once a day."""

    AT_ONCE = "at_once"
    DAILY = "daily"


class PreferenceDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a person wants to hear of things; what they leave out is as the firm has it.

    Between equal quiet times it is never quiet.
    """

    channel: ChannelName | None = None
    pace: Pace = Pace.AT_ONCE
    quiet_from: time | None = None
    quiet_until: time | None = None
    timezone: Annotated[str, Meta(max_length=64)] | None = None
    free_days_too: bool = False

    def __post_init__(self) -> None:
        if self.timezone is not None and self.timezone not in available_timezones():
            raise ValueError("timezone is no name of the IANA database, such as Europe/Berlin")
        times = (self.quiet_from, self.quiet_until)
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet_from and quiet_until are told both, or neither")
        if any(each is not None and each.tzinfo is not None for each in times):
            raise ValueError("quiet times are those of the clock on the wall, without an offset")


class Preferences(Struct, frozen=True, kw_only=True):
    """How a person hears of things; `channel` is absent where the firm reaches them by none."""

    person: str
    channel: str | None
    pace: Pace
    quiet_from: time
    quiet_until: time
    timezone: str
    free_days_too: bool


class Member(Struct, frozen=True, kw_only=True):
    """Somebody of the firm, with what they may do and the calendar that they live by."""

    id: str
    roles: frozenset[str]
    scopes: frozenset[str]
    entities: frozenset[str]
    units: frozenset[str] | None
    timezone: str
    holidays: frozenset[date]

    def day_of(self, moment: datetime) -> date:
        """Return the day that it is where the person is."""
        return moment.astimezone(ZoneInfo(self.timezone)).date()


class Occasion(Struct, frozen=True, kw_only=True):
    """Something that people hear of once; `stage` tells a second time from the first.

    Whoever lacks the scope `reads` is told neither names nor amounts, and without one nobody is.
    """

    kind: NoticeKind
    subject: str
    stage: str = ""
    legal_entity: str | None
    title: str
    amount: Money | None = None
    due_at: datetime
    link: str
    reads: str | None

    @property
    def id(self) -> str:
        """The same occasion has the same id."""
        return f"{self.kind}:{self.subject}:{self.stage}"


class Stop(Struct, frozen=True, kw_only=True):
    """A process that stopped, and whose work, without the words of the system that stopped it."""

    id: str
    process: str
    step_name: str
    code: str
    owner_role: str
    legal_entity: str | None
    on_behalf_of: str
    due_at: datetime
    work: str | None = None


class Notice(Struct, frozen=True, kw_only=True):
    """One occasion for one person by one channel."""

    occasion: str
    subject: str
    person: str
    channel: str
    text: str
    link: str
    due_at: datetime

    @property
    def id(self) -> str:
        """One notice of an occasion, a person and a channel."""
        said = f"{self.occasion}|{self.person}|{self.channel}"
        return f"ntc_{hashlib.sha256(said.encode()).hexdigest()[:24]}"


class BundleState(StrEnum):
    """Whether a message was taken by its channel."""

    READY = "ready"
    SENT = "sent"


class ToldLine(Struct, frozen=True):
    """One thing of a message."""

    text: str
    link: str | None = None


class Bundle(Struct, frozen=True, kw_only=True):
    """One message to one person: all that was due for them at a moment."""

    id: str
    person: str
    channel: str
    subject: str
    lines: tuple[ToldLine, ...]
    notices: int
    made_at: datetime
    state: BundleState = BundleState.READY
    sent_at: datetime | None = None
