"""What the program minds by itself: answers of people, days that come, changes in the systems."""

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from msgspec import Struct

from gateway.firm import Firm
from gateway.foundation import Foundation
from gateway.parts.changes import noticing_of
from gateway.parts.staffing import terms_of
from governance.editions import Editions
from governance.quality.watch import QualityWatch
from process_apis.aftermath import Aftermath
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.escalating import Escalations
from process_apis.approvals.unanswered import Unanswered
from process_apis.client_matching.register import MatchRegister
from process_apis.commands import Commands
from process_apis.due.billing import DueDates
from process_apis.due.follow_ups import FollowUps
from process_apis.due.forecasts import StaffingDue
from process_apis.due.late_accruals import LateAccruals
from process_apis.due.months import MonthsEnded
from process_apis.due.purchases import PurchasesDue
from process_apis.engagements import Engagements
from process_apis.engine import Engine
from process_apis.exceptions.queue import ExceptionQueue
from process_apis.exceptions.seen import SeenCases
from process_apis.intake.feeds import Feed, FeedReader
from process_apis.intake.hints import Hints
from process_apis.intake.inbox import Inbox
from process_apis.intake.receiving import ROUND
from process_apis.intake.secrets_file import SecretsFile
from process_apis.notices.looking import BY as NOTICES
from process_apis.notices.looking import NoticeLooks, Telling
from process_apis.opportunity_to_project.handovers import Handovers
from process_apis.opportunity_to_project.waiting import WaitingHandovers, WaitingSetUps
from process_apis.procure_to_pay.buying import Buying
from process_apis.project_to_cash.collection.collecting import Collecting
from process_apis.project_to_cash.held_bills import HeldBills
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.mailing.process import Mailing
from process_apis.quality import held_bills as by_findings
from process_apis.quality.looking import Known, QualityLooks
from process_apis.quality.stakes import Stakes
from process_apis.quality.terms import QualityTerms
from process_apis.read_models.asking import ReadModels
from process_apis.revenue.books.periods import Periods
from process_apis.rounds import Rounds, Task
from process_apis.time_and_expense import held_bills as by_hours
from process_apis.time_and_expense.handing_in import HandingIn
from process_apis.time_and_expense.register import Register
from process_apis.time_and_expense.surroundings import Surroundings
from process_apis.time_and_expense.waiting import MonthEnds, Waiting
from process_apis.vital_signs import Companies, VitalSigns
from store.clock import wall_clock
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.record import Change, Page
from system_apis.systems import SystemKind, Systems


class Feeding(Protocol):
    """A system with a change feed."""

    instance: str

    async def changes(self, *, after: int) -> Page[Change]:
        """Return what changed after a sequence number."""


class Minded(Struct, frozen=True):
    """The records that are looked at again and again, and the engine that carries on."""

    commands: Commands
    exceptions: ExceptionQueue
    approvals: Approvals
    engagements: Engagements
    billing: BillingLedger
    collecting: Collecting
    engine: Engine
    buying: Buying
    register: Register
    telling: Telling
    mailing: Mailing
    models: ReadModels
    seen_cases: SeenCases
    secrets: SecretsFile


def rounds_of(
    firm: Firm, base: Foundation, systems: Systems, minded: Minded, *, every_seconds: float
) -> Rounds:
    """Return the rounds, which go round what people answered more often than round the days."""
    engine, now = minded.engine, base.clock.now
    later = FollowUps(engine, minded.collecting, firm.codes, now)
    feeds = _feeds(firm, systems)
    looks = _looks(firm, base, systems, minded)
    hearers = (looks, minded.models.projection)
    reader = FeedReader(
        base.store, engine, minded.billing, feeds, wall_clock, base.metrics, *hearers
    )
    days = [
        reader.read_all,
        DueDates(engine, minded.billing, firm.codes, now).start_due,
        _handovers(firm, base, minded).look,
        later.of_down_payments,
        PurchasesDue(engine, minded.buying, firm.codes, now).look,
        later.remind,
        StaffingDue(engine, systems, firm.codes, terms_of(firm), now).look,
        HandingIn(engine, minded.register).look,
        _waiting(firm, base, systems, minded).look,
        *_month_ends(firm, base, minded),
        looks.end_waivers,
        *(each.look for each in _held_bills(firm, base, minded)),
        base.quality_scores.take,
        _vital_signs(firm, base, minded).take,
    ]
    # What is judged again every day has a round of its own, and so have notices: nobody waits.
    rounds: dict[str, Sequence[Task]] = {
        "answers": _answers(firm, systems, minded, later),
        "rounds": days,
        "quality": [looks.of_the_day],
        "read_models": [minded.models.building.look],
        ROUND: [
            minded.secrets.look,
            Hints(Inbox(base.store, base.audit), reader, engine, wall_clock).follow,
        ],
        "notices": [_notices(base, minded).look, *_to_clients(firm, base, minded)],
    }
    return Rounds(rounds, base.metrics, wall_clock, every_seconds=every_seconds)


def _held_bills(firm: Firm, base: Foundation, minded: Minded) -> list[HeldBills]:
    """Return what looks again at bills that findings held, or corrections of their hours."""
    over = by_findings.HeldByFindings(base.quality)
    rejected = by_hours.HeldByHours(minded.register, firm.codes)
    freed = ((over.freed, by_findings.BY), (rejected.freed, by_hours.BY))
    return [HeldBills(minded.engine, minded.billing, firm.codes, *each) for each in freed]


def _vital_signs(firm: Firm, base: Foundation, minded: Minded) -> VitalSigns:
    """Return what counts what people on call see of the business."""
    companies = Companies(firm.codes, base.clock.now, firm.objectives_on)
    return VitalSigns(minded.exceptions, minded.billing, base.quality, base.metrics, companies)


def _to_clients(firm: Firm, base: Foundation, minded: Minded) -> list[Task]:
    """Return what asks whether clients are told of changes, and sent what was posted."""
    told = noticing_of(firm, base, minded.engagements, minded.approvals, minded.telling)

    async def changes() -> None:
        await minded.engine.start_new(await told.drafted(), by=NOTICES)

    async def mails() -> None:
        await minded.engine.start_new(await minded.mailing.drafting.due(), by=NOTICES)

    return [changes, mails]


def _notices(base: Foundation, minded: Minded) -> NoticeLooks:
    """Return what looks for things that people are to hear of."""
    return NoticeLooks(
        minded.telling,
        partial(minded.engine.start_new, by=NOTICES),
        Unanswered(base.store, minded.approvals),
        minded.seen_cases,
        minded.engagements,
        base.clock.now,
    )


def _month_ends(firm: Firm, base: Foundation, minded: Minded) -> list[Task]:
    """Return what looks after months that are over: hours to be paid, revenue to be approved."""
    now, started = base.clock.now, (minded.engine, minded.commands)
    periods = Periods(base.store, base.audit, now)
    buys = bool(minded.buying.systems.procurements)
    terms, companies = firm.time_and_expense_terms(), firm.legal_entities()
    return [
        MonthEnds(minded.engine, _with_people(firm), terms, now).look,
        LateAccruals(*started, periods, companies, buys=buys).look,
        MonthsEnded(minded.engine, minded.engagements, companies, now, buys=buys).look,
    ]


def _answers(firm: Firm, systems: Systems, minded: Minded, later: FollowUps) -> list[Task]:
    """Return what follows from people's answers."""
    engine = minded.engine
    aftermath = Aftermath(engine, minded.approvals, minded.exceptions)
    waiting = _set_ups(firm, systems, minded)
    # The sweep stands with the resolutions: what is just being resumed is not broken.
    return [
        aftermath.of_decisions,
        aftermath.of_resolutions,
        engine.sweep,
        waiting.resume,
        later.of_disputes,
    ]


def _looks(firm: Firm, base: Foundation, systems: Systems, minded: Minded) -> QualityLooks:
    """Return what judges the records of the systems, held against our own."""
    mine = minded.billing, minded.engagements, systems.names_of
    stakes = Stakes(*mine, firm.approval_policy(), firm.codes)
    known = Known(
        stakes,
        MatchRegister(base.store, base.audit),
        firm.set_up_terms(),
        firm.electronic_invoicing(),
        firm.legal_entities(),
        Editions(QualityTerms(), firm.terms.quality),
    )
    watch = QualityWatch(base.store)
    return QualityLooks(systems, base.quality, watch, known, base.clock.now)


def _set_ups(firm: Firm, systems: Systems, minded: Minded) -> WaitingSetUps:
    """Return what goes on with set-ups whose answer has come."""
    return WaitingSetUps(
        minded.engine, minded.engagements, minded.approvals, systems.names_of, firm.codes
    )


def _handovers(firm: Firm, base: Foundation, minded: Minded) -> WaitingHandovers:
    """Return what looks after deals whose other half is late."""
    return WaitingHandovers(
        minded.engine,
        minded.commands,
        minded.exceptions,
        Handovers(base.store, base.audit, base.clock.now),
        firm.legal_entities(),
        base.clock.now,
    )


def _waiting(firm: Firm, base: Foundation, systems: Systems, minded: Minded) -> Waiting:
    """Return what looks after questions about time and expenses."""
    return Waiting(
        Escalations(base.store, base.audit, minded.approvals),
        minded.register,
        Surroundings(systems, firm.directory()),
        firm.legal_entities(),
        firm.time_and_expense_terms(),
        base.clock.now,
    )


def _with_people(firm: Firm) -> dict[str, LegalEntity]:
    """Return the companies that have an HR system, and with it a payroll."""
    told = {each.legal_entity for each in firm.routes() if each.kind is SystemKind.HR}
    return {code: each for code, each in firm.legal_entities().items() if code in told}


def _feeds(firm: Firm, systems: Systems) -> list[Feed]:
    """Return every system's change feed; one for the whole firm concerns every company."""
    served = {each.instance: set[str]() for each in firm.routes()}
    for route in firm.routes():
        served[route.instance].add(route.legal_entity)
    every: list[Feeding] = [
        systems.crm,
        systems.contracts,
        *systems.psas.values(),
        *systems.erps.values(),
        *systems.hrs.values(),
        *systems.procurements.values(),
    ]
    return [
        Feed(each.instance, each.changes, frozenset(served.get(each.instance, firm.codes)))
        for each in every
    ]
