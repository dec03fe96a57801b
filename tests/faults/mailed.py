"""A scene of invoices and credit notes that go to a client, or do not, as people say."""

from datetime import timedelta
from types import ModuleType

from msgspec.structs import replace

from gateway.firm import load_firm
from gateway.parts.journaled import JOURNALED
from observability.metrics import Metrics
from process_apis.approvals.requests import Decision
from process_apis.commands import CommandStatus
from process_apis.electronic_invoices import ElectronicInvoicing
from process_apis.engine import Process
from process_apis.events.mails import CreditNoteMailDue, InvoiceMailDue, MailGivenUp
from process_apis.project_to_cash.credit_records import ClientCreditNote
from process_apis.project_to_cash.credits.ledger import CreditLedger
from process_apis.project_to_cash.mailing.drafting import Drafting
from process_apis.project_to_cash.mailing.process import Mailing, processes
from process_apis.project_to_cash.mailing.register import MailRegister
from process_apis.project_to_cash.mailing.sending import Sending
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from store.clock import wall_clock
from system_apis.canonical.credits import CreditNoteDraft
from system_apis.canonical.money import Money
from system_apis.messaging.outgoing import Outgoing
from tests.faults.changed_project import COMPANY, ChangedProject, now
from tests.faults.cutting import Carried, carrying
from tests.faults.test_client_notices import Post
from tests.process_apis.billing_facts import id_of
from tests.process_apis.owing_facts import posted
from tests.system_apis.sandbox.house import NORTHWIND

CLIENT = "CUST-1002"


class Mailed:
    """A company's posted invoices, and what brings them to its client."""

    def __init__(
        self,
        project: ChangedProject,
        *,
        channel: str | None = "mail",
        law: ElectronicInvoicing | None = None,
    ) -> None:
        store, audit = project.workshop.store, project.workshop.audit
        self.project, self.post = project, Post()
        self.credits, self.register = CreditLedger(store, audit), MailRegister(store, audit)
        self.drafting = Drafting(
            systems=project.systems,
            billing=project.billing,
            credits=self.credits,
            register=self.register,
            approvals=project.approvals,
            entities=load_firm(NORTHWIND).legal_entities(),
            law=law or ElectronicInvoicing(),
            channel=channel,
            clock=now,
        )
        self.sending = Sending(
            drafting=self.drafting,
            register=self.register,
            approvals=project.approvals,
            outgoing=Outgoing({"mail": self.post}, store, audit, Metrics(), wall_clock),
            clock=now,
        )

    def work(self) -> tuple[list[Process], list[ModuleType]]:
        """Return what mails."""
        return processes(Mailing(self.drafting, self.sending)), JOURNALED

    async def posted(self, number: int, *, ago: timedelta = timedelta()) -> ClientInvoice:
        """Write down an invoice that was posted."""
        invoice = posted(f"INV-{number}", "100", client=CLIENT, currency="EUR")
        draft = replace(invoice.draft, legal_entity=COMPANY, project_number="P-2001")
        invoice = replace(invoice, draft=draft, instance="erp-a", posted_at=now() - ago)
        drafted = replace(invoice, stage=InvoiceStage.PENDING_APPROVAL, posted_at=None)
        await self.project.billing.draft(drafted, "CT-2001", [])
        return await self.project.billing.moved(invoice, seen=drafted)

    async def credited(self, invoice: ClientInvoice, amount: str = "100") -> ClientCreditNote:
        """Write down a posted credit note of so much of an invoice."""
        draft, gross = invoice.draft, Money.of(amount, "EUR")
        note = ClientCreditNote(
            id=id_of("cn", int((invoice.number or "").removeprefix("INV-"))),
            invoice_id=invoice.id,
            billing_event_id=invoice.billing_event_id,
            contract_number="CT-2001",
            purchase_order=None,
            version=1,
            stage=InvoiceStage.PENDING_APPROVAL,
            draft=CreditNoteDraft(
                legal_entity=COMPANY,
                client_number=CLIENT,
                project_number="P-2001",
                invoice_number=invoice.number or "",
                reason="as agreed",
                currency="EUR",
                issue_date=draft.issue_date,
                tax_category="E",
                tax_rate=draft.tax_rate,
                lines=(replace(draft.lines[0], net=gross),),
                net=gross,
                tax=Money.zero("EUR"),
                gross=gross,
            ),
            reference="CRN:1",
            project_manager="U-1",
            requested_by="tests",
            instance="erp-a",
        )
        drafted = await self.credits.draft(note, invoice, [])
        booked = replace(
            drafted, stage=InvoiceStage.POSTED, number=f"C-{invoice.number}", posted_at=now()
        )
        return await self.credits.moved(booked, seen=drafted)


async def mailing(carried: Carried) -> None:
    """One is sent, one declined, one credited before and one given up; a credit note is sent."""
    works = carried.works
    assert isinstance(works, Mailed)
    sent, declined, credited, given_up = [await works.posted(number) for number in range(1, 5)]
    for each in (sent, declined, credited):
        await _drafted(carried, each)
    await _answered(carried, sent.id, Decision.APPROVE)
    await _answered(carried, declined.id, Decision.REJECT)
    documents = [each.id for each in (sent, declined, credited, given_up)]
    for each, amount in ((credited, "100"), (sent, "40")):
        note = await works.credited(each, amount)
        documents.append(note.id)
        due = CreditNoteMailDue(credit_note_id=note.id, legal_entity=COMPANY)
        await carried.done(due)
        await _answered(carried, note.id, Decision.APPROVE)
    works.post.addresses = {}
    due = InvoiceMailDue(invoice_id=given_up.id, legal_entity=COMPANY)
    assert await carried.done(due) is CommandStatus.PARKED
    await carried.done(MailGivenUp(document_id=given_up.id, legal_entity=COMPANY))
    for document in documents:
        mail = await works.register.find(document)
        if mail is not None:
            carried.saw[f"mail {mail.kind} {mail.status} {mail.reason}"] += 1
    carried.saw["letters"] = len(works.post.keys)


async def _drafted(carried: Carried, invoice: ClientInvoice) -> None:
    await carried.done(InvoiceMailDue(invoice_id=invoice.id, legal_entity=COMPANY))


async def _answered(carried: Carried, about: str, decision: Decision) -> None:
    for event in await carried.decided(about, decision):
        await carried.done(event)


SCENES = {"mailing": (carrying(Mailed), mailing)}
STARTED = {
    "mailing": frozenset(
        f"project-to-cash.{each}"
        for each in ("mail", "mail-credit", "send-mail", "no-mail", "give-up-mail")
    )
}
