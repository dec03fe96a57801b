"""What is used by whom is counted in words that are known, added up, and never lost by an error."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy.exc import OperationalError

from governance import v1 as governance_api
from governance.usage import MOST_CONSUMERS, OTHERS, Usage, UsageQuestion, Used, api_usage
from governance.usage_face import UsageReport
from tests.gateway.house import House, running
from tests.gateway.orders import orders_api

PATH = "/system/orders/v1"
TODAY = datetime(2027, 1, 15, 12, tzinfo=UTC)
SEEING = frozenset({"governance:usage:read"})


def usage(house: House) -> Usage:
    """Return the counts of another process on the same store."""
    house.lifecycles.of(orders_api().POLICY)
    return Usage(house.store, house.lifecycles, house.governance.logs, house.wall.now)


def test_beyond_a_thousand_clients_the_rest_are_others(house: House) -> None:
    """Whoever calls under ever new names makes no more than one more row and series."""
    counted = usage(house)

    names = {counted.named(f"client-{number}") for number in range(MOST_CONSUMERS + 500)}

    assert len(names) == MOST_CONSUMERS + 1
    assert OTHERS in names
    assert counted.named("client-7") == "client-7"


async def test_the_counts_of_two_processes_add_up(house: House) -> None:
    """Each adds what it saw, to the same row of the day."""
    one, two = usage(house), usage(house)
    for counted in (one, two, two):
        counted.count(Used(PATH, "list", "robot"))
        await counted.flush()
        await counted.flush()

    [row] = await one.rows(UsageQuestion(since=house.wall.now().date()))
    assert row.calls == 3


async def test_what_could_not_be_written_is_written_the_next_time(house: House) -> None:
    """An error of the store loses no count, and counts none twice."""
    counted = usage(house)
    counted.count(Used(PATH, "list", "robot"))
    api_usage.drop(house.store.engine)
    with pytest.raises(OperationalError):
        await counted.flush()
    api_usage.create(house.store.engine)
    counted.count(Used(PATH, "list", "robot"))

    await counted.flush()

    [row] = await counted.rows(UsageQuestion(since=house.wall.now().date()))
    assert row.calls == 2


async def test_use_is_asked_for_by_api_consumer_and_days(house: House) -> None:
    """The last days count together; a day before them, another API or consumer does not."""
    async with running(house.app(orders_api(), governance_api), house) as caller:
        for day, client in ((0, "robot"), (25, "robot"), (29, "robot"), (29, "portal")):
            house.wall.set(TODAY + timedelta(days=day))
            token = house.token(client_id=client)
            await caller.send("GET", f"{PATH}/orders", token=token)
            await house.governance.usage.flush()
        seeing = house.token(scopes=SEEING)
        asked = f"/governance/v1/usage?api={PATH}&consumer=robot&days="
        week, month = [await caller.send("GET", f"{asked}{n}", token=seeing) for n in (5, 30)]
        all_of_it = await caller.send("GET", "/governance/v1/usage", token=seeing)
        refused = await caller.send("GET", "/governance/v1/usage", token=house.token())

    [of_week] = msgspec.json.decode(week.body, type=UsageReport).items
    [of_month] = msgspec.json.decode(month.body, type=UsageReport).items
    everything = msgspec.json.decode(all_of_it.body, type=UsageReport).items
    assert (of_week.calls, of_month.calls) == (2, 3)
    assert of_week.last_day == (TODAY + timedelta(days=29)).date()
    assert {each.consumer for each in everything if each.api == PATH} == {"robot", "portal"}
    assert refused.status == 403
