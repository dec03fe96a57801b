"""What a project earned, cost and has to come follows from its facts, by its method."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from process_apis.revenue.figures import earned
from process_apis.revenue.figures.facts import Changed, Dated, RevenueFacts
from process_apis.revenue.figures.standing import month_earned, standing
from process_apis.revenue.records import Costs, ProjectStanding
from process_apis.revenue.terms import RevenueTerms, method_of
from system_apis.canonical.billing import LineKind
from system_apis.canonical.changes import ModificationAccounting
from system_apis.canonical.contracts import BillingModel, CapScope, RecurringTerms
from system_apis.canonical.money import Money
from system_apis.canonical.revenue import RevenueBasis, RevenueMethod
from system_apis.errors import Refused
from system_apis.restricted import shown_with
from tests.process_apis.billing_facts import contract
from tests.process_apis.revenue_facts import (
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    TERMS,
    at_rates,
    fixed,
    judged,
    line,
    recurring,
    usd,
    worked,
)


def _costs(seen: ProjectStanding) -> Costs:
    assert isinstance(seen.costs, Costs)
    return seen.costs


def test_cost_earns_its_share_of_the_price_and_leaves_a_liability() -> None:
    """A quarter of the cost earns a quarter of the price; what is billed beyond is owed work."""
    seen = standing(judged(fixed(billed=(Dated(OCTOBER, usd("5000")),))))

    assert (seen.revenue, seen.percent_complete) == (usd("3000"), Decimal("0.250000"))
    assert (seen.contract_liability, seen.contract_asset) == (usd("2000"), usd("0"))
    assert seen.backlog == usd("9000")
    assert seen.revenue_if_output_method == usd("5000")
    costs = _costs(seen)
    assert (costs.labor_cost, costs.margin, costs.margin_pct, costs.planned_margin) == (
        usd("2000"),
        usd("1000"),
        Decimal("0.3333"),
        Decimal("0.3333"),
    )


def test_what_was_earned_before_the_month_is_none_of_its_revenue() -> None:
    """Of 4,000 worked in two months, October earns what its own 2,000 are worth."""
    two = fixed(worked=(worked("20", SEPTEMBER), worked("20")))

    seen = standing(judged(two))

    assert (seen.recognized, seen.revenue) == (usd("6000"), usd("3000"))
    assert _costs(seen).labor_cost == usd("2000")


def test_hours_measure_where_the_contract_says_so() -> None:
    """Twenty hours done and sixty to come are a quarter, whatever they cost."""
    by_hours = fixed(RevenueMethod.INPUT_HOURS, hours_left=Decimal(60))

    assert earned.recognized(by_hours, OCTOBER, TERMS) == usd("3000")


def test_output_counts_what_the_client_accepted_and_delivery_only_all_of_it() -> None:
    """One of two parts earns itself by output, and nothing at a point in time."""
    one = fixed(RevenueMethod.OUTPUT_MILESTONE), fixed(RevenueMethod.POINT_IN_TIME)
    both = (Dated(OCTOBER, usd("5000")), Dated(NOVEMBER, usd("7000")))
    done = replace(one[1], accepted=both)

    assert [earned.recognized(each, OCTOBER, TERMS) for each in one] == [usd("5000"), usd("0")]
    assert earned.recognized(done, OCTOBER, TERMS) == usd("0")
    assert earned.recognized(done, NOVEMBER, TERMS) == usd("12000")


def test_a_price_over_a_term_is_earned_by_its_days() -> None:
    """From September to March 61 of 212 days are over at the end of October."""
    over_time = fixed(RevenueMethod.STRAIGHT_LINE, price=usd("21200"))

    assert earned.recognized(over_time, OCTOBER, TERMS) == usd("6100")


def test_a_monthly_fee_is_earned_month_by_month_and_in_part_by_days() -> None:
    """A contract from the 17th earns half of September, and on 10 October ten days more."""
    late = recurring(fee="3000")
    late = replace(late, contract=replace(late.contract, effective_from=date(2026, 9, 16)))

    assert earned.recognized(late, SEPTEMBER, TERMS) == usd("1500")
    assert earned.recognized(late, date(2026, 10, 10), TERMS) == usd("2467.74")
    assert earned.recognized(late, OCTOBER, TERMS) == usd("4500")


def test_a_service_credit_lowers_the_month_of_the_failure() -> None:
    """What is given back for October is October's, whenever the credit note comes."""
    failed = recurring(given_back=(Dated(OCTOBER, usd("155")),))

    seen = standing(judged(failed))

    assert seen.revenue == usd("2945")
    assert standing(judged(failed, "2026-11")).revenue == usd("3100")
    assert seen.leakage.service_credit == usd("155")


def test_overage_and_expenses_are_earned_beside_a_fee() -> None:
    """The invoice's own fee line is not counted again."""
    lines = (line("3100", LineKind.RETAINER), line("450", LineKind.OVERAGE))

    assert standing(judged(recurring(lines=lines))).revenue == usd("3550")


def test_hours_at_rates_earn_what_may_be_invoiced_up_to_the_cap() -> None:
    """What is over the cap is no revenue, and a down payment is none either."""
    lines = (
        line("61200"),
        line("-3800", LineKind.NTE_ADJUSTMENT),
        line("1240.50", LineKind.EXPENSES),
        line("5000", LineKind.DOWN_PAYMENT),
    )

    seen = standing(judged(at_rates(lines=lines, planned=usd("80000"))))

    assert (seen.revenue, seen.fee_revenue) == (usd("58640.50"), usd("57400"))
    assert seen.leakage.over_cap == usd("3800")
    assert seen.contract_asset == usd("58640.50")


def test_backlog_counts_as_the_cap_counts() -> None:
    """Expenses beside the cap leave the fees' room; within it they take of it."""
    lines = (line("1000"), line("100", LineKind.EXPENSES))
    beside = at_rates(lines=lines, planned=usd("5000"))
    within = replace(
        beside, contract=replace(beside.contract, nte_scope=CapScope.FEES_AND_EXPENSES)
    )

    assert standing(judged(beside)).backlog == usd("4000")
    assert standing(judged(within)).backlog == usd("3900")
    assert standing(judged(at_rates(lines=lines))).backlog is None


def test_backlog_is_what_is_signed_and_in_force() -> None:
    """Five months of a fee are to come; of what is unsigned or begins later, nothing is."""
    running = recurring()
    unsigned = replace(running, contract=replace(running.contract, signed_at=None))
    later = fixed()
    later = replace(later, contract=replace(later.contract, effective_from=date(2026, 12, 1)))

    assert standing(judged(running)).backlog == usd("15500")
    assert earned.backlog(running, date(2026, 10, 10), usd("0")) == usd("17600")
    assert standing(judged(unsigned)).backlog == usd("0")
    assert standing(judged(later)).backlog == usd("0")


def test_what_is_booked_says_what_it_rests_on() -> None:
    """2,000 of 8,000 are a quarter; where nothing is measured by cost, nothing is said."""
    meant = month_earned(judged(fixed()), None, "USD")

    assert (meant.earned_before, meant.earned, meant.limit) == (usd("0"), usd("3000"), usd("12000"))
    assert meant.basis == RevenueBasis(
        cost_incurred=usd("2000"), estimate_at_completion=usd("8000"), share=Decimal("0.25")
    )
    assert month_earned(judged(at_rates()), None, "USD").basis is None


def test_rework_is_progress_unless_the_firm_says_otherwise() -> None:
    """Twenty hours that are not billed count as cost, and as progress by the firm's terms."""
    with_rework = fixed(worked=(worked("20"), worked("20", billable=False)))
    strict = RevenueTerms(rework_is_progress=False)

    assert earned.recognized(with_rework, OCTOBER, TERMS) == usd("6000")
    assert earned.recognized(with_rework, OCTOBER, strict) == usd("3000")
    seen = standing(judged(with_rework, terms=strict))
    assert _costs(seen).labor_cost == usd("4000")
    assert seen.leakage.rework_at_contract_rate == usd("4000")
    assert seen.list_value == usd("5000")


def test_a_loss_that_is_seen_is_provided_for_whole() -> None:
    """At 16,000 for 12,000, an eighth done, 3,500 of the loss are still to come."""
    losing = fixed(estimate=Decimal(16000))

    assert _costs(standing(judged(losing))).loss_provision == usd("3500")
    without = RevenueTerms(losses_provided=False)
    assert _costs(standing(judged(losing, terms=without))).loss_provision == usd("0")


def test_what_is_not_known_is_absent_and_never_nothing() -> None:
    """Without a cost rate there is no margin, without a list rate no realization."""
    seen = standing(judged(at_rates(lines=(line("100"),), worked=(worked("1", cost=None),))))
    unlisted = standing(judged(at_rates(worked=(worked("1", listed=None),))))

    costs = _costs(seen)
    assert (costs.labor_cost, costs.total_cost, costs.margin, costs.margin_pct) == (None,) * 4
    assert (unlisted.list_value, unlisted.realization) == (None, None)


def test_costs_of_one_person_are_for_who_may_see_cost_rates() -> None:
    """Divided by the hours they would be that person's; of two people they tell of none."""
    one = standing(judged(fixed()))
    two = standing(judged(fixed(worked=(worked("10"), worked("10", employee="E2")))))

    assert shown_with(frozenset(), one).costs is UNSET
    assert shown_with(frozenset({"system:psa:read_cost"}), one) == one
    assert shown_with(frozenset(), two) == two


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (fixed(estimate=None), "NO_ESTIMATE"),
        (fixed(worked=(worked("1", cost=None),)), "NO_COST_RATE"),
        (fixed(RevenueMethod.INPUT_HOURS), "NO_ESTIMATE"),
        (fixed(price=None), "NO_PRICE"),
    ],
)
def test_what_cannot_be_measured_goes_to_a_person(facts: object, code: str) -> None:
    """Nobody guesses an estimate, a cost or a price."""
    with pytest.raises(Refused) as told:
        earned.recognized(facts, OCTOBER, TERMS)  # type: ignore[arg-type]  # pytest loses it

    assert told.value.code == code


def test_a_method_follows_from_the_billing_where_the_contract_names_none() -> None:
    """Hours by right to invoice, fees by time; of a fixed price it must be named."""
    told = {model: method_of(replace(contract(), billing_model=model)) for model in BillingModel}

    assert told == {
        BillingModel.TIME_AND_MATERIALS: RevenueMethod.RIGHT_TO_INVOICE,
        BillingModel.RETAINER: RevenueMethod.STRAIGHT_LINE,
        BillingModel.SUBSCRIPTION: RevenueMethod.STRAIGHT_LINE,
        BillingModel.FIXED_FEE: None,
    }


def test_yen_have_no_cents() -> None:
    """Half of a fee of 3,001 yen is 1,501."""
    terms = RecurringTerms(monthly_fee=Money.of("3001", "JPY"))
    half = replace(
        contract(currency="JPY"),
        billing_model=BillingModel.SUBSCRIPTION,
        recurring=terms,
        effective_from=date(2026, 9, 16),
    )
    facts = at_rates(contract=half, method=RevenueMethod.STRAIGHT_LINE, opening=Money.zero("JPY"))

    assert earned.recognized(facts, SEPTEMBER, TERMS) == Money.of("1501", "JPY")


def _changed(accounting: ModificationAccounting, **more: object) -> RevenueFacts:
    """Return a project of which 1,600 more cost and 3,000 more price came on 10 November."""
    change = Changed(
        day=date(2026, 11, 10), price=usd("3000"), effort=Decimal(1600), accounting=accounting
    )
    facts = fixed(price=usd("15000"), estimate=Decimal(9600), changes=(change,))
    return replace(facts, **more)


@pytest.mark.parametrize(
    ("accounting", "november", "in_the_end"),
    [
        (ModificationAccounting.CUMULATIVE_CATCH_UP, "125", "15000"),
        (ModificationAccounting.PROSPECTIVE, "0", "15000"),
        (ModificationAccounting.SEPARATE_CONTRACT, "0", "15000"),
    ],
)
def test_a_change_is_revenue_of_its_own_month_as_it_is_accounted_for(
    accounting: ModificationAccounting, november: str, in_the_end: str
) -> None:
    """October stays as it was; all the work earns both prices, whatever the treatment."""
    facts = _changed(accounting)
    done = _changed(accounting, worked=(worked("20"), worked("76", NOVEMBER)))

    assert standing(judged(facts)).revenue == usd("3000")
    assert standing(judged(facts)).price == usd("12000")
    assert standing(judged(facts, "2026-11")).revenue == usd(november)
    assert standing(judged(done, "2026-11")).recognized == usd(in_the_end)


def test_a_separate_contract_begins_when_the_first_promise_is_fulfilled() -> None:
    """At 8,800 of cost the first 12,000 are earned, and half of the 3,000."""
    accounting = ModificationAccounting.SEPARATE_CONTRACT
    facts = _changed(accounting, worked=(worked("20"), worked("68", NOVEMBER)))

    assert standing(judged(facts, "2026-11")).recognized == usd("13500")
