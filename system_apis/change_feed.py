"""How a connector turns the lines of a system's change feed into changes with ids of ours."""

from datetime import datetime

from msgspec import Struct

from system_apis.canonical.record import Change
from system_apis.connector import References


class FeedLine(Struct, frozen=True):
    """One line of a change feed: our word for the record's type, the system's id for the record."""

    sequence: int
    record_type: str
    record_id: str
    version: int
    changed_at: datetime


async def identified(lines: list[FeedLine], references: References) -> list[Change]:
    """Return the lines as changes, in their order."""
    ours: dict[tuple[str, str], str] = {}
    for record_type in {line.record_type for line in lines}:
        theirs = [line.record_id for line in lines if line.record_type == record_type]
        ids = await references.ids_of(record_type, theirs)
        ours |= {(record_type, one): known for one, known in zip(theirs, ids, strict=True)}
    return [
        Change(
            line.sequence,
            line.record_type,
            ours[line.record_type, line.record_id],
            line.version,
            line.changed_at,
        )
        for line in lines
    ]
