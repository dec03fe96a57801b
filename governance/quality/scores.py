"""The score of every company's records of a kind, now and at the end of every week."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import astuple
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, tuple_

from governance.pages import Named, Place, page_of
from governance.quality.findings import QualityFinding, QualityFindings
from governance.quality.rules import WEIGHTS, Kind
from governance.quality.tables import quality_judged, quality_scores
from store.database import Store

FIRM = "*"
_FINEST = Decimal("0.0001")
PAGE = 500
_Place = tuple[Kind, str]
_ORDER = (quality_scores.c.week, quality_scores.c.kind, quality_scores.c.legal_entity)


class Score(Struct, frozen=True, kw_only=True):
    """How good the records of a kind are, from 0 to 1; those of no company are of `*`."""

    week: date
    kind: Kind
    legal_entity: str
    judged: int
    score: Decimal


class ScorePlace(Place, frozen=True, tag="scores"):
    """Where a page of scores ends: the week, kind and company of the last of it."""

    week: date
    kind: Kind
    legal_entity: Named


class QualityScores:
    """Works scores out, and keeps the last one of each week."""

    def __init__(
        self, store: Store, findings: QualityFindings, clock: Callable[[], datetime]
    ) -> None:
        self._store, self._findings, self._clock = store, findings, clock

    async def take(self) -> None:
        """Write down the scores of now as those of the week."""
        today = self._clock().date()
        week = today - timedelta(days=today.weekday())
        taken = off_by_place(await self._findings.all_open())

        def now(connection: Connection) -> list[Score]:
            return [
                Score(
                    week=week,
                    kind=kind,
                    legal_entity=entity,
                    judged=judged,
                    score=score(judged, taken.get((kind, entity), Decimal(0))),
                )
                for (kind, entity), judged in _counted(connection).items()
            ]

        def work(connection: Connection) -> None:
            connection.execute(delete(quality_scores).where(quality_scores.c.week == week))
            for each in now(connection):
                connection.execute(insert(quality_scores).values(**_row(each)))

        if await self._store.read(now) != await self._store.read(
            lambda connection: _written(connection, quality_scores.c.week == week)
        ):
            await self._store.write(work)

    async def listed(
        self, entities: frozenset[str], *, after: ScorePlace | None = None, most: int = PAGE
    ) -> tuple[list[Score], str | None]:
        """Return a page of the scores of some companies and of the firm's own, and its cursor."""
        wanted: list[ColumnElement[bool]] = [
            quality_scores.c.legal_entity.in_([FIRM, *sorted(entities)])
        ]
        if after is not None:
            wanted.append(tuple_(*_ORDER) > tuple_(*astuple(after)))
        found = await self._store.read(
            lambda connection: _written(connection, *wanted, most=most + 1)
        )
        return page_of(
            found, most, lambda last: ScorePlace(last.week, last.kind, last.legal_entity)
        )


def score(judged: int, taken_off: Decimal) -> Decimal:
    """Return 1 less the weight of all violations by record judged, and never less than 0."""
    if not judged:
        return Decimal(1)
    return max(Decimal(0), 1 - taken_off / judged).quantize(_FINEST)


def off_by_place(findings: Iterable[QualityFinding]) -> Mapping[_Place, Decimal]:
    """Return the weight of the open findings of every kind and company."""
    taken: dict[_Place, Decimal] = defaultdict(Decimal)
    for each in findings:
        taken[each.kind, each.legal_entity or FIRM] += WEIGHTS[each.action]
    return taken


def _counted(connection: Connection) -> dict[_Place, int]:
    columns = quality_judged.c
    query = select(columns.kind, columns.legal_entity, func.count()).group_by(
        columns.kind, columns.legal_entity
    )
    rows = connection.execute(query)
    counted = {(Kind(kind), entity or FIRM): count for kind, entity, count in rows}
    return dict(sorted(counted.items()))


def _written(
    connection: Connection, *which: ColumnElement[bool], most: int | None = None
) -> list[Score]:
    query = select(quality_scores).where(*which).order_by(*_ORDER).limit(most)
    return [
        Score(
            week=row.week,
            kind=Kind(row.kind),
            legal_entity=row.legal_entity,
            judged=row.judged,
            score=Decimal(row.score),
        )
        for row in connection.execute(query)
    ]


def _row(score: Score) -> dict[str, object]:
    return {
        "week": score.week,
        "kind": score.kind,
        "legal_entity": score.legal_entity,
        "judged": score.judged,
        "score": str(score.score),
    }
