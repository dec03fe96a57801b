"""An hour is billed at the first rate that holds, and at none when there is none."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from system_apis.canonical.money import Money, Price, Rounding
from system_apis.canonical.rate_cards import CardOwner, CardStatus, RateCard, RateLine, RateUnit
from system_apis.canonical.rates import RateOverride, RateSource, ResolvedRate, Work, resolve_rate

JANUARY, JULY, NEXT_YEAR = date(2027, 1, 1), date(2027, 7, 1), date(2028, 1, 1)
WORK = Work(
    role="Lead",
    work_date=date(2027, 3, 1),
    currency="EUR",
    person="E1",
    grade="senior",
    region="EU",
    skills=frozenset({"tax"}),
)


def line(amount: str, **more: str | date | RateUnit | None) -> RateLine:
    """Return a rate of the role, for whom or when it is said."""
    told = {"role": "Lead", "start": JANUARY, "end": NEXT_YEAR} | more
    return RateLine(bill_rate=Price(amount, "EUR"), **told)  # type: ignore[arg-type]  # a test's shorthand


def card(owner: CardOwner, *lines: RateLine, version: int = 1) -> RateCard:
    """Return a published card."""
    return RateCard(
        code=f"card of {owner}",
        version=version,
        owner=owner,
        owner_number="1",
        currency="EUR",
        status=CardStatus.PUBLISHED,
        lines=lines,
    )


def amount(found: ResolvedRate | None) -> str | None:
    """Return a rate's amount, if there is a rate."""
    return found.rate.amount if found else None


CARDS = {
    RateSource.CONTRACT: card(CardOwner.CONTRACT, line("200")),
    RateSource.PROJECT: card(CardOwner.PROJECT, line("190")),
    RateSource.CLIENT: card(CardOwner.CLIENT, line("180")),
    RateSource.ENTITY: card(CardOwner.ENTITY, line("170")),
}
OVERRIDE = RateOverride(rate=Price("210", "EUR"), start=JANUARY)


def test_the_order_is_assignment_contract_project_client_entity() -> None:
    """Each source is asked when those before it have nothing, whatever order they are told in."""
    found = [resolve_rate(WORK, tuple(reversed(CARDS.values())), override=OVERRIDE)]
    left = dict(CARDS)
    for source in CARDS:
        found.append(resolve_rate(WORK, tuple(left.values())))
        del left[source]

    assert [each.source if each else None for each in found] == [RateSource.ASSIGNMENT, *CARDS]
    assert [amount(each) for each in found] == ["210", "200", "190", "180", "170"]
    assert resolve_rate(WORK, ()) is None


def test_a_person_comes_before_grade_and_region_and_those_before_the_role() -> None:
    """The rate that says most about the work is the one."""
    lines = [
        line("1", person="E1"),
        line("2", grade="senior", region="EU"),
        line("3", grade="senior"),
        line("4", region="EU"),
        line("5"),
    ]
    found = [
        amount(resolve_rate(WORK, (card(CardOwner.CONTRACT, *lines[place:]),)))
        for place in range(len(lines))
    ]

    assert found == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    "other", [{"person": "E2"}, {"grade": "junior"}, {"region": "US"}, {"skill": "law"}]
)
def test_a_rate_of_somebody_else_is_no_rate(other: dict[str, str]) -> None:
    """What a line asks for must be so, all of it."""
    assert resolve_rate(WORK, (card(CardOwner.CONTRACT, line("1", **other)),)) is None


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 12, 31), None),
        (JANUARY, "100"),
        (date(2027, 6, 30), "100"),
        (JULY, "110"),
        (date(2027, 12, 31), "110"),
        (NEXT_YEAR, None),
    ],
)
def test_a_rate_holds_from_its_first_day_and_not_on_its_last(
    day: date, expected: str | None
) -> None:
    """One ends on the day on which the next begins."""
    rising = card(CardOwner.CLIENT, line("100", end=JULY), line("110", start=JULY, end=NEXT_YEAR))

    assert amount(resolve_rate(replace(WORK, work_date=day), (rising,))) == expected


def test_a_rate_in_another_currency_is_no_rate() -> None:
    """The contract's currency is the work's; nothing is converted on the way."""
    dollars = replace(WORK, currency="USD")

    assert resolve_rate(dollars, tuple(CARDS.values()), override=OVERRIDE) is None


@pytest.mark.parametrize(
    "override",
    [
        RateOverride(rate=Price("0", "EUR"), start=JANUARY),
        RateOverride(rate=Price("9", "EUR"), start=JULY),
        RateOverride(rate=Price("9", "EUR"), start=JANUARY, end=date(2027, 3, 1)),
    ],
)
def test_an_override_that_does_not_hold_is_passed_by(override: RateOverride) -> None:
    """Nothing, not yet, or no more: then the contract is asked."""
    found = resolve_rate(WORK, tuple(CARDS.values()), override=override)

    assert amount(found) == "200"


def test_only_what_is_published_is_asked_and_of_that_the_newest() -> None:
    """A draft of a card promises nothing."""
    old, new = card(CardOwner.ENTITY, line("1")), card(CardOwner.ENTITY, line("2"), version=2)
    draft = replace(card(CardOwner.ENTITY, line("3"), version=3), status=CardStatus.DRAFT)
    found = resolve_rate(WORK, (new, draft, old))

    assert found is not None
    assert (found.rate.amount, found.card_version) == ("2", 2)


def test_a_day_rate_bills_days_of_the_deliverers_own_length() -> None:
    """Fifteen hours are two days of 7.5 hours."""
    daily = card(CardOwner.CONTRACT, line("1000", unit=RateUnit.DAY))
    found = resolve_rate(WORK, (daily,))

    assert found is not None
    assert found.amount(
        Decimal(15), hours_per_day=Decimal("7.5"), rounding=Rounding.HALF_UP
    ) == Money("2000.00", "EUR")


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ((line("1", end=None), line("2", start=JULY)), "overlap"),
        ((line("1"), line("2", start=JULY)), "overlap"),
        ((replace(line("1"), bill_rate=Price("1", "USD")),), "currency"),
    ],
)
def test_a_card_never_has_two_rates_for_the_same(
    lines: tuple[RateLine, ...], complaint: str
) -> None:
    """Of one role and person at one time there is one rate, in the card's currency."""
    with pytest.raises(ValueError, match=complaint):
        card(CardOwner.ENTITY, *lines)


def test_different_people_may_have_rates_at_the_same_time() -> None:
    """Only the same role, grade, region, skill and person exclude each other."""
    several = card(CardOwner.ENTITY, line("1"), line("2", person="E1"), line("3", region="EU"))

    assert len(several.lines) == 3


@pytest.mark.parametrize(
    ("spoilt", "complaint"),
    [
        ({"bill_rate": Price("0", "EUR")}, "more than nothing"),
        ({"end": JANUARY}, "ends after"),
        ({"min_rate": Price("201", "EUR")}, "minimum"),
        ({"standard_cost": Price("1", "USD")}, "one currency"),
    ],
)
def test_a_rate_that_makes_no_sense_is_none(
    spoilt: dict[str, Price | date], complaint: str
) -> None:
    """Never nothing, never backwards, never below its own minimum."""
    with pytest.raises(ValueError, match=complaint):
        replace(line("200"), **spoilt)
