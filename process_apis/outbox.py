"""The outbox: what is to be told outside, written in the unit of work that accepts the fact.

Positions rise in the order of the commits, for one unit of work writes at a time.
"""

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    insert,
    select,
)

from process_apis.events.published import Told
from store.columns import Instant
from store.database import metadata

events_out = Table(
    "events_out",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("type", String, nullable=False),
    Column("legal_entity", String),
    Column("owner", String),
    Column("occurred_at", Instant, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index("events_out_by_time", "occurred_at"),
    sqlite_autoincrement=True,
)


def put_out(connection: Connection, told: Told) -> None:
    """Write an event down to be told; what was written before is left as it is."""
    if connection.execute(select(events_out.c.id).where(events_out.c.id == told.id)).first():
        return
    row = {
        "id": told.id,
        "type": told.type,
        "legal_entity": told.facts.legal_entity,
        "owner": told.owner,
        "occurred_at": told.occurred_at,
        "record": msgspec.json.encode(told),
    }
    connection.execute(insert(events_out).values(row))
