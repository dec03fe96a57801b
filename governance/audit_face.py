"""Governance over HTTP, as far as it is about the audit."""

import re
from datetime import UTC, date, datetime, time, timedelta

from litestar import get
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException
from litestar.params import FromQuery
from msgspec import Struct

from governance.audit import AuditRecord, moment
from governance.audit_chain.reading import Question
from governance.audit_chain.streams import Stream
from governance.compact_token import decoded, encoded
from governance.sensitive_reads import SensitiveReads

PAGE = 100
_CURSOR = re.compile(r"audit:([1-9][0-9]{0,15})")


class AuditPage(Struct, frozen=True):
    """Entries of the audit, each with its place in its chain."""

    items: list[AuditRecord]
    next_cursor: str | None = None


@get("/audit", opt={"operation": "read_audit"})
async def read_audit(
    sensitive_reads: NamedDependency[SensitiveReads],
    stream: FromQuery[Stream | None] = None,
    subject: FromQuery[str | None] = None,
    actor: FromQuery[str | None] = None,
    action: FromQuery[str | None] = None,
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    cursor: FromQuery[str | None] = None,
) -> AuditPage:
    """Return the entries that fit, oldest first, a page at a time; the look is on record too.

    `since` and `until` are days in UTC, both included.
    """
    question = Question(
        stream=stream,
        subject=subject,
        actor=actor,
        action=action,
        since=moment(_midnight(since)) if since else None,
        until=_end_of(until),
        after=_read_cursor(cursor) if cursor is not None else 0,
    )
    shown, more = await sensitive_reads.of_audit(question, page=PAGE)
    return AuditPage(shown, _cursor(shown[-1].sequence) if more else None)


def _cursor(sequence: int) -> str:
    return encoded(f"audit:{sequence}".encode())


def _read_cursor(cursor: str) -> int:
    """Return the sequence that a page ended with, or blame the query."""
    try:
        said = _CURSOR.fullmatch(decoded(cursor).decode())
    except ValueError:
        said = None
    if said is None:
        fault = {"message": "This is no page of this list.", "key": "cursor", "source": "query"}
        raise ValidationException("no such page", extra=[fault])
    return int(said[1])


def _end_of(day: date | None) -> str | None:
    """Return the moment at which a day is over; the calendar's last one never is."""
    if day is None or day == date.max:
        return None
    return moment(_midnight(day + timedelta(days=1)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


handlers = [read_audit]
