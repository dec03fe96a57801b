"""Governance over HTTP, as far as it is about the audit."""

from datetime import datetime

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from msgspec import Struct

from governance.audit import AuditRecord, moment
from governance.audit_chain.reading import Question
from governance.audit_chain.streams import Stream
from governance.sensitive_reads import SensitiveReads

PAGE = 100


class AuditPage(Struct, frozen=True):
    """Entries of the audit, each with its place in its chain."""

    items: list[AuditRecord]
    next_cursor: int | None = None


@get("/audit", opt={"operation": "read_audit"})
async def read_audit(
    sensitive_reads: NamedDependency[SensitiveReads],
    stream: FromQuery[Stream | None] = None,
    subject: FromQuery[str | None] = None,
    actor: FromQuery[str | None] = None,
    action: FromQuery[str | None] = None,
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    cursor: FromQuery[int] = 0,
) -> AuditPage:
    """Return the entries that fit, oldest first, a page at a time; the look is on record too."""
    question = Question(
        stream=stream,
        subject=subject,
        actor=actor,
        action=action,
        since=_told(since),
        until=_told(until),
        after=cursor,
    )
    found = await sensitive_reads.of_audit(question, limit=PAGE + 1)
    page = found[:PAGE]
    return AuditPage(page, page[-1].sequence if len(found) > PAGE else None)


def _told(at: datetime | None) -> str | None:
    """Return a moment as entries tell it; one without a zone could be anybody's."""
    if at is None:
        return None
    if at.tzinfo is None:
        raise ValueError("a moment needs a time zone, as in 2026-11-27T00:00:00Z")
    return moment(at)


handlers = [read_audit]
