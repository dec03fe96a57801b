"""What is asked for: the days, and the part of the firm that the caller sees."""

from datetime import UTC, date, datetime

import pytest

from experience_apis.executive.asked import Part, Scope, scope, window
from governance.access import Caller
from process_apis.engagements import Engagement, EngagementStatus
from process_apis.sight import Sight

NOW = datetime(2026, 10, 20, 9, tzinfo=UTC)
FIRM = frozenset({"NWA-US", "NWA-DE"})


def test_the_days_are_those_of_this_month_so_far_unless_others_are_named() -> None:
    """Hours that nobody can have worked yet are not counted as hours that they could work."""
    told = window(None, None, NOW)

    assert (told.start, told.end, told.last_day) == (
        date(2026, 10, 1),
        date(2026, 10, 31),
        date(2026, 10, 20),
    )
    assert told.as_of == NOW
    assert len(told.days) == 20
    assert not told.is_over


def test_a_month_that_is_over_is_told_as_it_stood_at_its_end() -> None:
    """However late it is asked for; its weeks begin on the Monday before it."""
    told = window(date(2026, 9, 1), date(2026, 9, 30), NOW)

    assert told.as_of == datetime(2026, 9, 30, 23, 59, 59, tzinfo=UTC)
    assert told.is_over
    assert told.weeks[0] == date(2026, 8, 31)
    assert told.weeks[-1] == date(2026, 9, 28)


@pytest.mark.parametrize(
    ("start", "end", "month"),
    [
        (date(2026, 2, 1), date(2026, 2, 28), "2026-02"),
        (date(2026, 9, 1), date(2026, 9, 30), "2026-09"),
        (date(2026, 9, 1), date(2026, 9, 29), None),
        (date(2026, 9, 2), date(2026, 9, 30), None),
        (date(2026, 8, 1), date(2026, 9, 30), None),
    ],
)
def test_what_is_booked_by_months_is_told_of_a_whole_one(
    start: date, end: date, month: str | None
) -> None:
    """Part of a month, or two of them, has no revenue of its own in the books."""
    assert window(start, end, NOW).month == month


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (date(2026, 10, 5), date(2026, 10, 1), "exchange start and end"),
        (date(2024, 1, 1), date(2026, 10, 1), "at most 366 days"),
        (date(2026, 10, 21), date(2026, 10, 31), "has not begun"),
        (date.min, date(1, 1, 31), "before 2000-01-01"),
    ],
)
def test_days_that_are_none_are_refused_with_what_to_do(start: date, end: date, said: str) -> None:
    """Backwards, too many, or yet to come."""
    with pytest.raises(ValueError, match=said):
        window(start, end, NOW)


def _engagement(number: str, entity: str, unit: str | None = None) -> Engagement:
    return Engagement(
        project_number=number,
        name="Work",
        opportunity_id=None,
        contract_id="ct_1",
        contract_number="CT-1",
        legal_entity=entity,
        business_unit=unit,
        client_id="cl_1",
        client_number=f"C-{number}",
        client_name="Client",
        currency="USD",
        billing_model="time_and_materials",
        project_manager="U-1",
        command_key="k",
        status=EngagementStatus.ACTIVE,
        agreed_at=NOW,
        opened_at=NOW,
    )


def _scope(*entities: str, part: Part | None = None, units: frozenset[str] | None = None) -> Scope:
    caller = Caller(
        subject="U-1",
        client_id="c",
        scopes=frozenset(),
        entities=frozenset(entities),
        units=units,
    )
    known = [_engagement("P-1", "NWA-US", "TAX"), _engagement("P-2", "NWA-DE")]
    seen = Sight(caller, frozenset({"P-9"}))
    return scope(part or Part(), seen, known, FIRM)


def test_a_figure_is_of_what_the_caller_sees_and_of_no_more() -> None:
    """Another company's records and a hidden project's do not count."""
    told = _scope("NWA-US")

    assert told.has("NWA-US", "P-1")
    assert not told.has("NWA-DE", "P-2")
    assert not told.has("NWA-US", "P-9")


def test_a_client_or_a_project_narrows_what_counts() -> None:
    """By the engagements that the caller sees."""
    assert _scope("NWA-US", "NWA-DE", part=Part(client_number="C-P-2")).projects == {"P-2"}
    assert _scope("NWA-US", "NWA-DE", part=Part(business_unit="TAX")).projects == {"P-1"}
    assert _scope("NWA-US", part=Part(project_number="P-8")).projects == frozenset()


def test_who_is_bound_to_a_unit_sees_people_of_it_and_of_none() -> None:
    """As they see records."""
    bound = _scope("NWA-US", units=frozenset({"TAX"}))

    assert [bound.has_unit(each) for each in ("TAX", None, "DATA")] == [True, True, False]


def test_what_a_system_says_of_the_whole_firm_is_for_who_sees_all_of_it() -> None:
    """Not for one company, one project or one unit."""
    whole = _scope("NWA-US", "NWA-DE")

    assert whole.has_past(None)
    assert not _scope("NWA-US").has_past(None)
    assert not _scope("NWA-US", "NWA-DE", units=frozenset({"TAX"})).has_past(None)
    assert not _scope("NWA-US", "NWA-DE", part=Part(legal_entity="NWA-US")).has_past(None)
