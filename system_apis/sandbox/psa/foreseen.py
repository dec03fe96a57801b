"""What the PSA tells of whole companies: hours that were foreseen, and what was resolved when."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from system_apis.sandbox import firm as facts
from system_apis.sandbox.books import Fact
from system_apis.sandbox.psa.records import ForecastSnapshot, Resolution


def told_of_companies(firm: facts.Firm, entities: frozenset[str]) -> Iterator[Fact]:
    """Yield each forecast when it was frozen, and each approval when it was asked and answered."""
    people = {each.id: each for each in firm.employees}
    if firm.forecast is not None and firm.period is not None:
        for count, (number, hours) in enumerate(firm.forecast_hours.items(), start=3001):
            person = people.get(number)
            if person is None or person.legal_entity not in entities:
                continue
            foreseen = ForecastSnapshot(
                id=str(count),
                user_number=number,
                legal_entity=person.legal_entity,
                start_date=firm.period.start,
                end_date=firm.period.end,
                minutes=hours * 60,
                grain=firm.forecast.grain,
                frozen_at=firm.forecast.frozen_at,
            )
            frozen_at = firm.forecast.frozen_at
            yield Fact(frozen_at, "forecast_snapshot", foreseen.id, msgspec.json.encode(foreseen))
    head = firm.entities[0].id if firm.entities else None
    for count, asked in enumerate(firm.approvals_history, start=4001):
        # What is of the whole firm stands in the PSA of its first company, and in no other.
        if (asked.legal_entity or head) in entities:
            yield from _resolution(asked, str(count))


def _resolution(asked: facts.AnsweredApproval, record: str) -> Iterator[Fact]:
    told = Resolution(
        id=record,
        reference=asked.id,
        subject_type=asked.type,
        legal_entity=asked.legal_entity,
        submitted_at=asked.requested_at,
    )
    yield Fact(asked.requested_at, "resolution", record, msgspec.json.encode(told))
    answered: datetime | None = asked.decided_at
    if answered is not None:
        at = max(answered, asked.requested_at)
        yield Fact(at, "resolution", record, msgspec.json.encode({"resolved_at": answered}))
