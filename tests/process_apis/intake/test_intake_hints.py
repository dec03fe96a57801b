"""A message makes us look at its system, whatever its order, and each change is told once."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from msgspec import Struct

from governance.access import Caller, acting_as
from observability.metrics import Metrics
from process_apis.aftermath import Aftermath
from process_apis.approvals.decisions import Approvals
from process_apis.engine import Engine, Process, step
from process_apis.events.set_up import OpportunityWon
from process_apis.exceptions.queue import ExceptionStatus, OpenException, Resolution
from process_apis.intake.feeds import Feed, FeedReader
from process_apis.intake.hints import KEPT_WAITING, Hints
from process_apis.intake.inbox import HintStatus, Inbox, Outcome, Trouble
from process_apis.intake.process import HeldHints, processes
from process_apis.project_to_cash.ledger.billing import BillingLedger
from store.clock import wall_clock
from system_apis.canonical.record import Change, Page
from system_apis.errors import TryAgain
from system_apis.webhooks import OWN_PROGRAMS, Hint, WebhookSecret, WebhookSource
from tests.process_apis.billing_facts import id_of
from tests.process_apis.test_engine import until
from tests.process_apis.workshop import Workshop

DEAL, OTHER = id_of("opp", 1), id_of("opp", 2)
OPERATOR = Caller(
    subject="U-OP1",
    client_id="tests",
    scopes=frozenset(),
    roles=frozenset({"operator"}),
)


class Crm:
    """A CRM whose feed can lag, and which is asked how often."""

    def __init__(self) -> None:
        self.told: list[Change] = []
        self.asked, self.is_away = 0, False

    def change(self, deal: str, version: int, place: int = 0) -> None:
        """Let a deal be at a version, told at the feed's end unless at a place."""
        place = place or len(self.told) + 1
        self.told.append(Change(place, "opportunity", deal, version, wall_clock()))

    async def changes(self, *, after: int) -> Page[Change]:
        """Return what changed."""
        self.asked += 1
        if self.is_away:
            raise TryAgain("crm", "away")
        return Page([each for each in self.told if each.sequence > after])


class Room(Struct, frozen=True):
    """The intake at work, what it looked at, and its clock, which a test sets."""

    crm: Crm
    inbox: Inbox
    hints: Hints
    reader: FeedReader
    engine: Engine
    metrics: Metrics
    workshop: Workshop
    aftermath: Aftermath
    looked: list[tuple[str, int]]
    later: list[timedelta]

    async def tell(
        self, name: str, sequence: int | None = None, body: bytes | None = None
    ) -> Outcome:
        """Take a message."""
        hint = Hint(id=name, type="deal.changed", sequence=sequence)
        return await self.inbox.take("crm", body or name.encode(), hint, at=self.now())

    def now(self) -> datetime:
        """Return the time, which a test lets pass."""
        return _later(self.later)

    async def seen(self, *expected: tuple[str, int]) -> None:
        """Wait until exactly these were looked at."""

        async def there() -> bool:
            return len(self.looked) >= len(expected)

        await until(there)
        assert sorted(self.looked) == sorted(expected)

    def behind(self) -> float:
        """Return how old the gauge says that the oldest event is."""
        return self.metrics.event_oldest_unprocessed.labels("crm")._value.get()

    async def asked(self) -> OpenException:
        """Wait for what a person is asked."""

        async def there() -> bool:
            return bool(await self.workshop.exceptions.all_open())

        await until(there)
        [case] = await self.workshop.exceptions.all_open()
        return case

    async def answer(self, resolution: Resolution) -> None:
        """Let an operator decide what is asked, and what follows happen."""
        case = await self.asked()
        await self.workshop.exceptions.resolve(
            case, resolution, note="looked", by=OPERATOR, at=self.now()
        )

        async def gone() -> bool:
            await self.aftermath.of_resolutions()
            return not await self.inbox.of_status(HintStatus.HELD)

        await until(gone)


@asynccontextmanager
async def room(workshop: Workshop) -> AsyncIterator[Room]:
    """Open an intake on a CRM's feed."""
    crm, looked, later = Crm(), list[tuple[str, int]](), list[timedelta]()

    def now() -> datetime:
        return _later(later)

    async def run(event: OpportunityWon) -> None:
        async def look() -> None:
            looked.append((event.opportunity_id, event.version))

        await step(look)

    inbox = Inbox(workshop.store, workshop.audit)
    sources = {"crm": WebhookSource("crm", OWN_PROGRAMS, [WebhookSecret("whsec_" + "A" * 32)])}
    held = HeldHints(inbox, workshop.exceptions, sources, now)
    look = Process(name="look", on=OpportunityWon, run=run, scopes=frozenset())
    async with workshop.engine(look, *processes(held)) as engine:
        metrics, billing = Metrics(), BillingLedger(workshop.store, workshop.audit)
        feed = Feed("crm", crm.changes, frozenset({"US"}))
        reader = FeedReader(workshop.store, engine, billing, [feed], now, metrics)
        approvals = Approvals(workshop.store, workshop.audit, metrics)
        found = Room(
            crm=crm,
            inbox=inbox,
            hints=Hints(inbox, reader, engine, now),
            reader=reader,
            engine=engine,
            metrics=metrics,
            workshop=workshop,
            aftermath=Aftermath(engine, approvals, workshop.exceptions),
            looked=looked,
            later=later,
        )
        with acting_as(OPERATOR):
            yield found


async def test_whatever_the_order_of_messages_the_newest_version_is_reached(
    workshop: Workshop,
) -> None:
    """WH-06: the third version is told first; all three are looked at, each once."""
    async with room(workshop) as intake:
        for version in (1, 2, 3):
            intake.crm.change(DEAL, version)
        for version in (3, 1, 2):
            await intake.tell(f"v{version}", version)
            await intake.hints.follow()
        await intake.seen((DEAL, 1), (DEAL, 2), (DEAL, 3))

        assert await intake.inbox.of_status(HintStatus.WAITING) == []


async def test_a_message_that_was_lost_is_made_good_by_the_next(workshop: Workshop) -> None:
    """WH-07: nobody told of the first change; the feed did."""
    async with room(workshop) as intake:
        intake.crm.change(OTHER, 1)
        intake.crm.change(DEAL, 1)
        await intake.tell("second", 2)
        await intake.hints.follow()

        await intake.seen((OTHER, 1), (DEAL, 1))


async def test_what_both_ways_tell_is_told_once(workshop: Workshop) -> None:
    """The feed before the message, and the message before the feed."""
    async with room(workshop) as intake:
        intake.crm.change(DEAL, 1)
        await intake.reader.read_all()
        await intake.tell("first", 1)
        await intake.hints.follow()
        intake.crm.change(OTHER, 1)
        await intake.tell("second", 2)
        await intake.hints.follow()
        await intake.reader.read_all()

        await intake.seen((DEAL, 1), (OTHER, 1))


async def test_a_hundred_repeats_in_any_order_are_one_effect(workshop: Workshop) -> None:
    """And one look at the system for all that wait together."""
    async with room(workshop) as intake:
        for version in (1, 2):
            intake.crm.change(DEAL, version)
        outcomes = [await intake.tell(f"v{n % 2 + 1}", n % 2 + 1) for n in range(100, 0, -1)]
        await intake.hints.follow()
        await intake.seen((DEAL, 1), (DEAL, 2))

        assert outcomes.count(Outcome.RECEIVED) == 2
        assert intake.crm.asked == 2


async def test_a_change_that_the_feed_does_not_show_yet_is_waited_for(workshop: Workshop) -> None:
    """The gauge tells for how long, until the feed shows it."""
    async with room(workshop) as intake:
        await intake.tell("early", 1)
        await intake.hints.follow()
        intake.later.append(timedelta(minutes=5))
        await intake.reader.read_all()
        behind = intake.behind()
        intake.crm.change(DEAL, 1)
        await intake.hints.follow()
        await intake.reader.read_all()
        await intake.seen((DEAL, 1))

        assert 300 <= behind < 360
        assert intake.behind() < 60


async def test_a_change_that_is_never_shown_is_asked_about(workshop: Workshop) -> None:
    """Once, after a quarter of an hour; and is followed when a person says so."""
    async with room(workshop) as intake:
        await intake.tell("early", 1)
        intake.later.append(KEPT_WAITING + timedelta(seconds=1))
        for _ in range(3):
            await intake.hints.follow()
        case = await intake.asked()
        intake.crm.change(DEAL, 1)
        await intake.answer(Resolution.RETRY)
        await intake.hints.follow()
        await intake.seen((DEAL, 1))

        assert (case.code, case.owner_role) == (Trouble.NOT_SHOWN, "operator")
        assert await intake.inbox.of_status(HintStatus.WAITING) == []


async def test_a_system_that_is_away_loses_no_message(workshop: Workshop) -> None:
    """It is followed when the system is back."""
    async with room(workshop) as intake:
        intake.crm.change(DEAL, 1)
        intake.crm.is_away = True
        await intake.tell("first")
        await intake.hints.follow()
        waiting = await intake.inbox.of_status(HintStatus.WAITING)
        intake.crm.is_away = False
        await intake.hints.follow()
        await intake.seen((DEAL, 1))

        assert [each.hint_id for each in waiting] == ["first"]


async def test_a_doubtful_message_is_followed_only_when_a_person_says_so(
    workshop: Workshop,
) -> None:
    """WH-05: the same id with another body; asked about once, then done with."""
    async with room(workshop) as intake:
        await intake.tell("same", 1, b"one")
        assert await intake.tell("same", 2, b"two") is Outcome.HELD
        await intake.hints.follow()
        await intake.hints.follow()
        case = await intake.asked()
        await intake.answer(Resolution.RETRY)
        await intake.hints.follow()

        assert case.code == Trouble.OTHER_BODY
        assert await _open(intake) == []


async def test_a_message_that_a_person_gives_up_is_dropped(workshop: Workshop) -> None:
    """Nobody is asked about it again, and its body is kept no longer."""
    async with room(workshop) as intake:
        await intake.inbox.take("crm", b"{", None, at=intake.now())
        await intake.hints.follow()
        [held] = await intake.inbox.of_status(HintStatus.HELD)
        case = await intake.asked()
        await intake.answer(Resolution.CANCEL)
        await intake.hints.follow()

        dropped = await intake.inbox.get(held.id)
        assert (case.code, held.body) == (Trouble.UNREADABLE, b"{")
        assert (dropped.status, dropped.body) == (HintStatus.DROPPED, None)
        assert await _open(intake) == []


async def test_a_message_that_stays_unreadable_is_asked_about_again(workshop: Workshop) -> None:
    """A person tried again, and nothing was mended."""
    async with room(workshop) as intake:
        await intake.inbox.take("crm", b"{", None, at=intake.now())
        await intake.hints.follow()
        case = await intake.asked()
        await intake.workshop.exceptions.resolve(
            case, Resolution.RETRY, note="try", by=OPERATOR, at=intake.now()
        )

        async def again() -> bool:
            await intake.aftermath.of_resolutions()
            return bool(await _open(intake))

        await until(again)

        assert [each.id != case.id for each in await _open(intake)] == [True]


async def test_a_change_that_shows_behind_a_later_one_is_found(workshop: Workshop) -> None:
    """Its number was taken before another's that was committed first: the looks overlap."""
    async with room(workshop) as intake:
        intake.crm.change(DEAL, 1, place=2)
        await intake.reader.read_all()
        intake.crm.change(OTHER, 1, place=1)
        intake.later.append(timedelta(hours=2))
        await intake.reader.read_all()
        await intake.reader.read_all()

        await intake.seen((DEAL, 1), (OTHER, 1))


async def test_what_is_followed_is_known_for_a_month_and_its_body_no_longer(
    workshop: Workshop,
) -> None:
    """Longer than any sender goes on sending; then it is forgotten."""
    async with room(workshop) as intake:
        await intake.tell("first")
        await intake.hints.follow()
        intake.later.append(timedelta(days=29))
        await intake.hints.follow()
        known = await intake.tell("first")
        intake.later.append(timedelta(days=2))
        await intake.hints.follow()
        forgotten = await intake.tell("first")

        assert (known, forgotten) == (Outcome.REPEATED, Outcome.RECEIVED)


def _later(than: Sequence[timedelta]) -> datetime:
    return wall_clock() + sum(than, timedelta())


async def _open(intake: Room) -> Sequence[OpenException]:
    return [
        each
        for each in await intake.workshop.exceptions.all_open()
        if each.status is ExceptionStatus.OPEN
    ]
