"""From a month's work to its revenue in the ledger, as the domain handbook's 3(d) tells it.

When a month is over its revenue is drafted, and finance approves it; what finance asks for by
itself, or what a change brings, is booked at once.
"""

from msgspec import Struct

from process_apis.engine import Process, step, wait_for
from process_apis.events.revenue import (
    MonthEnded,
    RevenueDraftApproved,
    RevenueFallenDue,
    RevenueRecognized,
)
from process_apis.revenue.questions import NAME, Questions
from process_apis.revenue.recognizing import Recognizing
from system_apis.canonical.revenue import Month

# What is read to work revenue out.
READING = frozenset(
    {
        "system:contracts:read",
        "system:erp:read",
        "system:hr:read_cost",
        "system:psa:read",
        "system:psa:read_cost",
    }
)


class Revenue(Struct, frozen=True):
    """The process with what it needs at hand."""

    recognizing: Recognizing
    questions: Questions

    async def draft(self, event: MonthEnded) -> None:
        """Ask finance about what a project earned; where nothing is to be booked, note that."""
        draft = await step(self.recognizing.draft, event.project_number, event.month)
        if draft.is_booked:
            await step(self.recognizing.recognize, event.project_number, event.month)
        else:
            await wait_for(self.questions.draft, draft, event.version)

    async def approve(self, event: RevenueDraftApproved) -> RevenueRecognized | MonthEnded:
        """Book what finance approved; what has changed since is drafted anew."""
        draft = await step(self.recognizing.draft, event.project_number, event.month)
        if (draft.earned, draft.provision) != (event.earned, event.provision):
            return MonthEnded(
                project_number=event.project_number,
                month=event.month,
                version=event.version + 1,
                legal_entity=event.legal_entity,
            )
        return await self._book(
            event.project_number, event.month, f"approved:v{event.version}", event.legal_entity
        )

    async def recognize(self, event: RevenueFallenDue) -> RevenueRecognized:
        """Book what a project earned in a month, after what changed in the months before."""
        return await self._book(
            event.project_number, event.month, event.occasion, event.legal_entity
        )

    async def _book(
        self, project_number: str, month: Month, occasion: str, legal_entity: str | None
    ) -> RevenueRecognized:
        for each in await step(self.recognizing.months, project_number, month):
            await step(self.recognizing.recognize, project_number, each)
        return RevenueRecognized(
            project_number=project_number,
            month=month,
            occasion=occasion,
            legal_entity=legal_entity,
        )


def processes(process: Revenue) -> list[Process]:
    """Return what of this value stream happens on which event."""
    return [
        Process(name=NAME, on=RevenueFallenDue, run=process.recognize, scopes=READING),
        Process(name=f"{NAME}.draft", on=MonthEnded, run=process.draft, scopes=READING),
        Process(
            name=f"{NAME}.approve", on=RevenueDraftApproved, run=process.approve, scopes=READING
        ),
    ]
