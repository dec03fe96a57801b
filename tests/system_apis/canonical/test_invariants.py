"""A record that contradicts itself cannot be made, and says what is wrong in a sentence."""

from datetime import timedelta
from decimal import Decimal
from importlib import import_module

import msgspec
import pytest
from msgspec import Struct
from msgspec.structs import replace

from gateway.published.canonical_model import invariants, published_types
from system_apis.canonical.disputes import DisputeResolution, TaxCategory
from system_apis.canonical.fx import FxRates
from system_apis.canonical.money import Money, Price, Rounding
from system_apis.canonical.organisation import BusinessUnits, MasterStatus
from system_apis.canonical.plans import TaskPlan
from system_apis.canonical.team import DayAllocation
from tests.system_apis.canonical import records as good

eur, NONE = good.eur, None
OTHER_CLIENT = good.record_id("cl", 2)
Case = tuple[Struct, dict[str, object], str]
CASES: list[Case] = [
    (good.DELTAS, {"price": NONE}, "changes something"),
    (good.DELTAS, {"cost": Money("1.00", "USD")}, "in one currency"),
    (good.MILESTONE_CHANGE, {"amount": NONE}, "another amount or another date"),
    (good.ROLE_HOURS, {"hours": Decimal(0)}, "more or fewer hours"),
    (good.ORDER, {"amount": eur("0.00")}, "for more than nothing"),
    (good.DOCUMENT, {"length": NONE}, "content that is held has a length"),
    (good.FX_RATE, {"quote": "EUR"}, "between two currencies"),
    (good.FX_RATE, {"rate": Decimal(0)}, "more than nothing"),
    (good.FX_RATE, {"rate": Decimal("1.00000000001")}, "ten decimals"),
    (
        good.FX_RATES,
        {"rates": (good.FX_RATE, replace(good.FX_RATE, base="USD", quote="EUR"))},
        "one rate of a kind on a day",
    ),
    (good.UNITS, {"units": (good.UNIT, good.UNIT)}, "given once"),
    (
        good.CONTACTS,
        {"contacts": (good.CONTACT, replace(good.CONTACT, email="Ann@Client.example"))},
        "one contact of an e-mail",
    ),
    (good.TAX_ID, {"checked_at": NONE}, "since it was checked"),
    (good.CLIENT, {"status": MasterStatus.MERGED}, "names the one that it became"),
    (good.CLIENT, {"merged_into": OTHER_CLIENT}, "names the one that it became"),
    (good.CLIENT, {"parent_client_id": good.CLIENT.id}, "its own parent"),
    (good.CLIENT, {"billing_address": NONE}, "an active client has"),
    (good.CLIENT, {"tax_profile": NONE}, "an active client has"),
    (good.CLIENT, {"tax_ids": (replace(good.TAX_ID, valid=False),)}, "a valid VAT id"),
    (good.CLIENT, {"credit_limit": eur("-1.00")}, "not less than nothing"),
    (good.TEMPLATE_TASK, {"estimated_hours": Decimal(-1)}, "less than nothing"),
    (good.TEMPLATE, {"tasks": (good.TEMPLATE_TASK,) * 2}, "names a task once"),
    (
        good.TEMPLATE,
        {"tasks": (replace(good.TEMPLATE_TASK, dependencies=("Else",)),)},
        "of its own template",
    ),
    (good.TEMPLATE, {"milestones": good.TEMPLATE.milestones[:1]}, "the whole price"),
    (good.TASK, {"remaining_hours": Decimal(-1)}, "not less than nothing"),
    (good.TASK, {"due": good.FIRST - timedelta(days=1)}, "on the day it begins or later"),
    (good.TASK, {"at_risk": True}, "not billable before"),
    (
        good.TASKS,
        {"tasks": (good.TASK, replace(good.TASK, project_number="Q"))},
        "of one project",
    ),
    (good.MILESTONE, {"share": Decimal("1.1")}, "from 0 to 1"),
    (good.MILESTONE, {"actual_date": NONE}, "an actual date"),
    (good.MILESTONE, {"evidence": ()}, "has evidence"),
    (good.PROGRESS, {"percent_complete": Decimal("1.01")}, "from 0 to 1"),
    (good.CANDIDATE, {"score": Decimal(2)}, "from 0 to 1"),
    (good.CANDIDATE, {"reasons": ()}, "for a reason"),
    (good.WISH, {"end": good.FIRST - timedelta(days=1)}, "ends after it begins"),
    (good.WISH, {"percent": Decimal(50)}, "hours or percent"),
    (good.WISH, {"hours": NONE}, "hours or percent"),
    (good.WISH, {"hours": Decimal(0)}, "more than no hours"),
    (good.WISH, {"hours": NONE, "percent": Decimal(101)}, "at most 100 percent"),
    (good.BOOKING, {"allocation": (DayAllocation(good.FIRST, 60),) * 2}, "a day once"),
    (
        good.BOOKING,
        {"allocation": (DayAllocation(good.LAST + timedelta(days=1), 60),)},
        "between its beginning and its end",
    ),
    (good.WANTED, {"end": good.FIRST - timedelta(days=1)}, "ends after it begins"),
    (good.WANTED, {"percent": Decimal(101)}, "more than 0 and at most 100 percent"),
    (good.BOOKING, {"bill_rate_override": Price("0", "EUR")}, "more than nothing"),
    (good.BASIS, {"cost_incurred": Money("1.00", "USD")}, "in one currency"),
    (good.BASIS, {"share": Decimal("1.01")}, "from 0 to 1"),
    (good.SCHEDULE, {"lines": (good.REVENUE_LINE,) * 2}, "each month once"),
    (
        good.SCHEDULE,
        {"lines": (replace(good.REVENUE_LINE, cumulative=eur("51.00")),)},
        "the sum of what was recognized",
    ),
    (good.SCHEDULE, {"transaction_price": eur("49.99")}, "than the transaction price"),
    (good.SCHEDULE, {"contract_asset": eur("13.99")}, "less what was billed"),
    (good.SCHEDULE, {"billed": eur("60.00")}, "less what was billed"),
    (good.TAX_TOTAL, {"rate": Decimal(19)}, "a fraction"),
    (good.TAX_TOTAL, {"category": TaxCategory.REVERSE_CHARGE}, "only the standard category"),
    (good.TAX_TOTAL, {"net": Money("100.00", "USD")}, "in one currency"),
    (good.TAX_TOTALS, {"totals": (good.TAX_TOTAL,) * 2}, "has one total"),
    (good.TAX_TOTALS, {"net": eur("99.00")}, "sum of the totals' nets"),
    (good.TAX_TOTALS, {"tax": eur("18.00")}, "sum of the totals' taxes"),
    (good.TAX_TOTALS, {"gross": eur("118.00")}, "gross is net plus tax"),
    (good.DISPUTE, {"amount": eur("0.00")}, "more than nothing"),
    (good.DISPUTE, {"resolution": DisputeResolution.CREDITED}, "by somebody, at a time"),
    (
        good.DISPUTE,
        {
            "resolution": DisputeResolution.CREDITED,
            "resolved_by": "finance",
            "resolved_at": good.NOON - timedelta(days=1),
        },
        "ends after it begins",
    ),
    (good.OPPORTUNITY_LINE, {"quantity": Decimal(0)}, "more than nothing is offered"),
    (good.OPPORTUNITY_LINE, {"discount_percent": Decimal(101)}, "0 to 100"),
    (good.REPORT_LINE, {"claimed": eur("0.00")}, "more than nothing"),
    (good.REPORT_LINE, {"approved": eur("10.01")}, "to what was claimed"),
    (good.REPORT, {"currency": "USD"}, "in its currency"),
    (good.REPORT, {"lines": (replace(good.REPORT_LINE, approved=NONE),)}, "every line decided"),
    (good.REPORT, {"advance_applied": eur("10.01")}, "no more of an advance"),
]
ROOMS = ("changes", "disputes", "documents", "fx", "organisation", "plans", "revenue", "team")


@pytest.mark.parametrize(("record", "spoilt", "complaint"), CASES)
def test_a_record_that_contradicts_itself_is_none(
    record: Struct, spoilt: dict[str, object], complaint: str
) -> None:
    """One field is spoilt, and the sentence says which rule it breaks."""
    with pytest.raises(ValueError, match=complaint):
        replace(record, **spoilt)


def test_every_rule_is_broken_once_above() -> None:
    """No sentence stands in the code that nobody has ever heard."""
    modules = {import_module(f"system_apis.canonical.{room}").__name__ for room in ROOMS}
    rules = {
        (kind, rule)
        for kind in published_types().values()
        if kind.__module__ in modules
        for rule in invariants(kind)
    }
    broken = {(type(one), rule) for one, _, told in CASES for rule in _rules(one) if told in rule}

    assert rules - broken == set()


def _rules(record: Struct) -> tuple[str, ...]:
    return invariants(type(record))


@pytest.mark.parametrize("record", {id(case[0]): case[0] for case in CASES}.values(), ids=repr)
def test_a_good_record_goes_over_the_wire_and_back(record: Struct) -> None:
    """JSON keeps every field, amounts to the last decimal."""
    there = msgspec.json.encode(record)

    assert msgspec.json.decode(there, type=type(record)) == record


def test_units_and_tasks_are_trees() -> None:
    """Nobody is above himself, and everybody is under somebody who is there."""
    under = [
        replace(unit, parent_code=code)
        for unit, code in zip(good.UNITS.units, ("U2", "U1"), strict=True)
    ]
    with pytest.raises(ValueError, match="under itself"):
        BusinessUnits(tuple(under))
    with pytest.raises(ValueError, match="not there"):
        BusinessUnits((replace(good.UNIT, parent_code="U9"),))
    with pytest.raises(ValueError, match="under itself"):
        TaskPlan((replace(good.TASK, parent_id=good.TASK.id),))

    assert len(BusinessUnits((good.UNIT, under[1])).units) == 2


def test_a_unit_has_those_below_it_however_deep() -> None:
    """And no sibling, nor the one above; a code that nobody knows is itself alone."""
    parents = {"US": None, "US-DATA": "US", "US-AI": "US-DATA", "US-TAX": "US"}
    units = BusinessUnits(
        tuple(replace(good.UNIT, code=code, parent_code=parent) for code, parent in parents.items())
    )

    assert units.with_those_below(frozenset({"US-DATA"})) == {"US-DATA", "US-AI"}
    assert units.with_those_below(frozenset({"US"})) == parents.keys()
    assert units.with_those_below(frozenset({"X"})) == {"X"}


def test_an_amount_is_converted_either_way_by_one_rate() -> None:
    """The inverse follows from the rate, and is never kept beside it."""
    found = FxRates((good.FX_RATE,)).of("USD", "EUR", good.FX_RATE.rate_type, good.FIRST)

    assert found is not None
    assert found.convert(eur("100.00")) == Money("110.00", "USD")
    assert found.convert(Money("110.00", "USD")) == eur("100.00")
    assert good.FX_RATES.of("EUR", "GBP", good.FX_RATE.rate_type, good.FIRST) is None
    with pytest.raises(ValueError, match="neither EUR nor USD"):
        found.convert(Money("1", "JPY"))


def test_what_is_booked_and_offered_adds_up() -> None:
    """Minutes make hours, and a discount is taken before the line is rounded."""
    half = replace(good.OPPORTUNITY_LINE, discount_percent=Decimal("12.5"))

    assert good.BOOKING.hours == Decimal("9.5")
    assert half.net(Rounding.HALF_UP) == eur("874.91")
    assert good.REPORT.claimed == eur("10.00")
