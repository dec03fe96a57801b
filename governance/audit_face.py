"""Governance over HTTP, as far as it is about the audit."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from msgspec import Struct

from governance.audit import AuditRecord, moment
from governance.audit_chain.reading import Question
from governance.audit_chain.streams import Stream
from governance.sensitive_reads import SensitiveReads

PAGE, MOST = 100, 2**53


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
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
    cursor: Annotated[int, QueryParameter(ge=0, le=MOST)] = 0,
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
        until=moment(_midnight(until) + timedelta(days=1)) if until else None,
        after=cursor,
    )
    shown, more = await sensitive_reads.of_audit(question, page=PAGE)
    return AuditPage(shown, shown[-1].sequence if more else None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


handlers = [read_audit]
