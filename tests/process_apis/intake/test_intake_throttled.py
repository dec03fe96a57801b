"""A source that asks for patience while its feed is read is read on later, and loses nothing."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from governance.access import acting_as
from observability.metrics import Metrics
from process_apis.intake.feeds import Feed, FeedReader
from process_apis.project_to_cash.ledger.billing import BillingLedger
from store.clock import wall_clock
from system_apis.canonical.record import Change
from tests.faults.changed_project import TESTS
from tests.process_apis.workshop import Workshop
from tests.stories.people import until
from tests.system_apis.sandbox.house import MONTH_END, NORTHWIND, House, house_of

KINDS = ["429-seconds", "429-date", "429-absent"]


class Told:
    """Remembers every change that it was told of, in order."""

    def __init__(self) -> None:
        self.sequences: list[int] = []

    async def changed(self, _: str, changes: Sequence[Change]) -> None:
        self.sequences += [each.sequence for each in changes]

    async def read_up(self, instance: str, read_up_at: datetime, now: datetime) -> None:
        """How late a feed is, is not looked at here."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Serve the firm's systems in the middle of a month."""
    folder = tmp_path / "house"
    folder.mkdir()
    async with house_of(NORTHWIND, folder, timeout_ms=10_000) as found:
        await found.at("2026-10-15T12:00:00Z")
        yield found


@pytest.mark.parametrize("kind", KINDS)
async def test_a_source_that_is_asked_too_often_is_read_on_where_it_stopped(
    house: House, workshop: Workshop, kind: str
) -> None:
    """However it says so: for a second, until a moment, or without a word of how long."""
    feed, told = Feed("psa", house.psa().changes, frozenset({"NWA-US"})), Told()
    billing = BillingLedger(workshop.store, workshop.audit)
    await house.set("faults", {"rules": [{"operation": "changes", "nth": 2, "kind": kind}]})
    async with workshop.engine() as engine:
        reader = FeedReader(workshop.store, engine, billing, [feed], wall_clock, Metrics(), told)
        failed = await reader.read_all()
        first = list(told.sequences)
        await house.at(MONTH_END)

        async def read_up() -> bool:
            return not await reader.read_all()

        await until(read_up, "the end of the feed")
    with acting_as(TESTS):
        every = await _every(house)

    assert failed == ["psa"]
    assert await house.fired() == {kind: 1}
    assert first == every[: len(first)]
    assert 0 < len(first) < len(every)
    assert told.sequences == every


async def _every(house: House) -> list[int]:
    """Return all that the feed tells, asked without any patience."""
    found: list[int] = []
    while page := (await house.psa().changes(after=found[-1] if found else 0)).items:
        found += [each.sequence for each in page]
    return found
