"""The score of every company's records of a kind, now and at the end of every week."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, select

from governance.quality.findings import QualityFinding, QualityFindings
from governance.quality.rules import WEIGHTS, Kind
from governance.quality.tables import quality_judged, quality_scores
from store.database import Store

FIRM = "*"
_FINEST = Decimal("0.0001")
_Place = tuple[Kind, str]


class Score(Struct, frozen=True, kw_only=True):
    """How good the records of a kind are, from 0 to 1; those of no company are of `*`."""

    week: date
    kind: Kind
    legal_entity: str
    judged: int
    score: Decimal


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

        def work(connection: Connection) -> None:
            connection.execute(delete(quality_scores).where(quality_scores.c.week == week))
            for place, judged in _counted(connection).items():
                kind, entity = place
                connection.execute(
                    insert(quality_scores).values(
                        week=week,
                        kind=kind,
                        legal_entity=entity,
                        judged=judged,
                        score=str(score(judged, taken.get(place, Decimal(0)))),
                    )
                )

        await self._store.write(work)

    async def listed(self, entities: frozenset[str]) -> list[Score]:
        """Return the scores of every week, of some companies and of the firm's own records."""
        columns = quality_scores.c
        query = (
            select(quality_scores)
            .where(columns.legal_entity.in_([FIRM, *sorted(entities)]))
            .order_by(columns.week, columns.legal_entity, columns.kind)
        )

        def read(connection: Connection) -> list[Score]:
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

        return await self._store.read(read)


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
    return {(Kind(kind), entity or FIRM): count for kind, entity, count in rows}
