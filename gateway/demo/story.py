"""The month's story: each chapter calls the APIs as the people who would, and says so."""

from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct

from experience_apis.delivery.billing import BillingFiguresView
from experience_apis.delivery.projects import ProjectView
from experience_apis.finance.views import CreditNoteView, InvoiceView, ReadinessPage, ReadinessView
from experience_apis.worklist.items import Item
from experience_apis.worklist.v1 import Worklist
from gateway.demo.buying import BuyingChapter, procurement
from gateway.demo.changing import Changes
from gateway.demo.comparison import Figure
from gateway.demo.correction import Corrected, Correction
from gateway.demo.deciding import Deciders
from gateway.demo.facts import ClientPayment, load_facts
from gateway.demo.figures import (
    Played,
    credit_and_rebill,
    figures,
    project_setup,
    rounding,
)
from gateway.demo.handing_in import HandingIn
from gateway.demo.leading import key_figures
from gateway.demo.month_end import MonthEnd
from gateway.demo.paying import paid_by
from gateway.demo.proving import Checkers
from gateway.demo.staffing import StaffingChapter
from gateway.demo.stillness import Stillness
from gateway.demo.visitor import Tell, Unexpected, Visitor, until
from gateway.firm import Firm
from gateway.sandbox import SandboxControl
from governance.v1 import BusinessTime
from process_apis.engagements import EngagementStatus
from process_apis.project_to_cash.records import EventStatus, InvoiceStage
from system_apis.canonical.billing import Payment, PaymentDraft
from system_apis.canonical.contracts import Contract
from system_apis.canonical.money import Money
from system_apis.canonical.record import Page
from system_apis.canonical.sales import Opportunity, Stage

MORNING = clock_time(8, tzinfo=UTC)
EVENING = clock_time(23, 59, 59, tzinfo=UTC)
NOON = clock_time(12, tzinfo=UTC)
PROJECTS = "/experience/delivery/v1/projects"
CONTRACTS = "/system/contracts/v1/contracts"
AFTER_THE_WIN = timedelta(seconds=40)
KEPT = {EventStatus.BLOCKED, EventStatus.READY}
SETTLED = {InvoiceStage.POSTED, InvoiceStage.PARTIALLY_PAID, InvoiceStage.PAID}


class Chapter(Struct, frozen=True):
    """What the story knows when it is over."""

    invoices: list[InvoiceView]
    projects: list[ProjectView]
    events: list[ReadinessView]
    stopped: list[Item]
    touches: int
    lost_answers: int
    broken: list[str]
    computed: dict[str, Figure]


class Story:
    """Plays a firm's month from won deals to paid invoices."""

    def __init__(
        self, visitor: Visitor, control: SandboxControl, firm: Firm, firm_dir: Path, tell: Tell
    ) -> None:
        self._visitor, self._control, self._firm = visitor, control, firm
        self._facts, self._tell = load_facts(firm_dir), tell
        self._operator, self._finance = self._role("operator"), self._role("finance")
        self._stillness = Stillness(lambda: visitor.text(self._operator, "/metrics"))
        self._deciders = Deciders(visitor, firm, self._facts.records(), self._stillness, tell)
        self._handing_in = HandingIn(visitor, self._deciders, firm, self._facts, tell)

    async def play(self) -> Chapter:
        """Play every chapter in turn."""
        await self._open_projects()
        await self._control.lose_answers("create_invoice")
        last = self._firm.period.start - timedelta(days=1)
        while (day := await self._day_after(last)) is not None:
            if await self._open_wins_before(day):
                continue  # what was opened may fall due on an earlier day
            await self._live(day)
            last = day
        return await self._end()

    async def _live(self, day: date) -> None:
        """Bill what falls due on a day, and receive what is paid on it."""
        if day <= self._firm.period.end and day in await self._billing_days():
            await self._bill(day)
        await self._handing_in.on(day, self._reach)
        for payment in self._facts.payments:
            if payment.date == day:
                await self._receive(payment)

    async def _open_projects(self) -> None:
        self._tell(f"[bold]{self._firm.name}[/]: won deals become projects")
        await until(self._all_opened, "the set-up of every agreed engagement")
        self._tell_opened(await self._projects())

    async def _open_wins_before(self, day: date) -> bool:
        """Open the projects of the deals that were won since, and say whether any was."""
        morning = datetime.combine(day, MORNING)
        moments = sorted(self._facts.won_between(await self._now(), morning))
        for moment in moments:
            known = {each.project_number for each in await self._projects()}
            await self._set_clock(moment + AFTER_THE_WIN)
            self._stillness.wake()
            self._tell(f"[bold]{moment:%Y-%m-%d, %H:%M}[/]: another deal is won")
            await until(self._all_opened, f"the set-up of the deal won at {moment}")
            self._tell_opened(
                [each for each in await self._projects() if each.project_number not in known]
            )
        return bool(moments)

    def _tell_opened(self, found: list[ProjectView]) -> None:
        for project in found:
            if project.status is not EngagementStatus.ACTIVE:
                continue
            if project.set_up is None or project.set_up.machine_seconds is None:
                continue
            self._tell(
                f"  {project.project_number} {project.name} for {project.client_name}: active in "
                f"CRM, PSA and ERP after {len(project.set_up.steps)} steps, "
                f"{project.set_up.machine_seconds} s of machine time and "
                f"{project.set_up.human_touches} human touches"
            )

    async def _all_opened(self) -> bool:
        """Have people agree, and say whether every agreed deal is a project or waits for someone.

        What nobody of the firm may decide waits for somebody who will.
        """
        await self._deciders.decide_all()
        found = await self._visitor.every(
            "integrator", "/system/crm/v2/opportunities", Page[Opportunity]
        )
        contracts = await self._visitor.every("integrator", CONTRACTS, Page[Contract])
        signed = {each.number for each in contracts if each.signed_at}
        agreed = [
            each
            for each in found
            if each.stage is Stage.CLOSED_WON and each.contract_number in signed
        ]
        stopped = len(await self._stopped())
        waiting = {EngagementStatus.PENDING_APPROVAL} if self._stillness.is_stuck else set()
        listed = await self._visitor.every(self._finance, PROJECTS, Page[ProjectView])
        settled = [each for each in listed if each.status in {EngagementStatus.ACTIVE, *waiting}]
        if len(settled) + stopped < len(agreed):
            return False
        over = [
            each
            for each in await self._projects()
            if each.status in waiting or (each.set_up is not None and each.set_up.status == "done")
        ]
        return len(over) + stopped >= len(agreed)

    async def _day_after(self, last: date) -> date | None:
        """Return the next day on which something is billed or comes in, or is paid.

        Only payments are waited for beyond the month.
        """
        first, end = self._firm.period.start, self._firm.period.end
        paid = {each.date for each in self._facts.payments if each.project}
        within = {day for day in await self._billing_days() if first <= day <= end}
        worked = {day for day in self._handing_in.days() if first <= day <= end}
        days = within | worked | paid
        return min((day for day in days if day > last), default=None)

    async def _billing_days(self) -> set[date]:
        """Return the days on which something is billed, comes in for it, or is paid."""
        billed = {each.planned_date for each in await self._events()} | self._facts.arrivals()
        paid = {each.date for each in self._facts.payments if each.project}
        return billed | paid | {self._firm.period.end}

    async def _bill(self, day: date) -> None:
        await self._reach(datetime.combine(day, MORNING))
        due = [each for each in await self._events() if each.planned_date == day]
        if due:
            await self._check(day)
        await self._reach(datetime.combine(day, EVENING))
        await self._work_off()

    async def _check(self, day: date) -> None:

        async def checked() -> bool:
            return not [
                each
                for each in await self._events()
                if each.planned_date <= day and each.status is EventStatus.PLANNED
            ]

        await until(checked, f"the readiness checks of {day}")
        self._tell(f"[bold]{day}, 08:00[/]: billing events fall due")
        for event in await self._events():
            if event.planned_date == day:
                self._tell_readiness(event)
        self._tell(f"[bold]{day}, evening[/]: late documents came in, people decide")

    def _tell_readiness(self, event: ReadinessView) -> None:
        if not event.first_blockers:
            self._tell(f"  {event.project_number}: ready, {event.amount_expected}")
        for blocker in event.first_blockers:
            risk = f" ({blocker.amount_at_risk})" if blocker.amount_at_risk else ""
            self._tell(
                f"  {event.project_number}: {blocker.code} {blocker.reason}{risk} holds "
                f"{event.amount_expected}; {blocker.owner}: {blocker.remedy}"
            )

    async def _work_off(self) -> None:
        """Let everybody decide what waits for them, until nothing more comes.

        What is still kept back has more time: a document that just came in may free it.
        """
        today = (await self._now()).date()
        self._stillness.wake()

        async def quiet() -> bool:
            await self._deciders.decide_all()
            stages = [each.stage for each in await self._invoices()]
            stages += [each.stage for each in await self._credits()]
            if set(stages) - SETTLED:
                self._stillness.wake()
            kept = [each for each in await self._events() if each.planned_date <= today]
            if any(each.status in KEPT for each in kept):
                return self._stillness.is_stuck
            return self._stillness.is_quiet

        await until(quiet, "the end of the day's decisions")

    async def _receive(self, payment: ClientPayment) -> None:
        invoice = paid_by(payment, await self._invoices())
        if invoice is None:
            return
        await self._reach(datetime.combine(payment.date, NOON))
        draft = PaymentDraft(
            legal_entity=invoice.legal_entity,
            invoice_number=invoice.number or "",
            date=payment.date,
            amount=Money.of(payment.amount, invoice.net.currency),
            reference=f"BANK-{invoice.number}-{payment.date}",
        )
        key = f"payment-{invoice.id}-{payment.date}"
        await self._visitor.send(
            self._finance, "POST", "/system/erp/v1/payments", draft, Payment, key=key
        )

        async def settled() -> bool:
            path = f"/experience/finance/v1/invoices/{invoice.id}"
            now = await self._visitor.get(self._finance, path, InvoiceView)
            return now.paid is not None and now.paid != invoice.paid

        await until(settled, f"the payment of {invoice.number}")
        self._tell(f"[bold]{payment.date}[/]: the client pays {draft.amount} of {invoice.number}")

    async def _end(self) -> Chapter:
        month = self._firm.period
        invoices = [each for each in await self._invoices() if month.has(each.issue_date)]
        projects = await self._projects()
        events = [each for each in await self._events() if month.has(each.planned_date)]
        credited = [
            each for each in await self._credits() if each.posted and month.has(each.issue_date)
        ]
        reported = self._facts.service_levels is not None
        played = Played(
            invoices=invoices,
            credit_notes=credited if credited or reported else None,
            projects=projects,
            billing=[await self._billing_of(each) for each in projects],
            results=await MonthEnd(self._visitor, self._finance, self._tell).play(
                projects, month.end
            ),
        )
        leading = await key_figures(self._visitor, self._role("cfo"), month)
        corrected = await self._correct(projects, events)
        buying = BuyingChapter(self._visitor, self._deciders, self._firm, self._tell)
        bought = await buying.play(self._facts.procurement)
        changed = await Changes(self._visitor, self._finance, self._tell).play(self._facts)
        await StaffingChapter(self._visitor, self._deciders, self._firm, self._tell).play()
        checkers = Checkers(
            self._visitor, self._operator, self._finance, self._role("cfo"), self._tell
        )
        return Chapter(
            invoices=invoices,
            projects=projects,
            events=events,
            stopped=await self._stopped(),
            touches=self._deciders.touches,
            lost_answers=await self._control.lost_answers(),
            broken=await checkers.prove(month),
            computed=figures(played)
            | leading
            | credit_and_rebill(corrected)
            | rounding(self._facts.rounding_case)
            | procurement(bought)
            | await self._set_up_case()
            | changed,
        )

    async def _correct(
        self, projects: list[ProjectView], events: list[ReadinessView]
    ) -> Corrected | None:
        """Play the correction that the firm's facts tell of, if they do."""
        case = self._facts.credit_rebill
        if case is None:
            return None
        found = {each.project_number: each for each in projects}
        billed = [each for each in events if each.project_number == case.project]
        if case.project not in found or not billed:
            raise Unexpected(f"nothing of {case.project} is billed that could be corrected")
        project = found[case.project]
        event = max(billed, key=lambda each: each.period_end - each.period_start)
        cap = self._facts.cap_raise
        manager = project.project_manager
        chapter = Correction(self._visitor, self._deciders, self._finance, manager, self._tell)
        return await chapter.play(case, project, event, cap)

    async def _set_up_case(self) -> dict[str, Figure]:
        """Return the recorded set-up of one deal, with what stopped it here."""
        case = self._facts.setup_case
        if case is None:
            return {}
        contracts = await self._visitor.every(self._finance, CONTRACTS, Page[Contract])
        numbers = {
            each.project_number for each in contracts if each.opportunity_number == case.opportunity
        }
        views = [each for each in await self._projects() if each.project_number in numbers]
        return project_setup(case, views[0].set_up) if views and views[0].set_up else {}

    async def _now(self) -> datetime:
        told = await self._visitor.get(self._operator, "/governance/v1/clock", BusinessTime)
        return told.now

    async def _reach(self, moment: datetime) -> None:
        """Let it be a moment, unless it is later already."""
        if moment > await self._now():
            await self._set_clock(moment)

    async def _set_clock(self, moment: datetime) -> None:
        await self._visitor.send(
            self._operator, "PUT", "/governance/v1/clock", BusinessTime(moment), BusinessTime
        )

    async def _events(self) -> list[ReadinessView]:
        page = await self._visitor.get(
            self._finance, "/experience/finance/v1/readiness", ReadinessPage
        )
        return page.items

    async def _invoices(self) -> list[InvoiceView]:
        path = "/experience/finance/v1/invoices"
        return await self._visitor.every(self._finance, path, Page[InvoiceView])

    async def _credits(self) -> list[CreditNoteView]:
        path = "/experience/finance/v1/credit-notes"
        return await self._visitor.every(self._finance, path, Page[CreditNoteView])

    async def _billing_of(self, project: ProjectView) -> BillingFiguresView:
        """Return what a project's work of the month was worth, and what of it was billed."""
        month = self._firm.period
        days = f"start={month.start}&end={month.end}"
        path = f"{PROJECTS}/{quote(project.project_number)}/billing?{days}"
        return await self._visitor.get(self._finance, path, BillingFiguresView)

    async def _projects(self) -> list[ProjectView]:
        listed = await self._visitor.every(self._finance, PROJECTS, Page[ProjectView])
        return [
            await self._visitor.get(
                self._finance, f"{PROJECTS}/{quote(each.project_number)}/progress", ProjectView
            )
            for each in listed
        ]

    async def _stopped(self) -> list[Item]:
        worklist = await self._visitor.get(self._operator, "/experience/worklist/v1/", Worklist)
        return [each for each in worklist.items if each.kind == "exception"]

    def _role(self, role: str) -> str:
        person = self._firm.person(role)
        if person is None:
            raise LookupError(f"{self._firm.name} has nobody with the role {role}")
        return person.id
