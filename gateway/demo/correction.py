"""The story's last chapter: hours that were billed wrongly are credited and billed again."""

from datetime import date
from decimal import Decimal
from urllib.parse import quote

from msgspec import Struct

from experience_apis.delivery.projects import ProjectView
from experience_apis.finance.views import CreditNoteView, HeldView, InvoiceView, ReadinessView
from gateway.demo.deciding import Deciders
from gateway.demo.facts import CapRaise, CreditCase
from gateway.demo.visitor import Tell, Unexpected, Visitor, until
from process_apis.project_to_cash.credit_records import CapStanding, ClientCreditNote
from process_apis.runs import Run
from system_apis.canonical.billing import LineKind
from system_apis.canonical.changes import ChangeRequest
from system_apis.canonical.contracts import Contract
from system_apis.canonical.delivery import Project
from system_apis.canonical.money import Money
from system_apis.canonical.record import Page
from system_apis.canonical.time import EntryStatus, TimeEntry

BILLING = "/process/project-to-cash/v1"
FINANCE = "/experience/finance/v1"
CENT = Decimal("0.01")
CAP_STEPS = ("impact_assessed", "internal_approved", "applied")


class Corrected(Struct, frozen=True, kw_only=True):
    """What crediting and billing again came to; `released` only when the cap was raised."""

    entries: list[str]
    hours: Decimal
    credit: CreditNoteView
    after_credit: CapStanding
    rebilled: InvoiceView
    held: Money
    released: InvoiceView | None


class Entries(Struct, frozen=True):
    """Time entries that a correction made."""

    items: list[TimeEntry]


class Correction:
    """Has the last billed hours of one person corrected, as the firm's case says."""

    def __init__(
        self, visitor: Visitor, deciders: Deciders, finance: str, manager: str, tell: Tell
    ) -> None:
        self._visitor, self._deciders = visitor, deciders
        self._finance, self._manager, self._tell = finance, manager, tell

    async def play(
        self, case: CreditCase, project: ProjectView, event: ReadinessView, cap: CapRaise | None
    ) -> Corrected:
        """Credit the entries, correct them, bill again, and raise the cap if the firm does."""
        invoice = await self._billed(project, event)
        entries = await self._billed_last(case, project, event)
        numbers = [each.number for each in entries]
        self._tell(f"[bold]{case.employee}[/] recorded too much: {', '.join(numbers)}")
        credit = await self._credit(invoice, numbers)
        standing = f"{BILLING}/billing-events/{event.billing_event_id}/cap"
        after_credit = await self._visitor.get(self._finance, standing, CapStanding)
        await self._correct(project, entries, case.corrected_hours)
        rebilled = await self._rebill(invoice)
        held = await self._visitor.every(self._finance, f"{FINANCE}/held", Page[HeldView])
        ours = [each for each in held if each.project_number == project.project_number]
        released = await self._raise(cap, project) if cap else None
        return Corrected(
            entries=numbers,
            hours=sum((each.hours for each in entries), start=Decimal(0)),
            credit=credit,
            after_credit=after_credit,
            rebilled=rebilled,
            held=Money.total((each.amount for each in ours), project.currency),
            released=released,
        )

    async def _billed(self, project: ProjectView, event: ReadinessView) -> InvoiceView:
        """Return the invoice that bills the hours of an event."""
        issued = await self._invoices(project.project_number, event.planned_date)
        for invoice in issued:
            if any(line.kind is LineKind.TIME for line in invoice.lines):
                return invoice
        raise Unexpected(
            f"no invoice of {event.planned_date} bills hours of {project.project_number}"
        )

    async def _billed_last(
        self, case: CreditCase, project: ProjectView, event: ReadinessView
    ) -> list[TimeEntry]:
        """Return the person's last billed entries by work date."""
        query = (
            f"legal_entity={quote(project.legal_entity)}"
            f"&project_number={quote(project.project_number)}"
            f"&start={event.period_start}&end={event.period_end}"
        )
        found = await self._visitor.every(
            self._finance, f"/system/psa/v1/time-entries?{query}", Page[TimeEntry]
        )
        billed = [
            each
            for each in found
            if each.employee == case.employee
            and each.billable
            and each.status in {EntryStatus.APPROVED, EntryStatus.LOCKED}
        ]
        return sorted(billed, key=lambda each: (each.work_date, each.number))[-case.entries :]

    async def _credit(self, invoice: InvoiceView, numbers: list[str]) -> CreditNoteView:
        wish = {"sources": numbers, "reason": "recorded too much"}
        path = f"{BILLING}/invoices/{invoice.id}/credits"
        asked = await self._visitor.send(self._finance, "POST", path, wish, ClientCreditNote)
        posted: list[CreditNoteView] = []

        async def there() -> bool:
            await self._deciders.decide_all()
            path = f"{FINANCE}/credit-notes"
            notes = await self._visitor.every(self._finance, path, Page[CreditNoteView])
            posted[:] = [each for each in notes if each.id == asked.id and each.posted]
            return bool(posted)

        await until(there, "the posted credit note")
        self._tell(f"  {posted[0].number} takes {posted[0].expected} of {invoice.number} back")
        return posted[0]

    async def _correct(
        self, project: ProjectView, entries: list[TimeEntry], hours: Decimal
    ) -> None:
        """Spread the hours that were really worked over the entries that were credited."""
        found = await self._visitor.get(
            self._manager,
            f"/system/psa/v1/projects?number={quote(project.project_number)}",
            Page[Project],
        )
        share = (hours / len(entries)).quantize(CENT)
        for each in entries:
            right = hours - share * (len(entries) - 1) if each is entries[-1] else share
            wish = {"entry_number": each.number, "hours": str(right), "reason": "recorded too much"}
            path = f"/system/psa/v1/projects/{found.items[0].id}/time-corrections"
            key = f"correct-{each.id}"
            await self._visitor.send(self._manager, "POST", path, wish, Entries, key=key)

    async def _rebill(self, invoice: InvoiceView) -> InvoiceView:
        known = {each.id for each in await self._invoices(invoice.project_number)}
        path = f"{BILLING}/invoices/{invoice.id}/rebill"
        await self._visitor.send(self._finance, "POST", path, None, Run)
        again = await self._next(invoice.project_number, known)
        self._tell(f"  {again.number} bills {again.expected} of it again, as far as the cap goes")
        return again

    async def _raise(self, cap: CapRaise, project: ProjectView) -> InvoiceView:
        known = {each.id for each in await self._invoices(project.project_number)}
        contracts = await self._visitor.get(
            "integrator",
            f"/system/contracts/v1/contracts?number={quote(cap.contract)}",
            Page[Contract],
        )
        higher = Money.of(cap.nte_cap, project.currency)
        wish = {
            "number": f"CAP-{cap.contract}",
            "reason": "cap",
            "requested_by": project.project_manager,
            "deltas": {"cap": higher},
        }
        path = f"/system/contracts/v1/contracts/{contracts.items[0].id}/change-requests"
        change = await self._visitor.send(
            "integrator", "POST", path, wish, ChangeRequest, key=f"cap-{contracts.items[0].id}"
        )
        for status in CAP_STEPS:
            step = {"status": status, "waived_by": "finance_director"}
            path = f"/system/contracts/v1/change-requests/{change.id}/status"
            key = f"cap-{change.id}-{status}"
            await self._visitor.send("integrator", "PUT", path, step, ChangeRequest, key=key)
        self._tell(f"[bold]The client raises the cap[/] of {cap.contract} to {higher}")
        released = await self._next(project.project_number, known)
        self._tell(f"  {released.number} bills {released.expected} that was held")
        return released

    async def _next(self, project_number: str, known: set[str]) -> InvoiceView:
        """Let people decide until a new invoice of a project is posted."""
        posted: list[InvoiceView] = []

        async def there() -> bool:
            await self._deciders.decide_all()
            new = [each for each in await self._invoices(project_number) if each.id not in known]
            posted[:] = [each for each in new if each.posted]
            return bool(posted)

        await until(there, f"the next invoice of {project_number}")
        return posted[0]

    async def _invoices(self, project_number: str, issued: date | None = None) -> list[InvoiceView]:
        path = f"{FINANCE}/invoices"
        found = await self._visitor.every(self._finance, path, Page[InvoiceView])
        return [
            each
            for each in found
            if each.project_number == project_number and issued in {None, each.issue_date}
        ]
