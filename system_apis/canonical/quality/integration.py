"""What is wrong with how records come to us: rules DQ-I1 to DQ-I6 of the domain handbook, 5.

A fact that is not known is None, and nothing is said of it. Each rule returns what it found.
"""

from datetime import datetime, timedelta

from msgspec import Struct

from system_apis.canonical.record import Change

MOST_SKEW = timedelta(minutes=5)


class ChangeFacts(Struct, frozen=True, kw_only=True):
    """A line of a change feed, what was seen before, and when it was read."""

    change: Change
    seen_version: int | None = None
    read_at: datetime | None = None
    deleted_remotely: bool = False


class FeedFacts(Struct, frozen=True, kw_only=True):
    """A feed: when it was last read to its end, and how late that may be."""

    read_up_at: datetime
    now: datetime
    fresh_within: timedelta


class RefusalFacts(Struct, frozen=True, kw_only=True):
    """What stands against a record that came: a value, a field, or that it cannot be read."""

    field: str | None = None
    unmapped_value: str | None = None
    required_field: str | None = None
    unreadable: str | None = None


def out_of_order(facts: ChangeFacts) -> str | None:
    """DQ-I1: a version older than one that was seen says nothing new; records are read again."""
    seen = facts.seen_version
    old = seen is not None and facts.change.version < seen
    return f"version {facts.change.version} came after {seen}" if old else None


def deleted_remotely(facts: ChangeFacts) -> str | None:
    """DQ-I2: a record that a system no longer has starts nothing."""
    return "remote_was_deleted is true" if facts.deleted_remotely else None


def value_unmapped(facts: RefusalFacts) -> str | None:
    """DQ-I3: a value that we have no word for is never taken for another."""
    value = facts.unmapped_value
    return f"{facts.field} {value} has no word of ours" if value is not None else None


def clocks_apart(facts: ChangeFacts) -> str | None:
    """DQ-I4: a system's clock is not more than five minutes ahead of ours."""
    read_at, changed_at = facts.read_at, facts.change.changed_at
    ahead = read_at is not None and changed_at - read_at > MOST_SKEW
    return f"changed_at {changed_at} is ahead of {read_at}" if ahead else None


def feed_late(facts: FeedFacts) -> str | None:
    """DQ-I5: a feed is read as often as was promised; its age is also a metric."""
    late = facts.now - facts.read_up_at > facts.fresh_within
    return f"read_up_at is {facts.read_up_at}" if late else None


def schema_drifted(facts: RefusalFacts) -> str | None:
    """DQ-I6: a record has every field that we need, and needs none that we do not know."""
    if facts.unreadable is not None:
        return f"the record cannot be read: {facts.unreadable}"
    name = facts.required_field
    return f"{name} is required, and not known" if name is not None else None
