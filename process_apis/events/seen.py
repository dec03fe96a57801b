"""What is seen in the systems, made by us or by another hand."""

from process_apis.events.business_event import BusinessEvent
from system_apis.canonical.record import Id


class InvoiceSeen(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """An ERP made or changed an invoice, ours or another hand's."""

    instance: str
    invoice_id: Id
    version: int

    @property
    def business_key(self) -> str:
        """One look at each version of an invoice."""
        return f"seen:{self.invoice_id}:v{self.version}"


class ProjectSeen(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A PSA made or changed a project, ours or another hand's."""

    instance: str
    project_id: Id
    version: int

    @property
    def business_key(self) -> str:
        """One look at each version of a project."""
        return f"seen:{self.project_id}:v{self.version}"


SeenEvent = InvoiceSeen | ProjectSeen
