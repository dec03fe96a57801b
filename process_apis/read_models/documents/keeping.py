"""Keeps the books' documents: all postings of one change together, in one transaction."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from process_apis.read_models.documents.records import Posting, Record, is_news, struck_out
from process_apis.read_models.heard import Heard
from process_apis.read_models.tables import known_postings

SOME = 400  # ids in one statement
table = known_postings.c
_SAME = [each for each in known_postings.columns if each.name not in {"generation", "version"}]


class DocumentShelf(Struct, frozen=True):
    """The documents of one system, in one generation."""

    instance: str
    generation: int

    def apply(self, connection: Connection, told: Sequence[Record]) -> None:
        """Keep what is told where it is news."""
        known = self._known(connection, {each.id for each in told})
        news: dict[str, Record] = {}
        for each in told:
            if is_news(each, news.get(each.id) or known.get(each.id)):
                news[each.id] = each
        self._put(connection, news.values())

    def fill(self, connection: Connection, listed: Sequence[Record]) -> None:
        """Keep what a listing says, unless something as new was told since it began."""
        known = self._known(connection, {each.id for each in listed})
        news = {
            each.id: each
            for each in listed
            if each.id not in known or each.version > known[each.id].version
        }
        self._put(connection, news.values())

    def strike_out(self, connection: Connection, missing: Mapping[str, int]) -> None:
        """Take out documents that their system no longer has, each told of at a version."""
        known = self._known(connection, set(missing))
        gone = []
        for one, version in missing.items():
            there = known.get(one)
            if there is None or not there.gone:
                gone.append(struck_out(one, max(version, there.version if there else version)))
        self._put(connection, gone)

    def newer_than(self, connection: Connection, told: Mapping[str, int]) -> int:
        """Return of how many documents a newer version is known than the one that was told."""
        known = self._known(connection, set(told)).values()
        return sum(1 for each in known if each.version > told[each.id] and not each.gone)

    def held(self, connection: Connection) -> int:
        """Count the documents that are known."""
        query = select(func.count(table.id.distinct())).where(*self._here(), table.gone.is_(False))
        return connection.execute(query).scalar_one()

    def unlisted(self, connection: Connection, built: int) -> dict[str, Heard]:
        """Return what is known here and not in the generation that is being built."""
        others = known_postings.alias("others").c
        there = select(others.id).where(
            others.instance == self.instance, others.generation == built
        )
        query = select(table.id, table.record_type, table.version).where(
            *self._here(), table.gone.is_(False), table.id.not_in(there)
        )
        return {row.id: Heard(row.record_type, row.version) for row in connection.execute(query)}

    def differing(self, connection: Connection, built: int) -> int:
        """Return how many documents a generation has otherwise than this one, if at all.

        What they say counts: a payment that is listed tells no version.
        """
        ours = self._said(connection)
        theirs = replace(self, generation=built)._said(connection)
        return len({key for key, _ in ours.items() ^ theirs.items()})

    def empty(self, connection: Connection, most: int) -> int:
        """Delete some of a generation, and return how many postings went; of an empty one none."""
        ids = select(table.id).where(*self._here()).limit(most)
        there = delete(known_postings).where(*self._here(), table.id.in_(ids))
        return connection.execute(there).rowcount

    def _said(self, connection: Connection) -> dict[str, tuple[tuple[object, ...], ...]]:
        query = select(*_SAME).where(*self._here(), table.gone.is_(False))
        found: dict[str, tuple[tuple[object, ...], ...]] = {}
        for row in connection.execute(query.order_by(table.id, table.part)):
            found[row.id] = (*found.get(row.id, ()), tuple(row))
        return found

    def _known(self, connection: Connection, ids: set[str]) -> dict[str, Record]:
        found: dict[str, list[Posting]] = {}
        ordered = sorted(ids)
        for start in range(0, len(ordered), SOME):
            some = table.id.in_(ordered[start : start + SOME])
            for row in connection.execute(select(known_postings).where(*self._here(), some)):
                names = Posting.__struct_fields__
                posting = Posting(**{name: getattr(row, name) for name in names})
                found.setdefault(posting.id, []).append(posting)
        return {
            one: Record(one, postings[0].version, tuple(postings))
            for one, postings in found.items()
        }

    def _put(self, connection: Connection, records: Iterable[Record]) -> None:
        """Write documents down in the place of what was known of them."""
        written = list(records)
        ids = [each.id for each in written]
        for start in range(0, len(ids), SOME):
            there = table.id.in_(ids[start : start + SOME])
            connection.execute(delete(known_postings).where(*self._here(), there))
        place = {"instance": self.instance, "generation": self.generation}
        rows = [
            asdict(part) | place | {"month": part.day.replace(day=1)}
            for each in written
            for part in each.postings
        ]
        if rows:
            connection.execute(insert(known_postings), rows)

    def _here(self) -> tuple[ColumnElement[bool], ...]:
        return table.instance == self.instance, table.generation == self.generation
