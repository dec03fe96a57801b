"""Records that could not be read as they were told: looked at again until they are."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from process_apis.read_models.heard import Heard
from process_apis.read_models.tables import doubted_records

# What was told and is not to be seen may be on its way still. [P]
SOON, LATER = timedelta(minutes=1), timedelta(hours=1)
SETTLED_AFTER = timedelta(minutes=15)
MOST_AT_ONCE = 100


class Doubt(StrEnum):
    """Why a record is looked at again."""

    MISSING = "missing"
    """Its system does not show it; it is struck out until it does."""
    BEHIND = "behind"
    """Its system shows an older version than it told of."""
    UNREADABLE = "unreadable"
    """It cannot be read; what was known of it before is kept."""


class Modelled(Struct, frozen=True):
    """What a read model is of: of which records, of which system."""

    model: str
    instance: str


def due(connection: Connection, of: Modelled, now: datetime) -> dict[str, Heard]:
    """Return the records of a model that are to be looked at again now."""
    table = doubted_records.c
    query = (
        select(table.id, table.record_type, table.version)
        .where(*_of(of), table.again_at <= now)
        .order_by(table.again_at, table.id)
        .limit(MOST_AT_ONCE)
    )
    return {row.id: Heard(row.record_type, row.version) for row in connection.execute(query)}


def settle(
    connection: Connection,
    of: Modelled,
    looked: Mapping[str, Heard],
    doubts: Mapping[str, Doubt],
    now: datetime,
) -> None:
    """Remember which of the records that were looked at are in doubt, and forget the others.

    What is still missing or behind after a quarter of an hour is so for good: it is let be.
    """
    table = doubted_records.c
    here = (*_of(of), table.id.in_(sorted(looked)))
    since = {
        row.id: row.since for row in connection.execute(select(table.id, table.since).where(*here))
    }
    connection.execute(delete(doubted_records).where(*here))
    rows = [
        {
            "model": of.model,
            "instance": of.instance,
            "id": one,
            "record_type": looked[one].record_type,
            "version": looked[one].version,
            "doubt": doubt,
            "since": since.get(one, now),
            "again_at": now + (LATER if doubt is Doubt.UNREADABLE else SOON),
        }
        for one, doubt in doubts.items()
        if doubt is Doubt.UNREADABLE or now - since.get(one, now) < SETTLED_AFTER
    ]
    if rows:
        connection.execute(insert(doubted_records), rows)


def doubted(
    looked: Mapping[str, Heard], found: Mapping[str, int], unreadable: Iterable[str]
) -> dict[str, Doubt]:
    """Return what is in doubt of records that were told of and looked at, by their versions."""
    unread = set(unreadable)
    behind = {one: Doubt.BEHIND for one, version in found.items() if version < looked[one].version}
    missing = dict.fromkeys(looked.keys() - found.keys() - unread, Doubt.MISSING)
    return dict(sorted((behind | missing | dict.fromkeys(unread, Doubt.UNREADABLE)).items()))


def in_doubt(connection: Connection, of: Modelled) -> int:
    """Count the records of a model that could not be read as they were told."""
    return connection.execute(select(func.count()).where(*_of(of))).scalar_one()


def _of(of: Modelled) -> tuple[ColumnElement[bool], ...]:
    return doubted_records.c.model == of.model, doubted_records.c.instance == of.instance
