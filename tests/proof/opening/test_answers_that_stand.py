"""What people said of a deal stands, though another deal answers their question meanwhile."""

from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import pytest_asyncio

from process_apis.approvals.requests import Decision
from process_apis.commands import CommandStatus
from process_apis.engagements import EngagementStatus
from tests.faults.cutting import Carried
from tests.proof.opening.reckoned import NEW, Deal
from tests.proof.opening.sold_deals import SoldDeals, sold_deals

FIRST, SECOND = 60, 61
BOUGHT = Deal(
    client=NEW,
    price=Fraction(30_000),
    cost=Fraction(15_000),
    sold=Fraction(30_000),
    discounts=(Fraction(0), None),
    days_apart=0,
    parts=1,
    named=False,
    won=2,
    signed=2,
    order=9,
)


@pytest_asyncio.fixture
async def deals(tmp_path: Path) -> AsyncIterator[SoldDeals]:
    """A client that is new to the books buys twice, and finance is asked about it each time."""
    async with sold_deals([BOUGHT, BOUGHT], tmp_path, strict=False) as found:
        await found.on(2)
        for which in (FIRST, SECOND):
            await Carried(found).done(await found.won(which))
        yield found


async def answered(deals: SoldDeals, which: int, decision: Decision) -> CommandStatus:
    """Have finance answer about a deal, and say how what follows ended."""
    asked = await deals.asked_about(which)
    assert asked is not None
    [event] = await deals.answered(asked, decision, "finance")
    return await Carried(deals).done(event)


async def status(deals: SoldDeals, which: int) -> EngagementStatus | None:
    """Return how far a deal has come in our own books."""
    found = await deals.engagements.find(f"P-{which}")
    return found.status if found else None


async def test_a_no_stands_though_the_client_is_known_by_now(deals: SoldDeals) -> None:
    """The first deal brings the client into the books; the second is refused all the same."""
    await answered(deals, FIRST, Decision.APPROVE)
    ended = await answered(deals, SECOND, Decision.REJECT)

    assert ended is CommandStatus.PARKED
    assert await status(deals, FIRST) is EngagementStatus.ACTIVE
    assert await status(deals, SECOND) is EngagementStatus.PENDING_APPROVAL


async def test_a_question_that_nothing_depends_on_is_asked_no_more(deals: SoldDeals) -> None:
    """An order comes when the client is known: the project opens, and nobody is still asked."""
    await answered(deals, FIRST, Decision.APPROVE)
    await deals.on(9)
    ended = await Carried(deals).done(await deals.signed(SECOND))

    assert ended is CommandStatus.DONE
    assert await status(deals, SECOND) is EngagementStatus.ACTIVE
    assert await deals.asked_about(SECOND) is None
