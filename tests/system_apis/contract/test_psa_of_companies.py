"""What every PSA connector promises of a whole company, on the PSA of the Northwind firm."""

from datetime import UTC, date, datetime
from decimal import Decimal

from system_apis.canonical.forecasts import ForecastGrain
from system_apis.psa.interface import Psa
from tests.system_apis.contract.walking import every

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
MONDAY = date(2026, 9, 28)


async def test_the_hours_of_a_company_are_its_peoples_on_whosever_project(psa: Psa) -> None:
    """With those that no client pays, each once, and nobody else's."""
    entries = await every(
        lambda cursor: psa.worked(legal_entity="NWA-US", start=FIRST, end=LAST, cursor=cursor)
    )
    approved = [each for each in entries if each.status == "approved"]

    assert len({each.id for each in entries}) == len(entries)
    assert {each.employee for each in entries} == {"E101", "E102", "E103"}
    assert sum(each.hours for each in approved if each.billable) == 300
    assert sum(each.hours for each in approved if not each.billable) == 188


async def test_a_week_says_when_it_was_due_and_when_it_came_in(psa: Psa) -> None:
    """One that did not come in has no moment; each has an id that stays its own."""
    weeks = await psa.weeks(legal_entity="NWA-DE", start=MONDAY, end=LAST)
    again = await psa.weeks(legal_entity="NWA-DE", start=MONDAY, end=LAST)
    missing = [each for each in weeks if not each.submitted]

    assert len(weeks) == 15
    assert [each.id for each in again] == [each.id for each in weeks]
    assert None not in {each.id for each in weeks}
    assert [(each.employee, each.submitted_at) for each in missing] == [("C901", None)]
    assert missing[0].due_at == datetime(2026, 11, 2, 11, tzinfo=UTC)


async def test_a_forecast_stays_as_it_was_frozen(psa: Psa) -> None:
    """By person and month, found by the days that it touches."""
    told = await psa.forecasts(legal_entity="NWA-US", start=FIRST, end=LAST)
    later = date(2026, 11, 1)

    assert {each.employee: each.hours for each in told} == {
        "E101": Decimal(64),
        "E102": Decimal(130),
        "E103": Decimal(120),
    }
    assert {(each.grain, each.frozen_at) for each in told} == {
        (ForecastGrain.PERSON_MONTH, datetime(2026, 9, 30, 18, tzinfo=UTC))
    }
    assert await psa.forecasts(legal_entity="NWA-US", start=later, end=later) == []


async def test_what_the_psa_asked_people_to_approve_has_its_two_moments(psa: Psa) -> None:
    """Found by the day on which it was asked."""
    told = await psa.past_approvals(start=FIRST, end=LAST)
    [first] = await psa.past_approvals(start=FIRST, end=FIRST)

    assert [each.number for each in told] == [f"AP-{count}" for count in range(1, 11)]
    assert first == told[0]
    assert first.decided_at == datetime(2026, 10, 1, 9, 30, tzinfo=UTC)


async def test_entries_are_found_by_our_ids(psa: Psa) -> None:
    """As a company's listing tells them, in any number of pages."""
    listed = await every(
        lambda cursor: psa.worked(legal_entity="NWA-US", start=FIRST, end=LAST, cursor=cursor)
    )
    found = await psa.entries_with(ids=[each.id for each in listed[:30]])

    assert found == listed[:30]
