"""The processes put together: their records, the engine that runs them, and the rounds."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from experience_apis.delivery.billing import BillingFigures
from experience_apis.delivery.projects import Margins
from experience_apis.executive.figuring import KeyFiguring
from gateway.buying import make_buying, make_process
from gateway.change_parts import asking_of, changes_of
from gateway.firm import Firm
from gateway.foundation import Foundation
from gateway.journaled import JOURNALED
from gateway.key_figures import key_figuring
from gateway.minding import Minded, rounds_of
from gateway.revenue_parts import Books, closing_of
from process_apis.adoption import process as adoption_process
from process_apis.adoption.desk import Desk
from process_apis.adoption.findings import Findings
from process_apis.adoption.imports import Imports
from process_apis.adoption.looks import Looks
from process_apis.approvals.decisions import Approvals
from process_apis.change_requests import process as change_process
from process_apis.change_requests.asking import Asking
from process_apis.client_authority import process as client_authority
from process_apis.client_matching import merging as client_merging
from process_apis.client_matching import process as client_matching
from process_apis.client_matching import rules as match_rules
from process_apis.client_matching.merges import MergeBook
from process_apis.client_matching.merging import Merging
from process_apis.client_matching.questions import StewardQuestions
from process_apis.client_matching.register import MatchRegister
from process_apis.commands import Commands
from process_apis.engagements import Engagements
from process_apis.engine import Engine, Process
from process_apis.exceptions.queue import ExceptionQueue
from process_apis.opportunity_to_project import process as set_up
from process_apis.opportunity_to_project.clients import ClientMaster
from process_apis.opportunity_to_project.handovers import Handovers
from process_apis.opportunity_to_project.preparation import Preparation
from process_apis.opportunity_to_project.provisioning import Provisioning
from process_apis.opportunity_to_project.questions import Questions as SetUpQuestions
from process_apis.opportunity_to_project.set_up_waits import SetUpWaits
from process_apis.opportunity_to_project.undoing import Undoing
from process_apis.opportunity_to_project.watching import Watch
from process_apis.procure_to_pay import process as buying_process
from process_apis.procure_to_pay.buying import Buying
from process_apis.project_to_cash import process as billing_process
from process_apis.project_to_cash.checks import Checks
from process_apis.project_to_cash.collection import process as after_posting
from process_apis.project_to_cash.collection.cash import Cash
from process_apis.project_to_cash.collection.collecting import Collecting
from process_apis.project_to_cash.collection.disputes import Disputes
from process_apis.project_to_cash.collection.receipts import Receipts
from process_apis.project_to_cash.collection.reminders import Reminders
from process_apis.project_to_cash.credits import process as credit_process
from process_apis.project_to_cash.credits.crediting import Crediting
from process_apis.project_to_cash.credits.ledger import CreditLedger
from process_apis.project_to_cash.credits.posting import CreditPosting
from process_apis.project_to_cash.credits.questions import CreditQuestions
from process_apis.project_to_cash.credits.rebilling import Rebilling
from process_apis.project_to_cash.credits.servicing import Servicing
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.ledger.pace import PostingPace
from process_apis.project_to_cash.posting import Posting
from process_apis.project_to_cash.questions import Questions
from process_apis.quality.inspection import BillingInspection
from process_apis.revenue import process as revenue_process
from process_apis.revenue.books.entries import RevenueLedger
from process_apis.revenue.books.periods import Periods
from process_apis.revenue.closing import Closing
from process_apis.revenue.figures.exchange import Exchange
from process_apis.rounds import Rounds
from process_apis.shadow.invoices import InvoiceShadow
from process_apis.shadow.projects import ProjectShadow
from process_apis.shadow.runs import Shadow
from process_apis.time_and_expense import process as work_process
from process_apis.time_and_expense.delegations import Delegations
from process_apis.time_and_expense.desk import Desk as WorkDesk
from process_apis.time_and_expense.pay_runs import PayRuns
from process_apis.time_and_expense.paying import Paying
from process_apis.time_and_expense.questions import Questions as WorkQuestions
from process_apis.time_and_expense.register import Register
from process_apis.time_and_expense.surroundings import Surroundings
from process_apis.time_and_expense.writing import Writing
from store.clock import Clocks, wall_clock
from system_apis.systems import Systems


class Work(Struct, frozen=True, kw_only=True):
    """The processes and their records."""

    commands: Commands
    exceptions: ExceptionQueue
    approvals: Approvals
    engagements: Engagements
    billing: BillingLedger
    credit_ledger: CreditLedger
    crediting: Crediting
    rebilling: Rebilling
    servicing: Servicing
    disputes: Disputes
    cash: Cash
    collecting: Collecting
    engine: Engine
    rounds: Rounds
    margins: Margins
    billing_figures: BillingFigures
    closing: Closing
    asking: Asking
    revenue_ledger: RevenueLedger
    periods: Periods
    exchange: Exchange
    systems: Systems
    match_register: MatchRegister
    merging: Merging
    findings: Findings
    desk: Desk
    imports: Imports
    set_up_waits: SetUpWaits
    key_figuring: KeyFiguring
    buying: Buying
    work_desk: WorkDesk
    delegations: Delegations
    pay_runs: PayRuns


def assemble(firm: Firm, base: Foundation, systems: Systems, *, every_seconds: float) -> Work:
    """Make every part of the processes; nothing runs yet."""
    commands = Commands(base.store)
    exceptions = ExceptionQueue(base.store, base.audit)
    approvals = Approvals(base.store, base.audit, base.metrics)
    ledger = BillingLedger(base.store, base.audit)
    crediting = _crediting(firm, base, ledger, systems)
    collecting = _collecting(firm, base, ledger, approvals)
    engine = _engine(firm, base, commands, exceptions)
    engagements = Engagements(base.store, base.audit)
    desk = Desk(systems, Findings(base.store, base.audit), engagements, ledger, base.clock.now)
    checks = _plain_checks(firm, base, systems, collecting, desk)
    closing = closing_of(firm, base, systems, Books(engagements, ledger, exceptions, checks))
    waits = SetUpWaits(commands, approvals, exceptions)
    buying, register = (
        make_buying(firm, base, systems, engagements),
        Register(base.store, base.audit),
    )
    minded = Minded(
        commands, exceptions, approvals, engagements, ledger, collecting, engine, buying, register
    )
    return Work(
        commands=commands,
        exceptions=exceptions,
        approvals=approvals,
        engagements=engagements,
        billing=ledger,
        credit_ledger=crediting.credits,
        crediting=crediting,
        servicing=Servicing(systems, ledger, crediting),
        rebilling=_rebilling(crediting),
        disputes=collecting.disputes,
        cash=Cash(systems, ledger, Receipts(base.store, base.audit), base.clock.now),
        collecting=collecting,
        engine=engine,
        rounds=rounds_of(firm, base, systems, minded, every_seconds=every_seconds),
        margins=Margins(systems, ledger, firm.codes),
        billing_figures=BillingFigures(systems, ledger, crediting.credits, firm.codes),
        closing=closing,
        asking=asking_of(firm, base, closing, approvals),
        revenue_ledger=closing.recognizing.ledger,
        periods=closing.periods,
        exchange=closing.recognizing.exchange,
        systems=systems,
        match_register=MatchRegister(base.store, base.audit),
        merging=_merging(firm, base, systems, approvals),
        findings=desk.findings,
        desk=desk,
        imports=Imports(desk, base.store, base.audit),
        set_up_waits=waits,
        key_figuring=key_figuring(firm, base, systems, ledger, waits),
        buying=buying,
        work_desk=_work_desk(firm, base, register, systems),
        delegations=Delegations(base.store, base.audit),
        pay_runs=PayRuns(base.store, base.audit),
    )


def _work_desk(firm: Firm, base: Foundation, register: Register, systems: Systems) -> WorkDesk:
    """Make what judges the time and expenses that people hand in."""
    return WorkDesk(
        Surroundings(systems, firm.directory()),
        register,
        firm.legal_entities(),
        firm.time_and_expense_terms(),
        firm.worth(),
        base.clock.now,
    )


def _crediting(firm: Firm, base: Foundation, ledger: BillingLedger, systems: Systems) -> Crediting:
    """Make what drafts credit notes."""
    credits_ledger = CreditLedger(base.store, base.audit)
    return Crediting(systems, ledger, credits_ledger, firm.legal_entities(), base.clock.now)


def _merging(firm: Firm, base: Foundation, systems: Systems, approvals: Approvals) -> Merging:
    """Make what merges clients."""
    now = base.clock.now
    book = MergeBook(base.store, base.audit, now)
    questions = StewardQuestions(approvals, book, systems.names_of, now)
    matches = MatchRegister(base.store, base.audit)
    return Merging(systems, book, approvals, questions, matches, firm.codes, now)


def _rebilling(crediting: Crediting) -> Rebilling:
    """Make what bills again, of the same parts."""
    return Rebilling(
        crediting.systems,
        crediting.billing,
        crediting.credits,
        crediting.entities,
        crediting.clock,
    )


def _engine(firm: Firm, base: Foundation, commands: Commands, exceptions: ExceptionQueue) -> Engine:
    """Make the engine that runs the processes."""
    return Engine(
        base.data_dir,
        commands,
        exceptions,
        JOURNALED,
        Clocks(business=base.clock.now, wall=wall_clock),
        tracing=base.tracing,
        metrics=base.metrics,
        entities=firm.codes,
    )


def _collecting(
    firm: Firm, base: Foundation, ledger: BillingLedger, approvals: Approvals
) -> Collecting:
    """Make the records of disputes and reminders, and what is done by them."""
    return Collecting(
        ledger,
        Disputes(base.store, base.audit, ledger),
        Reminders(base.store, base.audit),
        approvals,
        firm.legal_entities(),
        firm.dunning_terms(),
        base.clock.now,
    )


def processes(base: Foundation, firm: Firm, work: Work) -> list[Process]:
    """Return every process with what it needs at hand."""
    now, policy = base.clock.now, firm.approval_policy()
    steward = work.merging.questions
    clients = ClientMaster(work.systems, steward, match_rules.MatchTerms())
    preparation = Preparation(work.systems, work.engagements, clients, now)
    opening = set_up.OpportunityToProject(
        systems=work.systems,
        preparation=preparation,
        questions=SetUpQuestions(work.approvals, steward, work.engagements, now),
        provisioning=Provisioning(work.systems, work.engagements, work.billing, clients, now),
        undoing=Undoing(work.systems, work.engagements, work.billing, preparation),
        watch=_watch(base, firm, work, preparation),
        terms=firm.set_up_terms(),
    )
    billing_stream = billing_process.ProjectToCash(
        checks=_checks(base, firm, work),
        questions=Questions(work.billing, work.approvals, policy, now),
        posting=Posting(work.systems, work.billing, _pace(base, firm, work), now),
    )
    collection = after_posting.AfterPosting(work.cash, work.collecting)
    matching = client_matching.ClientMatching(
        systems=work.systems,
        register=work.match_register,
        questions=steward,
        terms=match_rules.MatchTerms(),
        entities=firm.codes,
        clock=now,
    )
    adoption = adoption_process.Adoption(
        Looks(work.systems, work.findings, work.engagements, work.billing, base.store, now)
    )
    return [
        *set_up.processes(opening),
        *client_matching.processes(matching),
        *client_merging.processes(work.merging),
        *client_authority.processes(_authority(firm, work, now)),
        *billing_process.processes(billing_stream),
        *credit_process.processes(_credits(base, firm, work)),
        *after_posting.processes(collection),
        *adoption_process.processes(adoption),
        *work_process.processes(_work(base, firm, work)),
        *buying_process.processes(make_process(firm, base, work.buying, work.approvals)),
        *_earning(base, work),
    ]


def _earning(base: Foundation, work: Work) -> list[Process]:
    """Return what is earned, and what changes of that."""
    return [
        *change_process.processes(changes_of(base, work.asking)),
        *revenue_process.processes(revenue_process.Revenue(work.closing.recognizing)),
    ]


def _work(base: Foundation, firm: Firm, work: Work) -> work_process.TimeAndExpense:
    """Return time and expense with what it needs at hand."""
    desk, now = work.work_desk, base.clock.now
    return work_process.TimeAndExpense(
        Writing(work.systems, desk.register, work.approvals, now),
        WorkQuestions(
            desk.register,
            work.approvals,
            work.delegations,
            firm.directory(),
            desk.entities,
            desk.terms,
            now,
        ),
        Paying(work.systems, work.pay_runs, desk.terms),
    )


def _pace(base: Foundation, firm: Firm, work: Work) -> PostingPace:
    """Return what bounds how much a company posts in a day."""
    limits, policy = firm.pace_limits(), firm.approval_policy()
    return PostingPace(base.store, work.billing, limits, policy, base.clock.now)


def _watch(base: Foundation, firm: Firm, work: Work, preparation: Preparation) -> Watch:
    """Return what watches for the other half of a deal."""
    return Watch(
        work.systems,
        Handovers(base.store, base.audit, base.clock.now),
        preparation,
        firm.legal_entities(),
        firm.set_up_terms(),
        base.clock.now,
    )


def _authority(
    firm: Firm, work: Work, now: Callable[[], datetime]
) -> client_authority.ClientAuthority:
    """Return what notices changes of fields where they are not owned."""
    return client_authority.ClientAuthority(work.systems, work.approvals, firm.authorities(), now)


def _plain_checks(
    firm: Firm, base: Foundation, systems: Systems, collecting: Collecting, desk: Desk
) -> Checks:
    """Make what works out what an invoice would bill, for those who write none."""
    return Checks(
        systems,
        collecting.billing,
        firm.legal_entities(),
        base.clock.now,
        collecting.disputes,
        firm.approval_policy(),
        desk.findings.undecided,
    )


def _checks(base: Foundation, firm: Firm, work: Work) -> Checks:
    """Return what looks at a billing event, which waits for undecided invoices of other hands."""
    return Checks(
        work.systems,
        work.billing,
        firm.legal_entities(),
        base.clock.now,
        work.disputes,
        firm.approval_policy(),
        work.findings.undecided,
        BillingInspection(base.quality),
        firm.electronic_invoicing(),
    )


def shadow(base: Foundation, firm: Firm, work: Work) -> Shadow:
    """Return what runs a process read-only beside people."""
    return Shadow(
        work.systems,
        InvoiceShadow(work.systems, _checks(base, firm, work), base.store),
        ProjectShadow(work.systems, firm.set_up_terms()),
    )


def _credits(base: Foundation, firm: Firm, work: Work) -> credit_process.Credits:
    """Return crediting with what it needs at hand."""
    now, policy = base.clock.now, firm.approval_policy()
    return credit_process.Credits(
        crediting=work.crediting,
        questions=CreditQuestions(work.credit_ledger, work.approvals, policy, now),
        posting=CreditPosting(work.systems, work.billing, work.credit_ledger, now),
        rebilling=work.rebilling,
        servicing=work.servicing,
    )
