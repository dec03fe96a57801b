"""From the plan of a change to the change itself, as the domain handbook's 3(f) orders it.

What the client agreed to is never rolled back: a step that cannot be done stops at a person,
and goes on from there.
"""

from msgspec import Struct

from process_apis.change_requests.amending import Amending
from process_apis.change_requests.arranging import Arranging
from process_apis.change_requests.asking import NAME, Asking
from process_apis.change_requests.submitting import Submitting
from process_apis.engine import Process, step, wait_for
from process_apis.events.changes import (
    ChangeAgreed,
    ChangeAsked,
    ChangeDropped,
    ChangeSubmitted,
    SubmissionAgreed,
    SubmissionRefused,
)
from process_apis.events.revenue import RevenueFallenDue
from process_apis.revenue.figures.standing import month_of


class Changes(Struct, frozen=True):
    """The process with what it needs at hand."""

    submitting: Submitting
    asking: Asking
    amending: Amending
    arranging: Arranging

    async def submit(self, event: ChangeSubmitted) -> None:
        """Ask whoever of the firm must agree to a change request before its client signs."""
        await step(self.submitting.assess, event.application_id)
        await wait_for(self.asking.ask_people, event.application_id)

    async def agree(self, event: SubmissionAgreed) -> None:
        """Let the client be asked to sign."""
        await step(self.submitting.agree, event.application_id)

    async def refuse(self, event: SubmissionRefused) -> None:
        """End a change request that the firm does not want."""
        await step(self.submitting.refuse, event.application_id)

    async def ask(self, event: ChangeAsked) -> ChangeAgreed | None:
        """Ask whoever must approve a plan, if anybody must."""
        if await step(self.asking.needs_people, event.application_id):
            await wait_for(self.asking.ask_people, event.application_id)
            return None
        return ChangeAgreed(application_id=event.application_id, legal_entity=event.legal_entity)

    async def apply(self, event: ChangeAgreed) -> RevenueFallenDue | None:
        """Carry a plan out, in the order in which each thing follows from the one before."""
        change = await step(self.asking.begin, event.application_id)
        await step(self.amending.amend, change)
        await step(self.amending.rebaseline, change)
        await step(self.amending.rebill, change)
        await step(self.arranging.staff, change)
        await step(self.arranging.reorder, change)
        await step(self.arranging.tell, change)
        await step(self.arranging.end, change)
        if change.change is None:
            return None
        return RevenueFallenDue(
            project_number=change.project_number,
            month=month_of(change.change.as_of),
            occasion=f"change:{change.id}",
            legal_entity=change.legal_entity,
        )

    async def drop(self, event: ChangeDropped) -> None:
        """Write down that a plan was rejected, or given up."""
        await step(self.asking.drop, event.application_id)


def processes(process: Changes) -> list[Process]:
    """Return what of changes happens on which event."""
    writing = frozenset(
        {
            "system:contracts:read",
            "system:contracts:record_change",
            "system:contracts:write",
            "system:procurement:read",
            "system:procurement:write",
            "system:psa:read",
            "system:psa:read_cost",
            "system:psa:write",
        }
    )
    ours, submitting = (
        frozenset[str](),
        frozenset({"system:contracts:read", "system:contracts:write"}),
    )
    return [
        Process(name=f"{NAME}.submit", on=ChangeSubmitted, run=process.submit, scopes=submitting),
        Process(name=f"{NAME}.agree", on=SubmissionAgreed, run=process.agree, scopes=submitting),
        Process(name=f"{NAME}.refuse", on=SubmissionRefused, run=process.refuse, scopes=submitting),
        Process(name=f"{NAME}.ask", on=ChangeAsked, run=process.ask, scopes=ours),
        Process(name=f"{NAME}.apply", on=ChangeAgreed, run=process.apply, scopes=writing),
        Process(name=f"{NAME}.drop", on=ChangeDropped, run=process.drop, scopes=ours),
    ]
