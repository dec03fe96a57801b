"""A read model of hours: fresh, complete, built beside what answers, and never half of a change."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from process_apis.read_models import rules
from process_apis.read_models.hours import Span
from process_apis.read_models.keeping import Told
from system_apis.errors import TryAgain
from tests.proof.reading.hours_world import FIRST, PSA, HoursPsa, Modelled, hours, rebuilt

DAYS = st.dates(date(2024, 1, 1), date(2027, 1, 1))
MONTH = Span(FIRST, FIRST + timedelta(days=30))


@pytest.fixture
async def model(tmp_path: Path) -> AsyncIterator[Modelled]:
    """A model of a PSA with seven entries, that is built and was read up."""
    psa = HoursPsa()
    for number in range(1, 8):
        psa.put(hours(number, on=number))
    model = Modelled(tmp_path / "model.db", psa)
    await model.models.building.whole()
    await model.reach()
    yield model
    model.store.close()


@given(DAYS, st.integers(0, 120))
def test_the_pieces_of_some_days_are_these_days_each_once(start: date, more: int) -> None:
    """Whole months, whole weeks, and single days for the rest."""
    end = start + timedelta(days=more)
    pieces = rules.pieces(start, end)
    found = [*pieces.days]
    found += [week + timedelta(days=each) for week in pieces.weeks for each in range(7)]
    for month in pieces.months:
        after = (month + timedelta(days=31)).replace(day=1)
        found += [month + timedelta(days=each) for each in range((after - month).days)]

    assert sorted(found) == [start + timedelta(days=each) for each in range(more + 1)]
    assert {each.weekday() for each in pieces.weeks} <= {0}


def test_three_thirds_of_an_hour_are_an_hour() -> None:
    """So are sixty minutes and a hundred hundredths, however they are told in decimals."""
    third, minute = Decimal(20) / 60, Decimal(1) / 60

    assert rules.hours_of(3 * rules.units_of(third)) == 1
    assert rules.hours_of(60 * rules.units_of(minute)) == 1
    assert rules.hours_of(100 * rules.units_of(Decimal("0.01"))) == 1


@pytest.mark.parametrize("pages", range(4))
async def test_a_building_that_dies_changes_nothing_and_is_begun_again(
    model: Modelled, tmp_path: Path, pages: int
) -> None:
    """After any page: the old model answers, and the next process builds the new one whole."""
    before = await model.kept()
    model.psa.put(hours(8, on=9))
    await model.ask()
    model.psa.answers_left = pages
    if pages < 3:
        with pytest.raises(TryAgain):
            await model.models.building.whole()
        assert await model.kept() == before
    model.begin()
    model.psa.answers_left = None
    await model.models.building.whole()

    assert await model.kept() == await rebuilt(tmp_path / "anew.db", model.psa)
    assert (await model.models.view(PSA)).differed == 1


async def test_what_a_feed_tells_while_a_model_is_built_is_in_it(
    model: Modelled, tmp_path: Path
) -> None:
    """Though the pages with it were read before."""

    async def meanwhile(cursor: str | None) -> None:
        if cursor == "3":
            model.psa.put(hours(1, "4", on=1))
            await model.tell(model.psa.feed[-1])

    await model.ask()
    model.psa.meanwhile = meanwhile
    await model.models.building.whole()

    assert await model.kept() == await rebuilt(tmp_path / "anew.db", model.psa)


async def test_no_entry_is_missed_when_pages_move_while_they_are_read(
    model: Modelled, tmp_path: Path
) -> None:
    """An entry of a page that was read goes, and the next page begins one entry further on."""

    async def meanwhile(cursor: str | None) -> None:
        if cursor == "3":
            model.psa.delete("te_1")
            await model.tell(model.psa.feed[-1])

    await model.ask()
    model.psa.meanwhile = meanwhile
    await model.models.building.whole()
    model.psa.meanwhile = None

    assert await model.kept() == await rebuilt(tmp_path / "anew.db", model.psa)


async def test_an_entry_that_is_not_to_be_seen_counts_again_when_it_is(model: Modelled) -> None:
    """It is looked for again by itself; nobody tells of it."""
    before = await model.worked(MONTH)
    model.psa.hidden = {"te_1"}
    await model.tell(model.psa.feed[0])
    without = await model.worked(MONTH)
    model.psa.hidden = set()
    await model.reach()

    assert sum(each.hours for each in without) == sum(each.hours for each in before) - 8
    assert await model.worked(MONTH) == before


async def test_an_entry_that_cannot_be_read_keeps_no_other_back(model: Modelled) -> None:
    """It stays as it was known, and the model says that it is in doubt."""
    model.psa.put(hours(1, "4", on=1))
    model.psa.put(hours(2, "4", on=2))
    model.psa.unreadable = {"te_1"}
    await model.tell(*model.psa.feed[-2:])
    view = await model.models.view(PSA)

    assert sum(each.hours for each in await model.worked(MONTH)) == 7 * 8 - 4
    assert view.in_doubt == 1
    assert view.completeness == Decimal("0.8571")


async def test_a_version_that_comes_too_late_is_counted_and_let_be(model: Modelled) -> None:
    """By the rule of quality for records that come out of order."""
    model.psa.put(hours(1, "4", on=1))
    await model.tell(model.psa.feed[-1])
    kept = await model.kept()
    await model.tell(model.psa.feed[0])

    assert await model.kept() == kept
    counted = model.metrics.render().decode()
    assert f'strata_quality_findings_total{{rule="DQ-I1",system="{PSA}"}} 1.0' in counted


async def test_a_model_says_how_old_it_is_while_its_system_is_away(model: Modelled) -> None:
    """Since its feed was read to its end, also to who looks at the metrics."""
    read_up_at = model.now
    model.now += timedelta(minutes=10)
    await model.models.projection.read_up(PSA, read_up_at, model.now)
    view = await model.models.view(PSA)
    told = await model.models.read_from(await model.models.states.of(PSA))
    metrics = model.metrics.render().decode()

    assert view.age_seconds == told.age_seconds == 600
    assert f'strata_freshness_seconds{{object="time_entry",system="{PSA}"}} 600.0' in metrics


async def test_a_model_that_was_never_built_is_not_asked(tmp_path: Path) -> None:
    """Nor one whose feed was never read to its end: their systems are asked."""
    model = Modelled(tmp_path / "model.db", HoursPsa())
    await model.reach()
    unbuilt = await model.models.answering({PSA})
    await model.models.building.whole()
    built = await model.models.answering({PSA})
    model.store.close()

    assert unbuilt == []
    assert [each.instance for each in built] == [PSA]


async def test_the_same_request_has_a_model_built_once(model: Modelled) -> None:
    """Told again it is the same request, with its moment."""
    await model.ask("after an outage")
    first = await model.models.states.of(PSA)
    await model.models.building.whole()
    await model.ask("after an outage")
    again = await model.models.states.of(PSA)

    assert again.asked_at == first.asked_at
    assert first.wants_building
    assert not again.wants_building


async def test_an_older_version_than_is_known_changes_nothing(model: Modelled) -> None:
    """Whatever it says of the hours."""
    newer = model.psa.put(hours(1, "4", on=1))
    await model.tell(model.psa.feed[-1])
    kept, generation = await model.kept(), (await model.models.states.of(PSA)).generation
    older = rules.kept(replace(newer, version=1, hours=Decimal(8)))
    told = await model.store.write(
        lambda connection: model.shelf(generation).apply(connection, [older])
    )

    assert told[Told.OLDER] == 1
    assert await model.kept() == kept


async def test_hours_that_were_taken_back_count_again_when_that_goes(model: Modelled) -> None:
    """The reversal takes the entry's hours out of every sum, and its deletion puts them back."""
    before = await model.worked(MONTH)
    model.psa.put(hours(70, "-8", on=7, adjusts="te_7"))
    await model.tell(model.psa.feed[-1])
    without = await model.worked(MONTH)
    model.psa.delete("te_70")
    await model.tell(model.psa.feed[-1])

    assert sum(each.hours for each in without) == 6 * 8
    assert await model.worked(MONTH) == before
