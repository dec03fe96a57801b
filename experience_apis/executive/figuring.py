"""Works the key figures out: what is recorded, of the part that is asked for, under the terms."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from msgspec import Struct

from experience_apis.executive import definitions, of_billing, of_money, of_people, of_work
from experience_apis.executive.definitions import Definition
from experience_apis.executive.figures.measures import share
from experience_apis.executive.page import KeyFigure, KeyFigures
from experience_apis.executive.sources import Asked, FirmFacts, Sources, Told
from experience_apis.executive.terms import KeyFigureTerms
from governance.editions import Edition

F = TypeVar("F")


class KeyFiguring:
    """Works out the key figures that are asked for."""

    def __init__(self, sources: Sources, firm: FirmFacts, now: Callable[[], datetime]) -> None:
        self._from, self._firm, self.now = sources, firm, now
        self.companies = frozenset(firm.entities)

    async def all(self, asked: Asked) -> KeyFigures:
        """Return every key figure."""
        terms = self._firm.terms.on(asked.window.last_day)
        told = Telling(asked, await self._late(), terms, len(self._from.instances))
        people = await of_people.read(self._from, asked)
        events = await of_billing.read(self._from, asked)
        posted = await of_billing.posted(self._from, asked)
        return KeyFigures(
            start=asked.window.start,
            end=asked.window.end,
            as_of=asked.window.as_of,
            reporting_currency=self._firm.rates.currency,
            data_completeness=told.completeness,
            late_sources=told.late,
            read_from=(*people.sources, *posted.sources),
            group=told.of(definitions.GROUP, await of_money.group_figures(self._from, asked)),
            utilization=told.of(definitions.UTILIZATION, of_people.utilization(people, asked)),
            utilization_forecast=told.of(
                definitions.FORECAST, of_people.forecast(people, asked, terms.terms)
            ),
            dso=told.of(definitions.DSO, of_billing.dso(posted, self._firm, asked)),
            readiness=told.of(definitions.READINESS, of_billing.readiness(events, self._firm)),
            on_time_invoicing=told.of(
                definitions.ON_TIME_INVOICING,
                of_billing.on_time_invoicing(events, self._firm, asked, terms.terms),
            ),
            approval_latency_hours=told.of(
                definitions.APPROVAL_LATENCY,
                await of_work.approval_latency(self._from, asked, terms.terms),
            ),
            time_entry_compliance=told.of(
                definitions.COMPLIANCE,
                of_people.compliance(people, self._firm, asked, terms.terms),
            ),
            project_setup=told.of(
                definitions.PROJECT_SETUP, await of_work.project_setup(self._from, asked)
            ),
        )

    async def _late(self) -> tuple[str, ...]:
        """Return the systems whose feeds were not read up in time."""
        found = await self._from.quality.open_about(self._from.instances)
        return tuple(sorted({each.subject for each in found}))


class Telling(Struct, frozen=True):
    """Says of every figure what it means, as of when, by which terms and from how much."""

    asked: Asked
    late: tuple[str, ...]
    terms: Edition[KeyFigureTerms]
    sources: int

    @property
    def completeness(self) -> Decimal | None:
        """The share of the firm's systems that were read up in time."""
        return share(self.sources - len(self.late), self.sources)

    def of(self, definition: Definition, told: Told[F]) -> KeyFigure[F]:
        """Return a figure with what it means; None where it is not told by what is asked for."""
        is_told = set(self.asked.scope.part.dimensions) <= set(definition.by)
        return KeyFigure(
            definition=definition,
            terms_version=self.terms.version,
            as_of=self.asked.window.as_of,
            data_completeness=self.completeness,
            figure=told.figure if is_told else None,
            drill_down=told.drill_down if is_told else (),
        )
