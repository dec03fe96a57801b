"""Reading the audit's table: in order, a page at a time, whatever was done to it."""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import ColumnElement, Connection, bindparam, func, inspect, or_, select, text
from sqlalchemy.exc import DatabaseError

from governance.audit_chain.entries import ONE_CHAIN, audit
from governance.audit_chain.heads import Heads
from governance.audit_chain.walk import AuditVerdict, Extent, Fault, Row, Unreadable, Walk

_PAGE = 5_000
WHOLE = Extent()
_LAST_AFTER = (
    select(audit.c.after_hash)
    .where(
        audit.c.subject == bindparam("subject"),
        audit.c.stream == bindparam("stream"),
        audit.c.action == bindparam("action"),
    )
    .order_by(audit.c.sequence.desc())
    .limit(1)
)
_INDEXES_AGREE, _AGREED = text(f"PRAGMA integrity_check({audit.name})"), "ok"
_ALL = select(audit).order_by(audit.c.sequence)


class Question(Struct, frozen=True, kw_only=True):
    """Which entries somebody wants to see; what is not said lets every entry through.

    `since` and `until` are moments as entries tell them, the second of them no longer included.
    """

    stream: str | None = None
    subject: str | None = None
    actor: str | None = None
    action: str | None = None
    since: str | None = None
    until: str | None = None
    after: int = 0

    def told(self) -> str:
        """Return what is asked for in one line."""
        said = [f"{name}={value}" for name, value in asdict(self).items() if value]
        return " ".join(said) or "everything"


def silent(_: int) -> None:
    """Tell nobody how far the walk is."""


def verify(
    connection: Connection,
    heads: Heads | None = None,
    *,
    extent: Extent = WHOLE,
    progress: Callable[[int], None] = silent,
) -> AuditVerdict:
    """Walk the chains once, in order, and say where each stream first breaks.

    The walk goes by the entries' own places. Whoever searches goes by the indexes, so these are
    held against the entries as well, all of them whatever the extent.
    """
    verdict = Walk(heads, extent).along(rows(connection, extent), progress)
    return replace(verdict, faults=(*verdict.faults, *_of_indexes(connection)))


def rows(connection: Connection, extent: Extent, *, last: int | None = None) -> Iterator[Row]:
    """Yield entries by their sequence, or raise `Unreadable` at the first that cannot be read.

    A stream's entries come with all those of the one chain that it goes on from.
    """
    wanted: list[ColumnElement[bool]] = []
    if extent.stream is not None:
        wanted.append(or_(audit.c.stream == extent.stream, audit.c.form == ONE_CHAIN))
    if last is not None:
        wanted.append(audit.c.sequence <= last)
    # A walk from the first entry also meets what was put in before it.
    after = extent.first - 1 if extent.first > 1 else None
    while page := _page(connection, wanted, after, _PAGE):
        yield from page
        after = page[-1][0]


def found(connection: Connection, question: Question, limit: int) -> Sequence[object]:
    """Return the rows of the first entries that fit a question, by their sequence."""
    same = ("stream", "subject", "actor", "action")
    wanted = [
        audit.c[name] == said for name in same if (said := getattr(question, name)) is not None
    ]
    if question.since is not None:
        wanted.append(audit.c.at >= question.since)
    if question.until is not None:
        wanted.append(audit.c.at < question.until)
    query = _ALL.where(*wanted, audit.c.sequence > question.after).limit(limit)
    return connection.execute(query).all()


def last_after(connection: Connection, stream: str, action: str, subject: str) -> str | None:
    """Return the hash of what the newest entry says that a subject became, if there is one."""
    same = {"stream": stream, "action": action, "subject": subject}
    return connection.execute(_LAST_AFTER, same).scalar()


def first_since(connection: Connection, moment: str) -> int:
    """Return the sequence of the first entry of a moment or later, or of the next one to come."""
    first = select(func.min(audit.c.sequence)).where(audit.c.at >= moment)
    return connection.execute(first).scalar() or last_before(connection, moment) + 1


def last_before(connection: Connection, moment: str) -> int:
    """Return the sequence of the last entry that is earlier than a moment, or 0."""
    last = select(func.max(audit.c.sequence)).where(audit.c.at < moment)
    return connection.execute(last).scalar() or 0


def in_streams(connection: Connection) -> bool:
    """Whether a database is new enough to have its audit in streams."""
    return any(column["name"] == "stream" for column in inspect(connection).get_columns("audit"))


def _of_indexes(connection: Connection) -> list[Fault]:
    """Return a fault when SQLite finds an index that hides an entry, or shows one too many."""
    if connection.dialect.name != "sqlite":
        return []
    try:
        said = str(connection.execute(_INDEXES_AGREE).scalar())
    except DatabaseError:
        said = "an index cannot be read"
    return (
        [] if said == _AGREED else [Fault(reason=f"{said}: a search does not find what is there")]
    )


def _page(
    connection: Connection, wanted: list[ColumnElement[bool]], after: int | None, size: int
) -> list[tuple[int, ...]]:
    beyond = [] if after is None else [audit.c.sequence > after]
    query = _ALL.where(*wanted, *beyond).limit(size)
    try:
        return [tuple(row) for row in connection.execute(query)]
    except DatabaseError as error:
        if size == 1:
            raise Unreadable((after or 0) + 1) from error
        return _page(connection, wanted, after, size // 2)
