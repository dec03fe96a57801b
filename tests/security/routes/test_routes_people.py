"""The firm's people over HTTP: who may see what of them, and what they can work."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest
from msgspec import Struct

from governance.roles import ROLE_SCOPES, Role
from tests.security.routes.attacked import Attacked
from tests.security.routes.oracle import complaints

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
PEOPLE = "/system/hr/v1"
COSTS = f"{PEOPLE}/cost-rates?legal_entity=NWA-US&on=2026-10-31"
OCTOBER = "start=2026-10-01&end=2026-10-31"


class Day(Struct):
    """A day of a person, as any caller reads it."""

    date: date
    capacity_hours: Decimal
    holiday_hours: Decimal
    time_off_hours: Decimal
    available_hours: Decimal


class Days(Struct):
    """The days of a person."""

    items: list[Day]


async def test_only_a_scope_of_its_own_shows_what_people_cost(site: Attacked) -> None:
    """Neither the person nor a list of people says it; who reads people only is refused it."""
    reader = site.callers.token(site.callers.anybody_with(frozenset({"system:hr:read"})))
    payer = site.callers.token(site.callers.anybody_with(frozenset({"system:hr:read_cost"})))
    one = f"{PEOPLE}/employees/{site.ids['employee_id']}"

    person = await site.send("GET", one, token=reader)
    people = await site.send("GET", f"{PEOPLE}/employees", token=reader)
    refused = await site.send("GET", COSTS, token=reader)
    costs = await site.send("GET", COSTS, token=payer)

    assert (person.status, people.status, refused.status, costs.status) == (200, 200, 403, 200)
    assert complaints(refused, site.secrets) == []
    assert b'"rate":{"amount":"60","currency":"USD"}' in costs.body
    assert not [each for each in (person, people) if b"rate" in each.body or b"USD" in each.body]


async def test_what_people_cost_is_for_finance_alone(site: Attacked) -> None:
    """Whoever books people need not know."""
    assert {role for role in Role if "system:hr:read_cost" in ROLE_SCOPES[role]} == {
        Role.FINANCE,
        Role.FINANCE_DIRECTOR,
        Role.CFO,
    }
    assert site.ids["employee_id"]


async def test_a_month_of_a_person_is_capacity_less_holidays_and_leave(site: Attacked) -> None:
    """22 working days of 8 hours, a holiday of them, and two days of leave."""
    path = f"{PEOPLE}/employees/{site.ids['employee_id']}/availability?{OCTOBER}"
    days = msgspec.json.decode((await site.send("GET", path)).body, type=Days).items

    assert len(days) == 31
    assert sum(each.capacity_hours for each in days) == 176
    assert sum(each.holiday_hours for each in days) == 8
    assert sum(each.time_off_hours for each in days) == 16
    assert sum(each.available_hours for each in days) == 152


@pytest.mark.parametrize(
    "path",
    ["time-off?legal_entity=NWA-US&", "work-calendar?legal_entity=NWA-US&", "availability?"],
)
@pytest.mark.parametrize(
    "period", ["start=2026-10-31&end=2026-10-01", "start=2026-01-01&end=2027-01-02"]
)
async def test_a_period_that_makes_no_sense_names_the_parameters(
    site: Attacked, path: str, period: str
) -> None:
    """Backwards, or longer than a year."""
    place = f"employees/{site.ids['employee_id']}/{path}" if path == "availability?" else path
    answer = await site.send("GET", f"{PEOPLE}/{place}{period}")

    assert answer.status == 422
    assert complaints(answer, site.secrets) == []
    assert answer.problem.errors[0].parameter == "end"
