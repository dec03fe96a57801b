"""Keeps hours and their sums: what is told of a record changes both in one transaction.

An entry adds to its sums as long as it stands. When a version, a reversal or a deletion is told,
what the entries that it touches added is taken away, and what they add now is added.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import ColumnElement, Connection, FromClause, Table, delete, exists, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row

from process_apis.read_models import rules
from process_apis.read_models.heard import Heard
from process_apis.read_models.rules import Hours, Place, Sum
from process_apis.read_models.tables import known_hours, worked_hours

_ENTRY = "time_entry"
SOME = 400  # ids in one statement
_KEY = ("instance", "generation", "grain", "start", "employee", "project_number", "billable")


class Told(StrEnum):
    """What became of what was told of a record."""

    APPLIED = "applied"
    REPEATED = "repeated"
    OLDER = "older"
    STRUCK_OUT = "struck_out"


class Shelf(Struct, frozen=True):
    """The hours of one system, in one generation."""

    instance: str
    generation: int

    def apply(self, connection: Connection, told: Sequence[Hours]) -> dict[Told, int]:
        """Keep what is told where it is news, and count what became of each."""
        known = self._known(connection, {each.id for each in told})
        news: dict[str, Hours] = {}
        count = dict.fromkeys(Told, 0)
        for each in told:
            there = news.get(each.id) or known.get(each.id)
            if rules.is_news(each, there) or (there is not None and rules.is_back(each, there)):
                news[each.id] = each
                count[Told.APPLIED] += 1
            elif there is not None and each.version < there.version:
                count[Told.OLDER] += 1
            else:
                count[Told.REPEATED] += 1
        self._write(connection, news, known)
        return count

    def fill(self, connection: Connection, listed: Sequence[Hours]) -> None:
        """Keep what a listing says, unless something as new was told since it began."""
        known = self._known(connection, {each.id for each in listed})
        news = {each.id: each for each in listed if rules.is_news(each, known.get(each.id))}
        self._write(connection, news, known)

    def strike_out(self, connection: Connection, missing: Mapping[str, int]) -> dict[Told, int]:
        """Take out records that their system no longer has, each told of at a version."""
        known = self._known(connection, set(missing))
        news = {
            one: _struck_out(one, version, known.get(one))
            for one, version in missing.items()
            if one not in known or not known[one].gone
        }
        self._write(connection, news, known)
        return {Told.STRUCK_OUT: len(news), Told.REPEATED: len(missing) - len(news)}

    def newer_than(self, connection: Connection, told: Mapping[str, int]) -> int:
        """Return of how many records a newer version is known than the one that was told."""
        known = self._known(connection, set(told))
        return sum(1 for each in known.values() if each.version > told[each.id] and not each.gone)

    def held(self, connection: Connection) -> int:
        """Count the records that are known."""
        query = select(func.count()).where(*self._here(known_hours), known_hours.c.gone.is_(False))
        return connection.execute(query).scalar_one()

    def unlisted(self, connection: Connection, built: int) -> dict[str, Heard]:
        """Return what is known here and not in the generation that is being built."""
        others = known_hours.alias("others")
        there = exists().where(
            *replace(self, generation=built)._here(others), others.c.id == known_hours.c.id
        )
        query = select(known_hours.c.id, known_hours.c.version).where(
            *self._here(known_hours), known_hours.c.gone.is_(False), ~there
        )
        return {row.id: Heard(_ENTRY, row.version) for row in connection.execute(query)}

    def differing(self, connection: Connection, built: int) -> int:
        """Return how many records a generation has otherwise than this one, if at all."""
        other = replace(self, generation=built)
        return len(self._unmatched(connection, other) | other._unmatched(connection, self))

    def empty(self, connection: Connection, most: int) -> int:
        """Delete some of a generation, and return how many records went; of an empty one none."""
        ids = select(known_hours.c.id).where(*self._here(known_hours)).limit(most)
        there = (*self._here(known_hours), known_hours.c.id.in_(ids))
        deleted = connection.execute(delete(known_hours).where(*there)).rowcount
        if not deleted:
            connection.execute(delete(worked_hours).where(*self._here(worked_hours)))
        return deleted

    def _unmatched(self, connection: Connection, other: "Shelf") -> set[str]:
        """Return which records the other has not, or not of the same version."""
        others = known_hours.alias("others")
        same = exists().where(
            *other._here(others),
            others.c.id == known_hours.c.id,
            others.c.version == known_hours.c.version,
            others.c.gone.is_(False),
        )
        query = select(known_hours.c.id).where(
            *self._here(known_hours), known_hours.c.gone.is_(False), ~same
        )
        return set(connection.execute(query).scalars())

    def _write(
        self, connection: Connection, news: Mapping[str, Hours], known: Mapping[str, Hours]
    ) -> None:
        """Write entries down, and move the sums of every entry that they touch."""
        if not news:
            return
        written = {*news.values(), *(known[one] for one in news if one in known)}
        adjusted = {each.adjusts for each in written if each.adjusts}
        before = self._added(connection, adjusted | (news.keys() & known.keys()))
        self._put(connection, news.values())
        self._move(connection, rules.moved(before, self._added(connection, adjusted | set(news))))

    def _added(self, connection: Connection, ids: set[str]) -> dict[Place, Sum]:
        """Return what entries add to the sums, as they are written down."""
        entries = self._known(connection, ids).values()
        gone: set[str] = set()
        for some in _some(ids):
            reversals = select(known_hours.c.adjusts).where(
                *self._here(known_hours),
                known_hours.c.adjusts.in_(some),
                known_hours.c.units < 0,
                known_hours.c.gone.is_(False),
            )
            gone |= set(connection.execute(reversals).scalars())
        return rules.sums(entries, frozenset(gone))

    def _known(self, connection: Connection, ids: set[str]) -> dict[str, Hours]:
        found: dict[str, Hours] = {}
        for some in _some(ids):
            rows = connection.execute(
                select(known_hours).where(*self._here(known_hours), known_hours.c.id.in_(some))
            )
            found |= {row.id: entry_of(row) for row in rows}
        return found

    def _put(self, connection: Connection, entries: Iterable[Hours]) -> None:
        rows = [asdict(each) | self._place() for each in entries]
        statement = _into(connection, known_hours)
        keys = ("instance", "generation", "id")
        newer = {
            each.name: statement.excluded[each.name]
            for each in known_hours.columns
            if each.name not in keys
        }
        connection.execute(
            statement.on_conflict_do_update(index_elements=list(keys), set_=newer), rows
        )

    def _move(self, connection: Connection, changes: Mapping[Place, Sum]) -> None:
        """Add to sums, or take from them; a sum of no entries is none."""
        if not changes:
            return
        rows = [asdict(place) | asdict(change) | self._place() for place, change in changes.items()]
        statement = _into(connection, worked_hours)
        more = {
            name: worked_hours.c[name] + statement.excluded[name] for name in ("units", "entries")
        }
        connection.execute(
            statement.on_conflict_do_update(index_elements=list(_KEY), set_=more), rows
        )
        if any(change.entries < 0 for change in changes.values()):
            for start in {place.start for place in changes}:
                connection.execute(
                    delete(worked_hours).where(
                        *self._here(worked_hours),
                        worked_hours.c.grain.in_(tuple(rules.Grain)),
                        worked_hours.c.start == start,
                        worked_hours.c.entries == 0,
                    )
                )

    def _place(self) -> dict[str, object]:
        return {"instance": self.instance, "generation": self.generation}

    def _here(self, table: FromClause) -> tuple[ColumnElement[bool], ...]:
        return table.c.instance == self.instance, table.c.generation == self.generation


def entry_of(row: Row[tuple[object, ...]]) -> Hours:
    """Return an entry as it is written down."""
    return Hours(**{name: getattr(row, name) for name in Hours.__struct_fields__})


def _into(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that can say what to do about a row that is there."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def _struck_out(record_id: str, version: int, known: Hours | None) -> Hours:
    """Return what is kept of a record that is gone: enough to know what is told of it too late."""
    if known is None:
        return Hours(
            id=record_id,
            version=version,
            employee="",
            project_number="",
            work_date=date.min,
            units=0,
            billable=False,
            approved=False,
            adjusts=None,
            gone=True,
        )
    return replace(known, gone=True, version=max(known.version, version))


def _some(ids: set[str]) -> list[list[str]]:
    ordered = sorted(ids)
    return [ordered[start : start + SOME] for start in range(0, len(ordered), SOME)]
