"""How delivery sees a project: its set-up step by step, and its margin so far."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct, UnsetType

from governance.access import Caller, acting_as
from process_apis.durable.steps import StepDone
from process_apis.engagements import Engagement, EngagementStatus
from process_apis.opportunity_to_project.set_up_time import SetUpTime, set_up_time
from process_apis.opportunity_to_project.set_up_waits import SetUpRecord
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import BillingKind
from process_apis.revenue.figures import earned, gathered, worth
from process_apis.revenue.figures.standing import Judged, days_of, month_of
from process_apis.revenue.process import READING
from process_apis.revenue.recognizing import Recognizing
from system_apis.canonical.contracts import BillingModel
from system_apis.canonical.money import Money


class SetUpView(Struct, frozen=True, kw_only=True):
    """How far a set-up has come. `machine_seconds` is the time the program took for it.

    `stops_at` is the first thing that people were asked about, `price_difference_pct` the
    share by which CRM and contract differ. `time` is there once the project is active: from
    the agreed deal on, in business time.
    """

    status: str
    steps: list[StepDone]
    machine_seconds: Decimal | None
    human_touches: int
    stops_at: str | None = None
    price_difference_pct: Decimal | None = None
    time: SetUpTime | None = None


class MarginView(Struct, frozen=True, kw_only=True):
    """What a project earned and cost so far, over the months that were looked at.

    Revenue is what the revenue process recognizes of them (right to invoice, ASC 606-10-55-18),
    limited to the cap, without tax and down payments; cost is every approved hour at its cost
    rate, and expenses. `people` says of how many these hours are.
    """

    revenue: Money
    labor_cost: Money
    expenses: Money
    margin: Money
    margin_share: Decimal | None
    people: int


# Of one person, the cost divided by the hours is that person's cost rate.
Margin = Annotated[
    MarginView | UnsetType | None,
    Meta(extra={"scope": "system:psa:read_cost", "total_of": "people"}),
]


class ProjectView(Struct, frozen=True, kw_only=True):
    """A project as its team sees it."""

    project_number: str
    name: str
    client_number: str
    client_name: str
    legal_entity: str
    currency: str
    billing_model: str
    project_manager: str
    status: EngagementStatus
    agreed_at: datetime
    activated_at: datetime | None
    set_up: SetUpView | None = None
    margin: Margin = None


def project(
    engagement: Engagement, set_up: SetUpView | None = None, margin: MarginView | None = None
) -> ProjectView:
    """Return the view of an engagement."""
    return ProjectView(
        project_number=engagement.project_number,
        name=engagement.name,
        client_number=engagement.client_number,
        client_name=engagement.client_name,
        legal_entity=engagement.legal_entity,
        currency=engagement.currency,
        billing_model=engagement.billing_model,
        project_manager=engagement.project_manager,
        status=engagement.status,
        agreed_at=engagement.agreed_at,
        activated_at=engagement.activated_at,
        set_up=set_up,
        margin=margin,
    )


def set_up(engagement: Engagement, told: SetUpRecord, steps: list[StepDone]) -> SetUpView:
    """Return the view of a set-up; how long the program took is not known once it was stopped."""
    runs, waits = told.runs, told.waits
    took = [(each.finished_at - each.accepted_at) for each in runs if each.finished_at]
    ready_at = engagement.activated_at
    return SetUpView(
        status=runs[-1].status,
        steps=steps,
        machine_seconds=None
        if told.was_stopped or len(took) < len(runs)
        else Decimal(str(round(sum(each.total_seconds() for each in took), 3))),
        human_touches=len(waits),
        stops_at=engagement.stops_at,
        price_difference_pct=engagement.price_difference,
        time=set_up_time(engagement.agreed_at, ready_at, waits) if ready_at else None,
    )


class Margins:
    """Works margins out; it may read cost rates, and shows only their total."""

    def __init__(
        self, recognizing: Recognizing, billing: BillingLedger, entities: frozenset[str]
    ) -> None:
        self._recognizing, self._billing = recognizing, billing
        self._identity = Caller(
            subject="experience:delivery",
            client_id="experience:delivery",
            scopes=READING,
            entities=entities,
        )

    async def so_far(self, engagement: Engagement) -> MarginView | None:
        """Return a project's margin over the months checked so far, or None before the first.

        Only of time and materials, and only while what each hour cost is known.
        """
        if engagement.billing_model != BillingModel.TIME_AND_MATERIALS:
            return None
        events = [
            each
            for each in await self._billing.events(
                entities=frozenset({engagement.legal_entity}),
                contract_number=engagement.contract_number,
            )
            if each.kind is BillingKind.TIME and each.amount_expected
        ]
        if not events:
            return None
        month = month_of(max(gathered.earned_on(each) for each in events))
        with acting_as(self._identity):
            judged = await self._recognizing.judge(engagement, month)
        return _margin(judged, min(each.period_start for each in events))


def _margin(judged: Judged, start: date) -> MarginView | None:
    """Return the margin from a day on: what revenue recognizes of these months, less their cost.

    The handbook (4) has a margin include what is recognized and not billed yet, so that no
    invoice is asked here.
    """
    facts, end, before = judged.facts, days_of(judged.month).end, start - timedelta(days=1)
    worked = [each for each in facts.worked if start <= each.day <= end]
    cost = earned.cost_until(worked, end)
    if cost is None:
        return None
    so_far = earned.recognized(facts, end, judged.terms)
    revenue = so_far - earned.recognized(facts, before, judged.terms)
    labor_cost = Money.of(cost, facts.currency)
    expenses = facts.total(facts.spent, end) - facts.total(facts.spent, before)
    margin = revenue - labor_cost - expenses
    return MarginView(
        revenue=revenue,
        labor_cost=labor_cost,
        expenses=expenses,
        margin=margin,
        margin_share=worth.share(margin.value, revenue.value),
        people=len({each.employee for each in worked}),
    )
