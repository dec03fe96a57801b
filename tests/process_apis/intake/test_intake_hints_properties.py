"""Whatever is told, in whatever order and however often: every change is worked on once."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from governance.audit import Audit
from observability.metrics import Metrics
from process_apis.engine import Engine
from process_apis.events.event import Event
from process_apis.events.set_up import OpportunityWon
from process_apis.intake.feeds import Feed, FeedReader
from process_apis.intake.hints import Hints
from process_apis.intake.inbox import HintStatus, Inbox
from process_apis.project_to_cash.ledger.billing import BillingLedger
from store.clock import wall_clock
from system_apis.canonical.record import Change, Page
from system_apis.errors import TryAgain
from system_apis.webhooks import Hint
from tests.process_apis.billing_facts import id_of
from tests.stores import empty_store

DEALS = [id_of("opp", number) for number in (1, 2, 3)]
STEPS = st.one_of(
    st.tuples(st.just("change"), st.integers(0, 2)),
    st.tuples(st.just("tell"), st.integers(0, 30)),
    st.tuples(st.sampled_from(["follow", "poll", "away", "restart"]), st.just(0)),
)


class Starts:
    """An engine that only remembers what was started, each key once, as commands are."""

    def __init__(self) -> None:
        self.started: dict[str, Event] = {}
        self.crashes = 0

    async def start(self, event: Event, *, by: str) -> None:
        """Remember an event."""
        self.started.setdefault(event.business_key, event)

    async def start_new(self, events: Sequence[Event], *, by: str) -> int:
        """Remember events."""
        for each in events:
            await self.start(each, by=by)
        return len(events)


class World:
    """A CRM, and what is told of it."""

    def __init__(self, folder: Path) -> None:
        self.store = empty_store(folder / "strata.sqlite")
        self.audit = Audit(self.store, wall_clock, folder / "heads.jsonl")
        self.engine, self.inbox = Starts(), Inbox(self.store, self.audit)
        self.told: list[Change] = []
        self.is_away = False
        self.start()

    def start(self) -> None:
        """Begin anew with what is stored."""
        engine = cast(Engine, self.engine)
        billing = BillingLedger(self.store, self.audit)
        feed = Feed("crm", self.changes, frozenset({"US"}))
        self.reader = FeedReader(self.store, engine, billing, [feed], wall_clock, Metrics())
        self.hints = Hints(self.inbox, self.reader, engine, wall_clock)

    async def changes(self, *, after: int) -> Page[Change]:
        """Return what changed, a few at a time."""
        if self.is_away:
            raise TryAgain("crm", "away", after=timedelta())
        return Page([each for each in self.told if each.sequence > after][:2])

    async def step(self, what: str, which: int) -> None:
        """Let one thing happen."""
        match what:
            case "change":
                deal = DEALS[which]
                version = sum(each.id == deal for each in self.told) + 1
                place = len(self.told) + 1
                self.told.append(Change(place, "opportunity", deal, version, wall_clock()))
            case "tell" if self.told:
                place = self.told[which % len(self.told)].sequence
                hint = Hint(id=f"n{place}", type="changed", sequence=place)
                await self.inbox.take("crm", b"%d" % place, hint, at=wall_clock())
            case "follow":
                await self.hints.follow()
            case "poll":
                await self.reader.read_all()
            case "away":
                self.is_away = not self.is_away
            case "restart":
                self.start()

    async def end(self) -> None:
        """Let the CRM be there, and everything that waits be followed."""
        self.is_away = False
        told = [each.sequence for each in self.told]
        for place in reversed(told):
            await self.step("tell", place - 1)
        await self.hints.follow()


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(STEPS, max_size=25))
def test_every_change_is_worked_on_once_and_each_record_in_order(
    steps: list[tuple[str, int]],
) -> None:
    """By messages, by the feed or by both; in pages, across absences and restarts."""

    async def play() -> tuple[list[tuple[str, int]], list[Change], int]:
        with TemporaryDirectory() as folder:
            world = World(Path(folder))
            for what, which in steps:
                await world.step(what, which)
            await world.end()
            waiting = await world.inbox.of_status(HintStatus.WAITING)
            world.store.close()
        events = [e for e in world.engine.started.values() if isinstance(e, OpportunityWon)]
        return [(e.opportunity_id, e.version) for e in events], world.told, len(waiting)

    worked, told, waiting = asyncio.run(play())

    assert sorted(worked) == sorted((each.id, each.version) for each in told)
    for deal in DEALS:
        versions = [version for each, version in worked if each == deal]
        assert versions == sorted(versions)
    assert waiting == 0
