"""A scene of a project's papers that people send back, and of a week that is handed in."""

from datetime import date
from types import ModuleType

from gateway.firm import load_firm
from gateway.parts.journaled import JOURNALED
from observability.metrics import Metrics
from process_apis.engine import Process
from process_apis.events.billing import CreditNoteRejected, InvoiceRejected, ReminderDeclined
from process_apis.events.time_and_expense import WeekHandedIn
from process_apis.project_to_cash import process as billing
from process_apis.project_to_cash import receivables
from process_apis.project_to_cash.collection import process as after_posting
from process_apis.project_to_cash.collection.cash import Cash
from process_apis.project_to_cash.collection.collecting import Collecting
from process_apis.project_to_cash.collection.letters import Letters
from process_apis.project_to_cash.collection.receipts import Receipts
from process_apis.project_to_cash.collection.reminders import Reminders
from process_apis.project_to_cash.credits import process as crediting
from process_apis.project_to_cash.credits import rules as credit_rules
from process_apis.project_to_cash.credits.crediting import Crediting
from process_apis.project_to_cash.credits.posting import CreditPosting
from process_apis.project_to_cash.credits.questions import CreditQuestions
from process_apis.project_to_cash.credits.rebilling import Rebilling
from process_apis.project_to_cash.credits.servicing import Servicing
from process_apis.project_to_cash.ledger.owing import Owing
from process_apis.project_to_cash.ledger.pace import PostingPace
from process_apis.project_to_cash.posting import Posting
from process_apis.project_to_cash.questions import Questions
from process_apis.time_and_expense import process as working
from process_apis.time_and_expense.delegations import Delegations
from process_apis.time_and_expense.pay_runs import PayRuns
from process_apis.time_and_expense.paying import Paying
from process_apis.time_and_expense.questions import Questions as WorkQuestions
from process_apis.time_and_expense.register import Register
from process_apis.time_and_expense.writing import Writing
from store.clock import wall_clock
from system_apis.canonical.money import Money
from system_apis.messaging.outgoing import Outgoing
from tests.faults.changed_project import ASKS, COMPANY, ChangedProject, now
from tests.faults.cutting import Carried, carrying
from tests.process_apis.billing_facts import HALF_UP, entry, id_of
from tests.process_apis.late_work import never_late
from tests.process_apis.ledger_house import LedgerHouse
from tests.system_apis.sandbox.house import NORTHWIND


class SentBack:
    """A project whose invoices, credits, reminders and weeks people look at."""

    def __init__(self, project: ChangedProject) -> None:
        self.project, self.firm = project, load_firm(NORTHWIND)
        store, audit = project.workshop.store, project.workshop.audit
        self.ledger = LedgerHouse(store, audit, None)
        self.reminders = Reminders(store, audit)
        self.register = Register(store, audit)

    def work(self) -> tuple[list[Process], list[ModuleType]]:
        """Return what bills, credits, reminds and hands in."""
        return [
            *billing.processes(self._billing()),
            *crediting.processes(self._crediting()),
            *after_posting.processes(self._after_posting()),
            *working.processes(self._working()),
        ], JOURNALED

    def _billing(self) -> billing.ProjectToCash:
        project, ledger, policy = self.project, self.ledger.billing, self.firm.approval_policy()
        store, limits = project.workshop.store, self.firm.pace_limits()
        pace = PostingPace(store, ledger, limits, policy, now)
        return billing.ProjectToCash(
            project.surveying.reading.checks,
            Questions(ledger, project.approvals, policy, now),
            Posting(project.systems, ledger, pace, now),
        )

    def _crediting(self) -> crediting.Credits:
        systems, ledger, notes = self.project.systems, self.ledger.billing, self.ledger.credits
        policy, entities = self.firm.approval_policy(), self.firm.legal_entities()
        drafting = Crediting(systems, ledger, notes, entities, now)
        return crediting.Credits(
            crediting=drafting,
            questions=CreditQuestions(notes, self.project.approvals, policy, now),
            posting=CreditPosting(systems, ledger, notes, now),
            rebilling=Rebilling(systems, ledger, notes, entities, now),
            servicing=Servicing(systems, ledger, drafting),
        )

    def collecting(self) -> Collecting:
        """Return what looks after that which clients owe and object to."""
        project, firm = self.project, self.firm
        return Collecting(
            self.ledger.billing,
            project.surveying.reading.checks.disputes,
            self.reminders,
            project.approvals,
            firm.legal_entities(),
            firm.dunning_terms(),
            now,
        )

    def _after_posting(self) -> after_posting.AfterPosting:
        project, ledger, store = self.project, self.ledger.billing, self.project.workshop.store
        audit = project.workshop.audit
        outgoing = Outgoing({}, store, audit, Metrics(), wall_clock)
        return after_posting.AfterPosting(
            Cash(project.systems, ledger, Owing(store), Receipts(store, audit), now),
            self.collecting(),
            Letters(ledger, outgoing, None),
        )

    def _working(self) -> working.TimeAndExpense:
        project, firm, terms = self.project, self.firm, self.firm.time_and_expense_terms()
        store, audit = project.workshop.store, project.workshop.audit
        questions = WorkQuestions(
            self.register,
            project.approvals,
            Delegations(store, audit),
            firm.directory(),
            firm.legal_entities(),
            terms,
            now,
        )
        return working.TimeAndExpense(
            Writing(project.systems, self.register, project.approvals, now),
            questions,
            Paying(project.systems, PayRuns(store, audit), terms),
            never_late,
        )


async def sending_back(carried: Carried) -> None:
    """A draft, a credit and a reminder are sent back, and what the draft billed is billed again."""
    works = carried.works
    assert isinstance(works, SentBack)
    ledger = works.ledger
    ledger.entries = [entry("8", number=number) for number in (1, 2)]
    draft = await ledger.invoiced(1)
    assert draft is not None
    said = {"version": draft.version, "approval_id": "APP-1", "legal_entity": COMPANY}
    await carried.done(InvoiceRejected(invoice_id=draft.id, **said))
    invoice = await ledger.bill(2)
    assert invoice is not None
    standing = credit_rules.chosen(await ledger.credits.standing(invoice.id), ["TE-1"])
    lines = credit_rules.work_lines(standing, invoice.draft.lines, HALF_UP)
    note = await ledger.drafted(invoice, lines)
    await carried.done(CreditNoteRejected(credit_note_id=note.id, **said))
    reminder = await works.reminders.draft(_reminder(invoice.id), by=ASKS)
    declined = ReminderDeclined(reminder_id=reminder.id, approval_id="APP-3", legal_entity=COMPANY)
    await carried.done(declined)
    week = WeekHandedIn(employee="E202", week_start=date(2026, 10, 26), legal_entity=COMPANY)
    await carried.done(week)
    for row in await ledger.rows():
        carried.saw[f"{row.source} {row.sign} of {row.document}"] += 1


def _reminder(invoice_id: str) -> receivables.Reminder:
    return receivables.Reminder(
        id=id_of("rem", 1),
        invoice_id=invoice_id,
        invoice_number="INV-2",
        legal_entity=COMPANY,
        level=1,
        terms_version=1,
        amount=Money.of("100", "USD"),
        text="please pay",
        drafted_on=date(2026, 10, 31),
    )


SCENES = {"sending-back": (carrying(SentBack), sending_back)}
STARTED = {
    "sending-back": frozenset(
        {
            "project-to-cash.send-back",
            "project-to-cash.send-back-credit",
            "project-to-cash.no-reminder",
            "time-and-expense.week",
        }
    )
}
