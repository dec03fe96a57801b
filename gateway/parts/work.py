"""What the processes work with: their records, the engine that runs them, and the rounds."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from experience_apis.delivery.billing import BillingFigures, Ledgers
from experience_apis.delivery.projects import Margins
from experience_apis.executive.figuring import KeyFiguring
from gateway.firm import Firm
from gateway.foundation import Foundation
from gateway.parts.buying import make_buying
from gateway.parts.changes import asking_of
from gateway.parts.journaled import JOURNALED
from gateway.parts.key_figures import key_figuring
from gateway.parts.mails import mailing_of
from gateway.parts.minding import Minded, rounds_of
from gateway.parts.models import models_of
from gateway.parts.notices import Ways, telling_of
from gateway.parts.revenue import Books, closing_of
from gateway.parts.staffing import desk_of
from gateway.parts.write_offs import write_offs_of
from process_apis.adoption.desk import Desk
from process_apis.adoption.findings import Findings
from process_apis.adoption.imports import Imports
from process_apis.approvals.decisions import Approvals
from process_apis.change_requests.asking import Asking
from process_apis.client_matching.merges import MergeBook
from process_apis.client_matching.merging import Merging
from process_apis.client_matching.questions import StewardQuestions
from process_apis.client_matching.register import MatchRegister
from process_apis.commands import Commands
from process_apis.engagements import Engagements
from process_apis.engine import Engine
from process_apis.exceptions.queue import ExceptionQueue
from process_apis.exceptions.seen import SeenCases
from process_apis.intake.inbox import Inbox
from process_apis.intake.receiving import Receiving
from process_apis.intake.secrets_file import SecretsFile
from process_apis.notices.looking import Telling
from process_apis.opportunity_to_project.set_up_waits import SetUpWaits
from process_apis.procure_to_pay.buying import Buying
from process_apis.project_to_cash.checks import Checks
from process_apis.project_to_cash.collection.cash import Cash
from process_apis.project_to_cash.collection.collecting import Collecting
from process_apis.project_to_cash.collection.disputes import Disputes
from process_apis.project_to_cash.collection.receipts import Receipts
from process_apis.project_to_cash.collection.reminders import Reminders
from process_apis.project_to_cash.credits.crediting import Crediting
from process_apis.project_to_cash.credits.ledger import CreditLedger
from process_apis.project_to_cash.credits.rebilling import Rebilling
from process_apis.project_to_cash.credits.servicing import Servicing
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.ledger.owing import Owing
from process_apis.project_to_cash.mailing.process import Mailing
from process_apis.project_to_cash.write_offs.asking import Asking as WriteOffs
from process_apis.project_to_cash.write_offs.ledger import WriteOffLedger
from process_apis.projects_named import ProjectsNamed
from process_apis.read_models.asking import ReadModels
from process_apis.resource_to_revenue.desk import StaffingDesk
from process_apis.revenue.books.entries import RevenueLedger
from process_apis.revenue.books.periods import Periods
from process_apis.revenue.closing import Closing
from process_apis.revenue.figures.exchange import Exchange
from process_apis.revenue.recognizing import Recognizing
from process_apis.rounds import Rounds
from process_apis.time_and_expense.delegations import Delegations
from process_apis.time_and_expense.desk import Desk as WorkDesk
from process_apis.time_and_expense.pay_runs import PayRuns
from process_apis.time_and_expense.register import Register
from process_apis.time_and_expense.surroundings import Surroundings
from store.clock import Clocks, wall_clock
from system_apis.systems import Systems
from system_apis.webhooks import WebhookSource


class Credited(Struct, frozen=True, kw_only=True):
    """What credits invoices, bills again, brings clients both, and gives up what is due."""

    credit_ledger: CreditLedger
    crediting: Crediting
    rebilling: Rebilling
    servicing: Servicing
    mailing: Mailing
    write_offs: WriteOffs


class Earned(Struct, frozen=True, kw_only=True):
    """What revenue is recognized by, and what changes of it."""

    closing: Closing
    asking: Asking
    revenue_ledger: RevenueLedger
    periods: Periods
    exchange: Exchange


class Attendance(Struct, frozen=True, kw_only=True):
    """What judges the time and expenses that people hand in, and pays for them."""

    work_desk: WorkDesk
    delegations: Delegations
    pay_runs: PayRuns


class Shown(Struct, frozen=True, kw_only=True):
    """What works out the figures that audiences are shown."""

    margins: Margins
    billing_figures: BillingFigures
    set_up_waits: SetUpWaits
    key_figuring: KeyFiguring
    staffing_desk: StaffingDesk
    read_models: ReadModels


class Reached(Struct, frozen=True, kw_only=True):
    """The systems that we reach, those that may send us messages, and the ways to people."""

    systems: Systems
    sources: Mapping[str, WebhookSource]
    secrets: SecretsFile
    ways: Ways


class Adopted(Struct, frozen=True, kw_only=True):
    """What takes over the work that other hands began."""

    findings: Findings
    desk: Desk
    imports: Imports


class Work(Struct, frozen=True, kw_only=True):
    """The processes and their records."""

    commands: Commands
    exceptions: ExceptionQueue
    seen_cases: SeenCases
    approvals: Approvals
    engagements: Engagements
    billing: BillingLedger
    disputes: Disputes
    cash: Cash
    collecting: Collecting
    engine: Engine
    rounds: Rounds
    receiving: Receiving
    systems: Systems
    match_register: MatchRegister
    merging: Merging
    adopted: Adopted
    buying: Buying
    telling: Telling
    credited: Credited
    earned: Earned
    attendance: Attendance
    shown: Shown


def assemble(firm: Firm, base: Foundation, reached: Reached, *, every_seconds: float) -> Work:
    """Make every part of the processes; nothing runs yet."""
    commands, exceptions = Commands(base.store), ExceptionQueue(base.store, base.audit)
    systems, engine = reached.systems, _engine(firm, base, commands, exceptions)
    approvals = Approvals(base.store, base.audit, base.metrics)
    engagements, ledger = Engagements(base.store, base.audit), BillingLedger(base.store, base.audit)
    collecting = _collecting(firm, base, ledger, approvals)
    desk = Desk(systems, Findings(base.store, base.audit), engagements, ledger, base.clock.now)
    checks = _plain_checks(firm, base, systems, collecting, desk)
    books = Books(engagements, ledger, exceptions, approvals, checks)
    buying, models = make_buying(firm, base, systems, engagements), models_of(base, systems)
    closing = closing_of(firm, base, systems, books, buying)
    register, telling = Register(base.store, base.audit), telling_of(firm, base, reached.ways)
    own = (commands, exceptions, approvals, engagements, ledger, collecting, engine, buying)
    cases = _seen_cases(base, commands, exceptions, engagements)
    credited = _credited(firm, base, systems, books, telling)
    minded = Minded(*own, register, telling, credited.mailing, models, cases, reached.secrets)
    waits = SetUpWaits(commands, approvals, exceptions)
    rounds = rounds_of(firm, base, systems, minded, every_seconds=every_seconds)
    return Work(
        commands=commands,
        exceptions=exceptions,
        seen_cases=cases,
        approvals=approvals,
        engagements=engagements,
        billing=ledger,
        disputes=collecting.disputes,
        cash=_cash(base, systems, ledger),
        collecting=collecting,
        engine=engine,
        rounds=rounds,
        receiving=_receiving(base, reached.sources, rounds),
        systems=systems,
        match_register=MatchRegister(base.store, base.audit),
        merging=_merging(firm, base, systems, approvals),
        adopted=_adopted(base, desk),
        buying=buying,
        telling=telling,
        credited=credited,
        earned=_earned(firm, base, closing, approvals),
        attendance=_attendance(firm, base, register, systems),
        shown=_shown(firm, base, credited.crediting, waits, closing.recognizing, models),
    )


def _cash(base: Foundation, systems: Systems, ledger: BillingLedger) -> Cash:
    """Make what applies the money that comes in."""
    receipts = Receipts(base.store, base.audit)
    return Cash(systems, ledger, Owing(base.store), receipts, base.clock.now)


def _seen_cases(
    base: Foundation, commands: Commands, exceptions: ExceptionQueue, engagements: Engagements
) -> SeenCases:
    """Make what shows each caller the cases of their business units."""
    return SeenCases(exceptions, engagements, ProjectsNamed(base.store, commands).of)


def _adopted(base: Foundation, desk: Desk) -> Adopted:
    """Make what takes over the work that other hands began."""
    imports = Imports(desk, base.store, base.audit)
    return Adopted(findings=desk.findings, desk=desk, imports=imports)


def _receiving(base: Foundation, sources: Mapping[str, WebhookSource], rounds: Rounds) -> Receiving:
    """Make what takes the messages of systems."""
    return Receiving(sources, Inbox(base.store, base.audit), rounds, base.metrics, wall_clock)


def _shown(
    firm: Firm,
    base: Foundation,
    crediting: Crediting,
    waits: SetUpWaits,
    recognizing: Recognizing,
    models: ReadModels,
) -> Shown:
    """Make what works out figures."""
    systems, ledger = crediting.systems, crediting.billing
    desk = desk_of(firm, base, systems, recognizing.engagements)
    return Shown(
        margins=Margins(recognizing, ledger, firm.codes),
        billing_figures=BillingFigures(
            systems,
            Ledgers(ledger, crediting.credits, WriteOffLedger(base.store, base.audit)),
            firm.exchange(),
            firm.codes,
        ),
        set_up_waits=waits,
        key_figuring=key_figuring(firm, base, systems, models, ledger, waits),
        staffing_desk=desk,
        read_models=models,
    )


def _credited(
    firm: Firm, base: Foundation, systems: Systems, books: Books, telling: Telling
) -> Credited:
    """Make what credits invoices, bills again, brings clients both, and gives up what is due."""
    crediting = _crediting(firm, base, books.billing, systems)
    replacing = Register(base.store, base.audit).replacing
    weighed = replace(books.checks, replacing=replacing)
    return Credited(
        credit_ledger=crediting.credits,
        crediting=crediting,
        rebilling=_rebilling(crediting),
        servicing=Servicing(crediting.systems, crediting.billing, crediting),
        mailing=mailing_of(firm, base, crediting, books.approvals, telling),
        write_offs=write_offs_of(firm, base, weighed, books.approvals),
    )


def _earned(firm: Firm, base: Foundation, closing: Closing, approvals: Approvals) -> Earned:
    """Make what changes of what is earned, beside what recognizes it."""
    return Earned(
        closing=closing,
        asking=asking_of(firm, base, closing, approvals),
        revenue_ledger=closing.recognizing.ledger,
        periods=closing.periods,
        exchange=closing.recognizing.exchange,
    )


def _attendance(firm: Firm, base: Foundation, register: Register, systems: Systems) -> Attendance:
    """Make what judges time and expenses, and pays for them."""
    return Attendance(
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
