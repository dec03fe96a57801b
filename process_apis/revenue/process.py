"""From a month's work to its revenue in the ledger, as the domain handbook's 3(d) tells it."""

from msgspec import Struct

from process_apis.engine import Process, step
from process_apis.revenue.recognizing import Recognizing
from process_apis.revenue_events import RevenueFallenDue, RevenueRecognized

NAME = "revenue"


class Revenue(Struct, frozen=True):
    """The process with what it needs at hand."""

    recognizing: Recognizing

    async def recognize(self, event: RevenueFallenDue) -> RevenueRecognized:
        """Book what a project earned in a month, after what changed in the months before."""
        number = event.project_number
        for month in await step(self.recognizing.months, number, event.month):
            await step(self.recognizing.recognize, number, month)
        return RevenueRecognized(
            project_number=number,
            month=event.month,
            occasion=event.occasion,
            legal_entity=event.legal_entity,
        )


def processes(process: Revenue) -> list[Process]:
    """Return what of this value stream happens on which event."""
    reading = frozenset(
        {
            "system:contracts:read",
            "system:erp:read",
            "system:hr:read_cost",
            "system:psa:read",
            "system:psa:read_cost",
        }
    )
    return [Process(name=NAME, on=RevenueFallenDue, run=process.recognize, scopes=reading)]
