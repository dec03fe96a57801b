"""What the systems tell becomes the facts of revenue: each amount on its day, at its rate."""

from datetime import UTC, date, datetime
from decimal import Decimal

from msgspec.structs import replace

from process_apis.project_to_cash.records import InvoiceStage
from process_apis.revenue.figures import gathered
from process_apis.revenue.figures.exchange import Exchange
from process_apis.revenue.figures.facts import Dated
from process_apis.revenue.figures.gathered import Person
from system_apis.canonical.changes import (
    ChangeDeltas,
    ChangeReason,
    ChangeRequest,
    ChangeStatus,
    ModificationAccounting,
    RoleHours,
)
from system_apis.canonical.contracts import (
    Contract,
    Evidence,
    MilestoneTerms,
    RecurringTerms,
    ServiceLevelReport,
)
from system_apis.canonical.delivery import Resource
from system_apis.canonical.fx import FxRate, FxRates, RateType
from system_apis.canonical.money import Price, Rounding
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.people import CostRate, EmployeeCost
from system_apis.canonical.revenue import RevenueMethod
from tests.process_apis.billing_facts import SOURCE, billing_event, contract, entry, expense, id_of
from tests.process_apis.owing_facts import posted
from tests.process_apis.revenue_facts import OCTOBER, SEPTEMBER, usd

EUR = FxRate(
    base="EUR", quote="USD", rate=Decimal("1.10"), rate_type=RateType.MONTH_AVERAGE, date=OCTOBER
)
EXCHANGE = Exchange("USD", FxRates((EUR,)))
TOKYO = LegalEntity(
    code="US",
    name="US",
    country="JP",
    currency="USD",
    timezone="Asia/Tokyo",
    hours_per_day=Decimal(8),
)
LATE = datetime(2026, 10, 31, 20, tzinfo=UTC)


def _person(*rates: CostRate, currency: str = "USD") -> Person:
    resource = Resource(
        number="E1",
        name="E1",
        role="Principal",
        legal_entity="US",
        cost_rate=Price("90", currency),
        list_rate=Price("300", currency),
    )
    costs = EmployeeCost(
        employee_id=id_of("em"), employee="E1", legal_entity="US", cost_rates=rates
    )
    return Person(resource, costs if rates else None)


def _rate(rate: str, since: date, until: date | None = None) -> CostRate:
    return CostRate(Price(rate, "USD"), since, until)


def _change(status: ChangeStatus = ChangeStatus.APPLIED, **more: object) -> ChangeRequest:
    asked = ChangeRequest(
        id=id_of("cr"),
        contract_id=id_of("ct"),
        contract_number="CT-1",
        project_number="P-1",
        legal_entity="US",
        number="CR-9",
        reason=ChangeReason.SCOPE,
        requested_by="Client",
        requested_at=LATE,
        deltas=ChangeDeltas(
            price=usd("500"), cost=usd("200"), hours_by_role=(RoleHours("Principal", Decimal(4)),)
        ),
        status=status,
        source=replace(SOURCE, updated_at=LATE),
    )
    return replace(asked, **more)


def test_an_hour_costs_what_hr_says_of_its_day() -> None:
    """A raise in the month counts from its day; a day that HR leaves out has no cost."""
    raised = _person(
        _rate("100", date(2026, 10, 1), date(2026, 10, 4)), _rate("120", date(2026, 10, 6))
    )
    hours = [entry("2", number=day) for day in (2, 3, 4, 5)]

    told = gathered.worked(contract(), hours, {"E1": raised}, EXCHANGE, OCTOBER)

    assert [each.cost for each in told] == [Decimal(200), None, None, Decimal(240)]
    assert [each.listed for each in told] == [Decimal(600)] * 4
    assert [each.agreed for each in told] == [Decimal(560)] * 4


def test_an_hour_costs_what_the_psa_says_where_hr_tells_nothing() -> None:
    """In the contract's currency, at the average rate; of a stranger it is not known."""
    here = _person(currency="EUR")
    hours = [entry("2"), entry("1", employee="E9", role="Unknown", number=2)]

    told = gathered.worked(contract(), hours, {"E1": here}, EXCHANGE, OCTOBER)

    assert (told[0].cost, told[0].listed) == (Decimal("198.0"), Decimal("660.0"))
    assert (told[1].cost, told[1].listed, told[1].agreed) == (None, None, None)


def test_expenses_are_told_in_the_contracts_currency() -> None:
    """100 euro are 110 dollars."""
    spent = gathered.spent(
        contract(), [expense("5"), expense("100", currency="EUR")], EXCHANGE, OCTOBER
    )

    assert spent == (Dated(date(2026, 10, 5), usd("5")), Dated(date(2026, 10, 5), usd("110")))


def test_what_is_posted_is_billed_and_what_the_opening_covers_is_not_counted_again() -> None:
    """A draft is not billed yet, and an invoice of before is in what was billed before."""
    adopted = replace(contract(), billed_to_date=usd("70"), billed_until=SEPTEMBER)
    old = posted("I-1", "50")
    old = replace(old, draft=replace(old.draft, issue_date=SEPTEMBER))
    draft = posted("I-3", "9", stage=InvoiceStage.PENDING_APPROVAL)

    told = gathered.billed(adopted, [old, posted("I-2", "100"), draft], [])

    assert told == [Dated(SEPTEMBER, usd("70")), Dated(OCTOBER, usd("100"))]


def test_what_was_billed_before_was_earned_where_work_goes_on_as_it_is_billed() -> None:
    """Of a fixed price it was billed ahead, and nothing says it was earned."""
    adopted = replace(contract(), billed_to_date=usd("70"))

    assert gathered.opening(adopted, RevenueMethod.RIGHT_TO_INVOICE) == usd("70")
    assert gathered.opening(adopted, RevenueMethod.INPUT_COST) == usd("0")
    assert gathered.opening(adopted, RevenueMethod.STRAIGHT_LINE) == usd("0")
    retainer = replace(adopted, recurring=RecurringTerms(monthly_fee=usd("10")))
    assert gathered.opening(retainer, RevenueMethod.STRAIGHT_LINE) == usd("70")


def test_a_missed_month_gives_back_a_share_of_its_fee() -> None:
    """On the month's last day, whenever it was reported; a month that was met gives nothing."""
    retainer = replace(contract(), recurring=RecurringTerms(monthly_fee=usd("1000.10")))
    missed = ServiceLevelReport(
        id=id_of("sl"),
        contract_id=id_of("ct"),
        contract_number="CT-1",
        legal_entity="US",
        period="2026-10",
        met=False,
        credit_percent=Decimal("2.5"),
        reported_at=datetime(2026, 12, 1, tzinfo=UTC),
        source=SOURCE,
    )
    met = replace(missed, period="2026-11", met=True)

    told = gathered.given_back(retainer, [missed, met], Rounding.HALF_UP)

    assert told == (Dated(OCTOBER, usd("25")),)
    assert gathered.given_back(contract(), [missed], Rounding.HALF_UP) == ()


def _milestones(evidence: Evidence | None) -> Contract:
    terms = MilestoneTerms("M1", usd("10"), OCTOBER, evidence)
    return replace(contract(), milestones=(terms,))


def test_a_milestone_counts_from_the_day_of_its_acceptance_where_the_company_is() -> None:
    """In Tokyo it is November already; without a document nothing was accepted."""
    proof = Evidence("certificate", "sha256:00", received_at=LATE)

    assert gathered.accepted(_milestones(proof), TOKYO) == (Dated(date(2026, 11, 1), usd("10")),)
    assert gathered.accepted(_milestones(replace(proof, document_hash=None)), TOKYO) == ()
    assert gathered.accepted(_milestones(None), TOKYO) == ()


def test_only_a_change_that_was_applied_changes_the_promise() -> None:
    """On the day it was applied; one that says nothing of its treatment is caught up."""
    asked = [_change(), _change(ChangeStatus.CLIENT_APPROVED)]
    separate = _change(modification_accounting=ModificationAccounting.SEPARATE_CONTRACT)

    [caught_up] = gathered.changed(contract(), asked, RevenueMethod.INPUT_COST, TOKYO)
    [apart] = gathered.changed(contract(), [separate], RevenueMethod.INPUT_HOURS, TOKYO)

    assert (caught_up.day, caught_up.price) == (date(2026, 11, 1), usd("500"))
    assert (caught_up.effort, apart.effort) == (Decimal(200), Decimal(4))
    assert caught_up.accounting is ModificationAccounting.CUMULATIVE_CATCH_UP
    assert apart.accounting is ModificationAccounting.SEPARATE_CONTRACT


def test_a_fixed_price_is_the_total_or_its_milestones() -> None:
    """Hours at rates have none, but a plan: the cap, or a total below it."""
    parts, capped = _milestones(None), contract(cap="900")
    total = replace(capped, total_value=usd("800"))
    method = RevenueMethod.OUTPUT_MILESTONE

    assert gathered.price(parts, method) == usd("10")
    assert gathered.price(replace(parts, total_value=usd("12")), method) == usd("12")
    assert gathered.price(total, RevenueMethod.RIGHT_TO_INVOICE) is None
    assert (gathered.planned(capped, None), gathered.planned(total, None)) == (
        usd("900"),
        usd("800"),
    )
    assert gathered.planned(contract(), None) is None


def test_what_is_billed_again_is_earned_when_it_is() -> None:
    """The first event of a period is earned by its end."""
    first = billing_event()
    again = replace(first, sequence=2, planned_date=date(2026, 11, 9))

    assert gathered.earned_on(first) == first.period_end
    assert gathered.earned_on(again) == date(2026, 11, 9)
