"""The register of matches: what was found or decided about two records, and by whom."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import Struct
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    String,
    Table,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Row

from governance.access import current_caller
from governance.audit import Audit, AuditEntry
from process_apis.client_matching.rules import ClientMatch, Verdict
from process_apis.listing import PAGE, Listing, Whose
from store.columns import Instant
from store.database import Store, metadata

client_matches = Table(
    "client_matches",
    metadata,
    Column("left_system", String, primary_key=True),
    Column("left_record", String, primary_key=True),
    Column("right_system", String, primary_key=True),
    Column("right_record", String, primary_key=True),
    Column("left_name", String, nullable=False),
    Column("right_name", String, nullable=False),
    Column("left_id", String, nullable=False),
    Column("right_id", String, nullable=False),
    Column("verdict", String, nullable=False),
    Column("score", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("decided_by", String),
    Column("decided_at", Instant),
    Index("client_matches_by_ids", "left_id", "right_id"),
)
_known = client_matches.c


class KnownMatch(Struct, frozen=True, kw_only=True):
    """Two records with what is known of them; `decided_by` is a person, if one decided."""

    left_system: str
    left_record: str
    left_name: str
    left_id: str
    right_system: str
    right_record: str
    right_name: str
    right_id: str
    verdict: Verdict
    score: Decimal
    reason: str
    found_at: datetime
    decided_by: str | None
    decided_at: datetime | None


class MatchRegister:
    """Remembers matches for good; what a person decided is never overwritten by a rule."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit

    async def found(self, matches: Sequence[ClientMatch], at: datetime) -> int:
        """Write down what a look at all records found, and return how much of it is new."""
        by = current_caller()

        def work(connection: Connection) -> int:
            fresh = 0
            for match in matches:
                values = _columns(match)
                known = connection.execute(select(client_matches).where(*_pair(match))).first()
                if known is None:
                    connection.execute(insert(client_matches).values(**values, found_at=at))
                    name = f"{values['left_record']}+{values['right_record']}"
                    entry = AuditEntry.by(by, f"client_match.{match.verdict}", name)
                    self._audit.append(connection, entry)
                    fresh += 1
                elif known.decided_by is None:
                    connection.execute(update(client_matches).where(*_pair(match)).values(**values))
            return fresh

        return await self._store.write(work)

    async def decided(
        self, left_id: str, right_id: str, verdict: Verdict, *, by: str, at: datetime
    ) -> None:
        """Write down what a person decided last about every pair of records of two clients."""
        caller = current_caller()
        pairs = (_known.left_id == left_id) & (_known.right_id == right_id)
        turned = (_known.left_id == right_id) & (_known.right_id == left_id)
        otherwise = (_known.verdict != verdict) & (_known.decided_at <= at)
        values = {"verdict": verdict, "decided_by": by, "decided_at": at}

        def work(connection: Connection) -> None:
            changed = connection.execute(
                update(client_matches)
                .where(pairs | turned, or_(_known.decided_by.is_(None), otherwise))
                .values(**values)
            )
            if changed.rowcount:
                told = f"{left_id}+{right_id}"
                entry = AuditEntry.by(caller, f"client_match.decided_{verdict}", told)
                self._audit.append(connection, entry)

        await self._store.write(work)

    async def page(
        self, cursor: str | None, *, most: int = PAGE
    ) -> tuple[list[KnownMatch], str | None]:
        """Return a page of the matches, in the order of the records, and the next one's cursor."""
        after = MATCHES.after(cursor)
        return await self._store.read(
            lambda connection: MATCHES.page(connection, (), lambda _: True, after=after, most=most)
        )

    async def undecided(self, client_id: str | None = None) -> list[KnownMatch]:
        """Return the pairs that a steward has yet to decide, of one client or of all."""
        query = select(client_matches).where(
            _known.verdict == Verdict.STEWARD,
            _known.decided_by.is_(None),
            _known.left_id != _known.right_id,
        )
        if client_id is not None:
            query = query.where((_known.left_id == client_id) | (_known.right_id == client_id))
        return await self._store.read(
            lambda connection: [_match(row) for row in connection.execute(query)]
        )


def _pair(match: ClientMatch) -> tuple[ColumnElement[bool], ...]:
    left, right = match.left.source, match.right.source
    return (
        _known.left_system == left.instance,
        _known.left_record == left.record_id,
        _known.right_system == right.instance,
        _known.right_record == right.record_id,
    )


def _columns(match: ClientMatch) -> dict[str, object]:
    left, right = match.left, match.right
    return {
        "left_system": left.source.instance,
        "left_record": left.source.record_id,
        "left_name": left.legal_name,
        "left_id": left.id,
        "right_system": right.source.instance,
        "right_record": right.source.record_id,
        "right_name": right.legal_name,
        "right_id": right.id,
        "verdict": match.verdict,
        "score": str(match.score),
        "reason": match.reason,
    }


def _match(row: Row[tuple[object, ...]]) -> KnownMatch:
    fields = {name: getattr(row, name) for name in KnownMatch.__struct_fields__}
    fields["verdict"] = Verdict(fields["verdict"])
    fields["score"] = Decimal(fields["score"])
    return KnownMatch(**fields)


MATCHES = Listing(
    name="matches",
    order=(_known.left_system, _known.left_record, _known.right_system, _known.right_record),
    read=lambda _, rows: [_match(each) for each in rows],
    whose=Whose.EVERYBODY,
)
