"""The processes put together, each with what it needs at hand."""

from collections.abc import Callable
from datetime import datetime

from gateway.firm import Firm
from gateway.foundation import Foundation
from gateway.parts.buying import make_process
from gateway.parts.changes import changes_of, noticing_of
from gateway.parts.notices import processes_of
from gateway.parts.staffing import staffing_of
from gateway.parts.work import Work
from gateway.parts.write_offs import writing_off_of
from process_apis.adoption import process as adoption_process
from process_apis.adoption.looks import Looks
from process_apis.change_requests import noticing as noticing_process
from process_apis.change_requests import process as change_process
from process_apis.client_authority import process as client_authority
from process_apis.client_matching import merging as client_merging
from process_apis.client_matching import process as client_matching
from process_apis.client_matching import rules as match_rules
from process_apis.engine import Process
from process_apis.intake import process as intake_process
from process_apis.intake.inbox import Inbox
from process_apis.opportunity_to_project import process as set_up
from process_apis.opportunity_to_project.clients import ClientMaster
from process_apis.opportunity_to_project.handovers import Handovers
from process_apis.opportunity_to_project.preparation import Preparation
from process_apis.opportunity_to_project.provisioning import Provisioning
from process_apis.opportunity_to_project.questions import Questions as SetUpQuestions
from process_apis.opportunity_to_project.undoing import Undoing
from process_apis.opportunity_to_project.watching import Watch
from process_apis.procure_to_pay import process as buying_process
from process_apis.project_to_cash import process as billing_process
from process_apis.project_to_cash.checks import Checks
from process_apis.project_to_cash.collection import process as after_posting
from process_apis.project_to_cash.collection.letters import Letters
from process_apis.project_to_cash.credits import process as credit_process
from process_apis.project_to_cash.credits.posting import CreditPosting
from process_apis.project_to_cash.credits.questions import CreditQuestions
from process_apis.project_to_cash.ledger.billed_events import BilledEvents
from process_apis.project_to_cash.ledger.pace import PostingPace
from process_apis.project_to_cash.mailing import process as mail_process
from process_apis.project_to_cash.posting import Posting
from process_apis.project_to_cash.questions import Questions
from process_apis.project_to_cash.write_offs import process as write_off_process
from process_apis.quality.inspection import BillingInspection
from process_apis.resource_to_revenue import process as staffing_process
from process_apis.revenue import process as revenue_process
from process_apis.shadow.invoices import InvoiceShadow
from process_apis.shadow.projects import ProjectShadow
from process_apis.shadow.runs import Shadow
from process_apis.time_and_expense import process as work_process
from process_apis.time_and_expense.held_bills import BilledHours
from process_apis.time_and_expense.late_work import LateWork
from process_apis.time_and_expense.paying import Paying
from process_apis.time_and_expense.questions import Questions as WorkQuestions
from process_apis.time_and_expense.writing import Writing
from store.clock import wall_clock


def processes(base: Foundation, firm: Firm, work: Work) -> list[Process]:
    """Return every process with what it needs at hand."""
    now, policy = base.clock.now, firm.approval_policy()
    billing_stream = billing_process.ProjectToCash(
        checks=_checks(base, firm, work),
        questions=Questions(work.billing, work.approvals, policy, now),
        posting=_posting(base, firm, work),
    )
    collection = after_posting.AfterPosting(work.cash, work.collecting, _letters(work))
    matching = client_matching.ClientMatching(
        systems=work.systems,
        register=work.match_register,
        questions=work.merging.questions,
        terms=match_rules.MatchTerms(),
        entities=firm.codes,
        clock=now,
    )
    adoption = _adoption(base, work)
    return [
        *set_up.processes(_opening(base, firm, work)),
        *client_matching.processes(matching),
        *client_merging.processes(work.merging),
        *client_authority.processes(_authority(firm, work, now)),
        *billing_process.processes(billing_stream),
        *credit_process.processes(_credits(base, firm, work)),
        *write_off_process.processes(writing_off_of(work.credited.write_offs)),
        *after_posting.processes(collection),
        *mail_process.processes(work.credited.mailing),
        *adoption_process.processes(adoption),
        *work_process.processes(_work(base, firm, work)),
        *buying_process.processes(make_process(firm, base, work.buying, work.approvals)),
        *staffing_process.processes(_staffing(base, work)),
        *intake_process.processes(_held(base, work)),
        *_earning(base, work),
        *processes_of(base, work.telling),
        *noticing_process.processes(_noticing(base, firm, work)),
    ]


def _adoption(base: Foundation, work: Work) -> adoption_process.Adoption:
    """Make what looks at the records of other hands."""
    return adoption_process.Adoption(
        Looks(
            work.systems,
            work.adopted.findings,
            work.engagements,
            work.billing,
            BilledEvents(base.store),
            base.store,
            base.clock.now,
        )
    )


def _held(base: Foundation, work: Work) -> intake_process.HeldHints:
    """Return what asks people about messages that cannot be followed by themselves."""
    return intake_process.HeldHints(
        Inbox(base.store, base.audit), work.exceptions, work.receiving.sources, wall_clock
    )


def _noticing(base: Foundation, firm: Firm, work: Work) -> noticing_process.ClientNotices:
    """Return what tells clients of changes."""
    told = noticing_of(firm, base, work.engagements, work.approvals, work.telling)
    return noticing_process.ClientNotices(told)


def _letters(work: Work) -> Letters:
    """Return what sends clients their letters."""
    return Letters(work.billing, work.telling.outgoing, work.telling.letters)


def _opening(base: Foundation, firm: Firm, work: Work) -> set_up.OpportunityToProject:
    """Return what opens projects with what it needs at hand."""
    now, steward = base.clock.now, work.merging.questions
    clients = ClientMaster(work.systems, steward, match_rules.MatchTerms())
    preparation = Preparation(work.systems, work.engagements, clients, now)
    return set_up.OpportunityToProject(
        systems=work.systems,
        preparation=preparation,
        questions=SetUpQuestions(work.approvals, steward, work.engagements, now),
        provisioning=Provisioning(work.systems, work.engagements, work.billing, clients, now),
        undoing=Undoing(work.systems, work.engagements, work.billing, preparation),
        watch=_watch(base, firm, work, preparation),
        terms=firm.set_up_terms(),
    )


def _staffing(base: Foundation, work: Work) -> staffing_process.ResourceToRevenue:
    """Return staffing with what it needs at hand."""
    applications = work.earned.asking.applications
    return staffing_of(base, work.shown.staffing_desk, work.approvals, applications)


def _earning(base: Foundation, work: Work) -> list[Process]:
    """Return what is earned, and what changes of that."""
    return [
        *change_process.processes(changes_of(base, work.earned.asking)),
        *revenue_process.processes(
            revenue_process.Revenue(work.earned.closing.recognizing, work.earned.closing.questions)
        ),
    ]


def _work(base: Foundation, firm: Firm, work: Work) -> work_process.TimeAndExpense:
    """Return time and expense with what it needs at hand."""
    desk, now = work.attendance.work_desk, base.clock.now
    return work_process.TimeAndExpense(
        Writing(work.systems, desk.register, work.approvals, now),
        WorkQuestions(
            desk.register,
            work.approvals,
            work.attendance.delegations,
            firm.directory(),
            desk.entities,
            desk.terms,
            now,
        ),
        Paying(work.systems, work.attendance.pay_runs, desk.terms),
        LateWork(desk.around, desk.register, work.credited.rebilling).plan_bill,
    )


def _posting(base: Foundation, firm: Firm, work: Work) -> Posting:
    """Return what posts invoices, but for those whose hours are in question."""
    billed = BilledHours(work.credited.credit_ledger, work.attendance.work_desk.register)
    pace = _pace(base, firm, work)
    return Posting(work.systems, work.billing, pace, base.clock.now, billed.replaced)


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


def _checks(base: Foundation, firm: Firm, work: Work) -> Checks:
    """Return what looks at a billing event, which waits for undecided invoices of other hands."""
    return Checks(
        work.systems,
        work.billing,
        firm.legal_entities(),
        base.clock.now,
        work.disputes,
        firm.approval_policy(),
        work.adopted.findings.undecided,
        BillingInspection(base.quality),
        firm.electronic_invoicing(),
        work.attendance.work_desk.register.replacing,
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
        crediting=work.credited.crediting,
        questions=CreditQuestions(work.credited.credit_ledger, work.approvals, policy, now),
        posting=CreditPosting(work.systems, work.billing, work.credited.credit_ledger, now),
        rebilling=work.credited.rebilling,
        servicing=work.credited.servicing,
    )
