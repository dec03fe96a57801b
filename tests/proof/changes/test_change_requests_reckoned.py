"""What a change request is said to come to is what the books say once it is applied."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import NamedTuple

from msgspec.structs import replace

from process_apis.change_requests.consequences.contract import change_plan
from process_apis.change_requests.consequences.facts import Billed, ChangeFacts
from process_apis.change_requests.consequences.modification import change_figures
from process_apis.change_requests.consequences.work import work
from process_apis.change_requests.records import ForecastMargins
from process_apis.project_to_cash.records import EventStatus
from system_apis.canonical.changes import (
    ChangeDeltas,
    ChangeReason,
    ChangeRequest,
    ChangeStatus,
    MilestoneChange,
    RoleHours,
)
from system_apis.canonical.contracts import MilestoneTerms
from system_apis.canonical.money import Money
from tests.firms.amounts import halves
from tests.process_apis.billing_facts import SOURCE, id_of
from tests.process_apis.changing import COMPANY, JUDGED
from tests.proof.revenue import reckoned, told
from tests.proof.revenue.drawn import FIXED, a_day, a_story, an_amount
from tests.proof.revenue.reckoned import CATCH_UP, PROSPECTIVE, SEPARATE, Change, Story
from tests.proof.seeds import Case, from_each_seed, holds

PART = date(2026, 12, 1)


class Part(NamedTuple):
    """A milestone: its amount, whether it is invoiced, and what it is to be."""

    amount: Fraction
    invoiced: bool
    asked: Fraction | None


class Plan(NamedTuple):
    """The milestones of a contract."""

    parts: tuple[Part, ...]


def _drawn(chance: Random) -> Case:
    """Draw a project of a fixed price with a change that is asked for on some day."""
    story, day = a_story(chance, FIXED), a_day(chance)
    story = story._replace(
        changes=tuple(each for each in story.changes if each.day <= day),
        billed=tuple((min(on, day), amount) for on, amount in story.billed),
    )
    price = reckoned.price_on(story, day)
    delta = an_amount(chance, story.currency)
    how = chance.choice((CATCH_UP, PROSPECTIVE, SEPARATE))
    if how != SEPARATE and delta < price and chance.random() < 0.5:
        delta = -delta
    effort = Fraction(0) if story.method == reckoned.DAYS else Fraction(chance.randint(0, 400), 4)
    if story.method != reckoned.HOURS and story.currency == "JPY":
        effort = Fraction(int(effort))
    return story, Change(day, delta, effort, how), _plan(chance, story.currency)


def _plan(chance: Random, currency: str) -> Plan:
    parts = []
    for _ in range(chance.randint(0, 4)):
        asked = an_amount(chance, currency) if chance.random() < 0.4 else None
        parts.append(Part(an_amount(chance, currency), chance.random() < 0.4, asked))
    return Plan(tuple(parts))


def _money(amount: Fraction, story: Story) -> Money:
    return Money.of(told.number(amount), story.currency)


def _facts(story: Story, change: Change, plan: Plan) -> ChangeFacts:
    """Return what the systems tell about the change."""
    earning = told.facts(story)
    milestones = tuple(
        MilestoneTerms(f"M{at}", _money(part.amount, story), PART + timedelta(days=at))
        for at, part in enumerate(plan.parts)
    )
    agreed = replace(earning.contract, milestones=milestones)
    by_hours = story.method == reckoned.HOURS
    deltas = ChangeDeltas(
        price=_money(change.price, story),
        cost=None if by_hours else _money(change.effort, story),
        hours_by_role=(RoleHours("Lead", told.number(change.effort)),)
        if by_hours and change.effort
        else (),
        milestones=tuple(
            MilestoneChange(number=f"M{at}", amount=_money(part.asked, story))
            for at, part in enumerate(plan.parts)
            if part.asked is not None
        ),
    )
    request = ChangeRequest(
        id=id_of("cr"),
        contract_id=agreed.id,
        contract_number=agreed.number,
        project_number=agreed.project_number,
        legal_entity=agreed.legal_entity,
        number="CR-1",
        reason=ChangeReason.SCOPE,
        requested_by="client",
        requested_at=datetime(2026, 10, 30, tzinfo=UTC),
        deltas=deltas,
        status=ChangeStatus.CLIENT_APPROVED,
        modification_accounting=told.HOW[change.how],
        source=SOURCE,
    )
    return ChangeFacts(
        request=request,
        contract=agreed,
        method=earning.method,
        company=COMPANY,
        work=work(earning, change.day, told.terms(story), request),
        bills=tuple(
            Billed(
                id=f"be_M{at}", milestone=f"M{at}", status=EventStatus.INVOICED, planned_date=PART
            )
            for at, part in enumerate(plan.parts)
            if part.invoiced
        ),
    )


def _after(story: Story, change: Change) -> Story:
    """Return a project whose change is applied: its plan of hours is with the change's."""
    left = story.hours_left + (change.effort if story.method == reckoned.HOURS else 0)
    return story._replace(changes=(*story.changes, change), hours_left=left)


@from_each_seed
def test_the_preview_says_what_the_books_will(seed: int) -> None:
    """Price, revenue by now, what is caught up, and what is owed or to be billed after."""

    def promise(story: Story, change: Change, plan: Plan) -> None:
        found = change_figures(_facts(story, change, plan))
        after = _after(story, change)
        one = reckoned.recognized(story, change.day)
        other = reckoned.recognized(after, change.day)
        ahead = other - reckoned.billed(story, change.day)

        assert found.price_after == _money(reckoned.price_on(after, change.day), story)
        assert found.cumulative_revenue_before == _money(one, story)
        assert found.cumulative_revenue_after == _money(other, story)
        assert found.catch_up == _money(other - one, story)
        assert found.contract_asset_after == _money(max(Fraction(0), ahead), story)
        assert found.contract_liability_after == _money(max(Fraction(0), -ahead), story)

    holds(promise, _drawn, seed=seed, times=1500)


@from_each_seed
def test_margins_are_forecast_exactly(seed: int) -> None:
    """What the price leaves of the cost at completion, before and after, in four decimals."""

    def promise(story: Story, change: Change, plan: Plan) -> None:
        forecast = change_figures(_facts(story, change, plan)).forecast
        if story.method == reckoned.HOURS:
            assert forecast is None
            return
        assert isinstance(forecast, ForecastMargins)
        cost = (story.estimate or Fraction(0)) + sum((c.effort for c in story.changes), Fraction(0))
        price = reckoned.price_on(story, change.day)
        pairs = (
            (price, cost, forecast.margin_before, forecast.margin_pct_before),
            (
                price + change.price,
                cost + change.effort,
                forecast.margin_after,
                forecast.margin_pct_after,
            ),
        )
        for paid, spent, margin, share in pairs:
            left = paid - story.rounded(spent)
            assert margin == _money(left, story)
            assert (None if share is None else Fraction(share)) == (
                _halves_of(left / paid, 4) if paid else None
            )

    holds(promise, _drawn, seed=seed, times=800)


@from_each_seed
def test_every_plan_comes_to_the_price_or_says_that_it_does_not(seed: int) -> None:
    """What is invoiced stays; the rest is as asked, with the change beside it."""

    def promise(story: Story, change: Change, plan: Plan) -> None:
        facts = _facts(story, change, plan)
        bills = change_figures(facts).invoice_plan_after
        codes = {each.code for each in change_plan(facts, JUDGED).consequences}
        own = [
            part.amount if part.invoiced or part.asked is None else part.asked
            for part in plan.parts
        ]
        planned = sum((part.amount for part in plan.parts), Fraction(0)) + change.price
        rest = planned - sum(own, Fraction(0))
        meant = [*own, *([rest] if rest and own else [])]
        asked_in_vain = any(part.invoiced and part.asked is not None for part in plan.parts)
        price = reckoned.price_on(story, change.day) + change.price

        assert [Fraction(each.amount.amount) for each in bills] == meant
        assert ("PLAN_SUM_MISMATCH" in codes) == (bool(meant) and sum(meant) != price)
        assert ("INVOICED_ALREADY" in codes) == asked_in_vain

    holds(promise, _drawn, seed=seed, times=800)


def _halves_of(share: Fraction, digits: int) -> Fraction:
    scale = Fraction(10**digits)
    return halves(share * scale, "JPY", even=False) / scale
