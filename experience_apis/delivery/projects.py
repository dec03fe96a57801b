"""How delivery sees a project: its set-up step by step, and its margin so far."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct, UnsetType

from experience_apis.delivery.billing import worked_at_rates
from governance.access import Caller, acting_as
from process_apis.engagements import Engagement, EngagementStatus
from process_apis.opportunity_to_project.set_up_time import SetUpTime, set_up_time
from process_apis.opportunity_to_project.set_up_waits import SetUpRecord
from process_apis.pages import every
from process_apis.project_to_cash.invoicing.worked import COUNTED
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import BillingEvent, BillingKind, ClientInvoice
from process_apis.revenue.figures import gathered, worth
from process_apis.revenue.figures.exchange import Exchange
from process_apis.revenue.figures.facts import Dated, Worked
from process_apis.steps import StepDone
from system_apis.canonical.billing import PREPAID
from system_apis.canonical.contracts import BillingModel
from system_apis.canonical.money import Money
from system_apis.systems import Systems


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
    """What a project earned and cost so far, over the periods that were looked at.

    Revenue is what is invoiced or expected to be (right to invoice, ASC 606-10-55-18),
    limited to the cap, and no down payment; cost is every approved hour at its cost rate,
    and expenses. `people` says of how many these hours are.
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
        self,
        systems: Systems,
        billing: BillingLedger,
        exchange: Exchange,
        entities: frozenset[str],
    ) -> None:
        self._systems, self._billing, self._exchange = systems, billing, exchange
        scopes = {"system:psa:read", "system:psa:read_cost", "system:contracts:read"}
        self._identity = Caller(
            subject="experience:delivery",
            client_id="experience:delivery",
            scopes=frozenset(scopes),
            entities=entities,
        )

    async def so_far(self, engagement: Engagement) -> MarginView | None:
        """Return a project's margin over the periods checked so far, or None before the first.

        Only of time and materials: what is invoiced otherwise is not what is earned.
        """
        if engagement.billing_model != BillingModel.TIME_AND_MATERIALS:
            return None
        entities = frozenset({engagement.legal_entity})
        events = [
            each
            for each in await self._billing.events(entities=entities)
            if each.project_number == engagement.project_number and each.amount_expected
        ]
        if not events:
            return None
        invoices = await self._billing.invoices(contract_number=engagement.contract_number)
        start = min(each.period_start for each in events)
        end = max(each.period_end for each in events)
        with acting_as(self._identity):
            psa = self._systems.psa(engagement.legal_entity, on=end)
            number = engagement.project_number
            entries = await every(
                lambda cursor: psa.time_entries(
                    project_number=number, start=start, end=end, cursor=cursor
                )
            )
            lines = await every(
                lambda cursor: psa.expense_lines(
                    project_number=number, start=start, end=end, cursor=cursor
                )
            )
            resources = await psa.resources(legal_entity=engagement.legal_entity)
            contract = await self._systems.contracts.contract(engagement.contract_id)
        worked = worked_at_rates(contract, entries, resources, self._exchange, end)
        counted = [each for each in lines if each.status in COUNTED]
        spent = gathered.spent(contract, counted, self._exchange, end)
        notes = await self._billing.posted_credits(engagement.contract_number)
        credited = Money.total((each.draft.net for each in notes), engagement.currency)
        revenue = _revenue(events, invoices, engagement.currency) - credited
        return _margin(revenue, worked, spent)


def _revenue(
    events: Sequence[BillingEvent], invoices: Sequence[ClientInvoice], currency: str
) -> Money:
    events = [each for each in events if each.kind is not BillingKind.DOWN_PAYMENT]
    billed = {each.billing_event_id: _earned(each) for each in invoices}
    nothing = Money.zero(currency)
    return Money.total(
        (billed.get(each.id) or each.amount_expected or nothing for each in events), currency
    )


def _earned(invoice: ClientInvoice) -> Money:
    """Return what an invoice bills of work, whether or not it was paid for before."""
    work = (each.net for each in invoice.draft.lines if each.kind not in PREPAID)
    return Money.total(work, invoice.draft.currency)


def _margin(revenue: Money, worked: Sequence[Worked], spent: Sequence[Dated]) -> MarginView:
    currency = revenue.currency
    costs = [each.cost for each in worked if each.cost is not None]
    labor_cost = Money.of(sum(costs, start=Decimal(0)), currency)
    expenses = Money.total((each.amount for each in spent), currency)
    margin = revenue - labor_cost - expenses
    return MarginView(
        revenue=revenue,
        labor_cost=labor_cost,
        expenses=expenses,
        margin=margin,
        margin_share=worth.share(margin.value, revenue.value),
        people=len({each.employee for each in worked if each.cost is not None}),
    )
