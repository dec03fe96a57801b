"""What a project earned is, to the last unit of its currency, what fractions make of it."""

from datetime import date
from fractions import Fraction
from random import Random

from process_apis.revenue.figures import earned
from process_apis.revenue.figures.standing import days_of, month_of, provision, standing
from system_apis.canonical.money import Money
from tests.proof.revenue import reckoned, told
from tests.proof.revenue.drawn import FIRST, FIXED, a_day, a_story
from tests.proof.revenue.reckoned import COST, DAYS, HOURS, Row, Story
from tests.proof.seeds import Case, Draw, from_each_seed, holds


def _exact(amount: Money | None) -> Fraction | None:
    return None if amount is None else Fraction(amount.amount)


def _drawn(*methods: str) -> Draw:
    """Return how a project of some methods, or of any, is drawn with a day."""

    def draw(chance: Random) -> Case:
        return (a_story(chance, methods) if methods else a_story(chance)), a_day(chance)

    return draw


def _earned(story: Story, day: date) -> Fraction:
    return Fraction(earned.recognized(told.facts(story), day, told.terms(story)).amount)


@from_each_seed
def test_every_method_earns_what_the_handbook_says(seed: int) -> None:
    """On any day: by cost, hours, parts, days, delivery, fees, and what may be invoiced."""

    def promise(story: Story, day: date) -> None:
        assert _earned(story, day) == reckoned.recognized(story, day)

    holds(promise, _drawn(), seed=seed, times=3000)


@from_each_seed
def test_every_change_is_earned_as_it_is_accounted_for(seed: int) -> None:
    """One after the other, by effort and by days, whatever came before."""

    def promise(story: Story, day: date) -> None:
        assert _earned(story, day) == reckoned.recognized(story, day)

    holds(promise, _drawn(COST, HOURS, DAYS), seed=seed, times=3000)


@from_each_seed
def test_a_month_stands_as_it_is_reckoned(seed: int) -> None:
    """Its revenue, what is owed or to be billed, what is to come, and how far it is."""

    def promise(story: Story, day: date) -> None:
        found, month = standing(told.judged(story, day)), days_of(month_of(day))
        so_far = reckoned.recognized(story, month.end)
        ahead = so_far - reckoned.billed(story, month.end)

        assert _exact(found.revenue) == so_far - reckoned.recognized(story, month.before)
        assert _exact(found.contract_asset) == max(0, ahead)
        assert _exact(found.contract_liability) == max(0, -ahead)
        assert _exact(found.backlog) == reckoned.backlog(story, month.end)

    holds(promise, _drawn(), seed=seed, times=2000)


@from_each_seed
def test_a_loss_is_provided_for_to_the_unit(seed: int) -> None:
    """What the whole contract loses, less the part that is borne."""

    def promise(story: Story, day: date) -> None:
        end = days_of(month_of(day)).end

        assert _exact(provision(told.judged(story, day))) == reckoned.loss_to_come(story, end)

    holds(promise, _drawn(*FIXED), seed=seed, times=3000)


def _of_halves(chance: Random) -> Case:
    """Draw a contract that loses half of its cost, so that half a yen is often to come."""
    whole, day = 2 * chance.randint(1, 60), FIRST
    done = Fraction(chance.randint(0, whole - 1))
    row = Row(day, Fraction(1), done, Fraction(1), Fraction(1), billable=True)
    story = Story(
        currency="JPY",
        even=False,
        method=COST,
        start=day,
        end=day,
        price=Fraction(whole, 2),
        estimate=Fraction(whole),
        rows=(row,),
    )
    return story, day


@from_each_seed
def test_half_a_unit_of_a_loss_is_never_lost(seed: int) -> None:
    """Whatever share is done, and however its digits go on."""

    def promise(story: Story, day: date) -> None:
        end = days_of(month_of(day)).end

        assert _exact(provision(told.judged(story, day))) == reckoned.loss_to_come(story, end)

    holds(promise, _of_halves, seed=seed, times=400)


@from_each_seed
def test_all_the_work_earns_the_price_and_no_more(seed: int) -> None:
    """DQ-F9: never above the price, however it was changed."""

    def promise(story: Story, day: date) -> None:
        facts = told.facts(story)
        most = earned.limit(facts, day)

        assert most is None or earned.recognized(facts, day, told.terms(story)) <= most

    holds(promise, _drawn(*FIXED), seed=seed, times=2000)
