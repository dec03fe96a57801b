"""Governance over HTTP, as far as it is about the audit."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from msgspec import Meta, Struct

from governance.audit import AuditRecord, moment
from governance.audit_chain.reading import Question
from governance.audit_chain.streams import Stream
from governance.pages import Place, cursor_at, place_at
from governance.sensitive_reads import SensitiveReads

PAGE = 100


class AuditPage(Struct, frozen=True):
    """Entries of the audit, each with its place in its chain."""

    items: list[AuditRecord]
    next_cursor: str | None = None


class AuditPlace(Place, frozen=True, tag="audit"):
    """Where a page of the audit ends: the sequence of its last entry."""

    sequence: Annotated[int, Meta(ge=1, lt=10**16)]


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
    after = place_at(cursor, AuditPlace)
    question = Question(
        stream=stream,
        subject=subject,
        actor=actor,
        action=action,
        since=moment(_midnight(since)) if since else None,
        until=_end_of(until),
        after=after.sequence if after else 0,
    )
    shown, more = await sensitive_reads.of_audit(question, page=PAGE)
    return AuditPage(shown, cursor_at(AuditPlace(shown[-1].sequence)) if more else None)


def _end_of(day: date | None) -> str | None:
    """Return the moment at which a day is over; the calendar's last one never is."""
    if day is None or day == date.max:
        return None
    return moment(_midnight(day + timedelta(days=1)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


handlers = [read_audit]
