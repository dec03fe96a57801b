"""What people do with their time in a story: hand it in, decide about it, and wait for its end."""

from experience_apis.worklist.items import Item
from process_apis.time_and_expense.records import HandedIn, RowStatus
from tests.stories.engagement import Scene
from tests.stories.people import Answer, until

WORK = "/process/time-and-expense/v1"
PAY_RUNS = f"{WORK}/pay-runs"
HOURS = {"employee": "E101", "project_number": "P-1001", "work_date": "2026-10-14", "hours": "2"}
MONDAY = "2026-10-12"
LUNCH = {
    "employee": "E101",
    "project_number": "P-1001",
    "date": "2026-10-14",
    "category": "taxi",
    "amount": {"amount": "20.00", "currency": "USD"},
    "merchant": "City Cab",
}
# The firm's month comes to four fifths of the project's cap, and that is said of all its hours.
CAP_IS_NEAR = ["T15"]


def codes(row: HandedIn) -> list[str]:
    """Return the codes that something was found with."""
    return [each.code for each in row.findings]


async def hand_in(stage: Scene, number: str, who: str = "E101", **more: object) -> Answer:
    """Hand hours in as somebody."""
    return await stage.people.call(
        who, "POST", f"{WORK}/entries", HOURS | {"number": number} | more
    )


async def decide(stage: Scene, who: str, item: Item, **told: object) -> Answer:
    """Decide about what a person is asked."""
    said = {"version": item.version, "comment": "seen"} | told
    return await stage.people.call(who, "POST", item.act_at, said)


async def become(stage: Scene, row: HandedIn, status: RowStatus) -> HandedIn:
    """Wait until something that was handed in stands somewhere."""

    async def is_so() -> HandedIn | None:
        path = f"{WORK}/handed-in/{row.id}"
        now = await stage.people.read("finance", path, HandedIn)
        return now if now.status is status else None

    return await until(is_so, f"{row.reference} being {status}")


async def killed_at_a_fault(stage: Scene) -> None:
    """Kill the gateway while a system keeps it waiting, and start it again."""

    async def waits() -> bool:
        return bool((await stage.operator.faults()).log)

    await until(waits, "the moment to strike")
    await stage.gateway.kill()
    await stage.operator.fail()
    await stage.gateway.start()
    stage.people.base_url = stage.gateway.base_url


def row(number: str, day: str, hours: str, **more: object) -> dict[str, object]:
    """Return a row of a week."""
    told = {"number": number, "project_number": "P-1001", "work_date": day, "hours": hours}
    return told | more


async def hand_in_week(stage: Scene, *rows: object, who: str = "E102") -> Answer:
    """Hand in somebody's own week."""
    wish = {"week_start": MONDAY, "rows": rows}
    return await stage.people.call(who, "POST", f"{WORK}/weeks", wish)
