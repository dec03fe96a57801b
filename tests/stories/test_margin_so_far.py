"""What a project's team sees of its margin is what revenue recognizes, less what it cost."""

from pathlib import Path

from msgspec import Struct

from tests.stories.engagement import Engagement, scene
from tests.stories.owing_firm import BEGINS, contract, write_firm

PROJECT = "W-T"


class _Amount(Struct):
    amount: str


class _Margin(Struct):
    revenue: _Amount
    labor_cost: _Amount
    margin: _Amount
    margin_share: str


class _Progress(Struct):
    margin: _Margin | None


async def test_a_margin_so_far_has_neither_tax_nor_down_payments(tmp_path: Path) -> None:
    """Sixteen hours at 100, costing 10, of which 500 are paid before, with 5 % tax."""
    terms = {
        "rates": {"Lead": "100"},
        "down_payment": {"amount": "500", "invoiced_on": "2027-02-01"},
    }
    sold = [contract(PROJECT, "KWD", "T&M", **terms)]
    people, work = [_lead("E-1"), _lead("E-2")], [_day("H-1", "E-1"), _day("H-2", "E-2")]
    firm = write_firm(tmp_path / "firm", sold, currency="KWD", employees=people, time_entries=work)
    async with scene(tmp_path, firm=firm, begins=BEGINS, project=PROJECT) as stage:
        engagement = stage.engagement
        await engagement.set_up()
        await engagement.at("2027-02-01T09:00:00Z")
        for who in ("project_manager", "finance"):
            await engagement.approve(who, "invoice of 525.000 KWD")
        before = await _progress(engagement)
        await engagement.at("2027-02-28T09:00:00Z")
        await engagement.asked("project_manager", "invoice of 1,155.000 KWD")
        drafted = await _progress(engagement)

    assert before.margin is None
    assert drafted.margin is not None
    assert drafted.margin.revenue.amount == "1600.000"
    assert drafted.margin.labor_cost.amount == "160.000"
    assert (drafted.margin.margin.amount, drafted.margin.margin_share) == ("1440.000", "0.9000")


async def _progress(engagement: Engagement) -> _Progress:
    path = f"/experience/delivery/v1/projects/{PROJECT}/progress"
    return await engagement.people.read("project_manager", path, _Progress)


def _lead(number: str) -> dict[str, str]:
    told = {"name": f"Lead {number}", "legal_entity": "KB-1", "role": "Lead"}
    return {"id": number, "cost_rate": "10"} | told


def _day(number: str, employee: str) -> dict[str, str]:
    told = {"project": PROJECT, "work_date": "2027-02-03", "hours": "8"}
    return {"id": number, "employee": employee} | told
