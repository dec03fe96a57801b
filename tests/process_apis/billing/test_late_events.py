"""Work that comes after its bill is billed by one more event, however often it is told."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from process_apis.project_to_cash.credits.rebilling import Rebilling
from process_apis.project_to_cash.records import BillingEvent
from system_apis.systems import Systems
from tests.process_apis.billing_facts import MONTH_END, entry
from tests.process_apis.ledger_house import LedgerHouse, ledger_house
from tests.process_apis.test_fallen_due import US

LATER = datetime(2026, 11, 4, 12, tzinfo=UTC)


def _rebilling(house: LedgerHouse) -> Rebilling:
    asks_none = cast(Systems, None)
    return Rebilling(asks_none, house.billing, house.credits, {US.code: US}, lambda: LATER)


async def _planned(house: LedgerHouse) -> list[BillingEvent]:
    return await house.billing.events(entities=frozenset({US.code}))


async def test_what_is_late_is_planned_once_by_all_who_tell_it_at_once(tmp_path: Path) -> None:
    """A step that is tried again after a kill, and a second row, find what was planned."""
    async with ledger_house(tmp_path, None) as house:
        house.entries = [entry("8")]
        assert await house.bill(1)
        rebilling = _rebilling(house)
        both = await asyncio.gather(*(rebilling.late("CT-1", MONTH_END) for _ in range(2)))
        again = await rebilling.late("CT-1", MONTH_END)
        events = await _planned(house)

    assert len({each.id for each in both if each}) == 1
    assert again is None
    assert [(each.sequence, each.planned_date.isoformat()) for each in events] == [
        (1, MONTH_END.isoformat()),
        (2, "2026-11-04"),
    ]


async def test_nothing_is_late_while_its_bill_is_to_come(tmp_path: Path) -> None:
    """Nor of a month that nobody bills."""
    async with ledger_house(tmp_path, None) as house:
        house.entries = [entry("8")]
        assert await house.bill(1)
        rebilling = _rebilling(house)
        await rebilling.late("CT-1", MONTH_END)
        to_come = await rebilling.late("CT-1", MONTH_END)
        elsewhere = await rebilling.late("CT-1", LATER.date())

    assert (to_come, elsewhere) == (None, None)
