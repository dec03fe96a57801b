"""The tables of subscriptions, of what is on its way to them, and of every attempt at it."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from store.columns import Instant
from store.database import metadata

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("status", String, nullable=False),
    # The last event of the outbox that was looked at for it.
    Column("position", Integer, nullable=False),
    # How many attempts failed in a row, and until when the receiver asked not to be called.
    Column("failures", Integer, nullable=False),
    Column("rests_until", Instant),
    Column("record", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("subscriptions_listed", "status", "created_at", "id"),
    Index("subscriptions_by_owner", "owner", "status", "created_at", "id"),
)
event_deliveries = Table(
    "event_deliveries",
    metadata,
    Column("id", String, primary_key=True),
    Column("subscription_id", String, nullable=False),
    Column("position", Integer, nullable=False),
    # The record that the event is about: of one record, one event is told after the other.
    Column("subject", String, nullable=False),
    Column("state", String, nullable=False),
    Column("round", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", Instant),
    Index("event_deliveries_by_turn", "subscription_id", "state", "subject", "position"),
    Index("event_deliveries_by_due", "state", "due_at"),
    Index("event_deliveries_by_event", "subscription_id", "position", unique=True),
)
delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("delivery_id", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index("delivery_attempts_by_delivery", "delivery_id"),
)
