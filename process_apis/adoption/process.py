"""What other hands keyed straight into a system: each change is looked at once."""

from msgspec import Struct

from process_apis.adoption.looks import Looks
from process_apis.engine import Process, step
from process_apis.events.seen import InvoiceSeen, ProjectSeen

NAME = "adoption"


class Adoption(Struct, frozen=True):
    """The process with what it needs at hand."""

    looks: Looks

    async def look_at_invoice(self, event: InvoiceSeen) -> None:
        """Show an invoice of another hand to finance."""
        await step(self.looks.invoice, event.instance, event.invoice_id)

    async def look_at_project(self, event: ProjectSeen) -> None:
        """Show a project of another hand to its manager."""
        await step(self.looks.project, event.instance, event.project_id)


def processes(process: Adoption) -> list[Process]:
    """Return what of this process happens on which event."""
    reading = frozenset({"system:contracts:read", "system:psa:read", "system:erp:read"})
    return [
        Process(
            name=f"{NAME}.invoice", on=InvoiceSeen, run=process.look_at_invoice, scopes=reading
        ),
        Process(
            name=f"{NAME}.project", on=ProjectSeen, run=process.look_at_project, scopes=reading
        ),
    ]
