"""A retainer whose unused hours are carried over, and whose client owes the tax itself."""

from pathlib import Path

from system_apis.canonical.billing import LineKind
from tests.stories.engagement import scene
from tests.stories.owing_firm import BEGINS, contract, write_firm
from tests.stories.test_down_payment import posted_invoices

PROJECT = "W-A"


async def test_hours_of_february_cover_work_of_march(tmp_path: Path) -> None:
    """Ten hours a month: six of February are left, so that 18 in March exceed by two."""
    sold = [
        contract(
            PROJECT,
            "KWD",
            "RETAINER",
            monthly="500",
            included_hours="10",
            overage_rate="33.333",
            rollover=True,
            rollover_months=1,
            tax={"category": "AE", "rate": "0"},
        )
    ]
    work = [_day("H-1", "2027-02-03", "4"), _day("H-2", "2027-03-03", "18")]
    firm = write_firm(tmp_path / "firm", sold, currency="KWD", time_entries=work)
    async with scene(tmp_path, firm=firm, begins=BEGINS, project=PROJECT) as stage:
        engagement = stage.engagement
        await engagement.set_up()
        await engagement.at("2027-02-28T09:00:00Z")
        for who in ("project_manager", "finance"):
            await engagement.approve(who, "invoice of 500.000 KWD")
        await posted_invoices(engagement, 1)
        await engagement.at("2027-03-31T09:00:00Z")
        for who in ("project_manager", "finance"):
            await engagement.approve(who, "invoice of 566.666 KWD")
        _, march = await posted_invoices(engagement, 2)
        booked = (await stage.operator.books()).invoices(PROJECT)

    assert [(each.kind, each.net.amount) for each in march.lines] == [
        (LineKind.RETAINER, "500.000"),
        (LineKind.OVERAGE, "66.666"),
    ]
    assert (march.tax_category, march.tax.amount) == ("AE", "0.000")
    assert march.posted == march.expected
    assert {each.message for each in booked} == {"Reverse charge"}


def _day(number: str, on: str, hours: str) -> dict[str, str]:
    return {"id": number, "employee": "E-1", "project": PROJECT, "work_date": on, "hours": hours}
