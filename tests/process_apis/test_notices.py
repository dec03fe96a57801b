"""People are told once of what waits for them, in few messages, and never of what is done."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec.structs import replace

from governance.access import Caller, acting_as
from governance.audit import Audit
from governance.editions import Editions
from governance.roles import scopes_of
from governance.signed_links import LinkKeys
from observability.metrics import Metrics
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.escalating import Escalations, GoneOn
from process_apis.approvals.requests import ApprovalRequest, Decision
from process_apis.approvals.unanswered import Unanswered
from process_apis.commands import Commands, CommandStatus
from process_apis.engagements import Engagements
from process_apis.events.billing import InvoiceApproved
from process_apis.events.notices import NoticesFallenDue
from process_apis.exceptions.queue import (
    ExceptionQueue,
    ExceptionStatus,
    OpenException,
    Resolution,
)
from process_apis.exceptions.seen import SeenCases
from process_apis.notices import records
from process_apis.notices.looking import BY, LINK, NoticeLooks, Telling
from process_apis.notices.process import Notices, processes
from process_apis.notices.records import Bundle, Member, Pace, PreferenceDraft
from process_apis.notices.register import NoticeRegister
from process_apis.notices.terms import NoticeTerms
from process_apis.projects_named import ProjectsNamed
from store.clock import BusinessClock
from store.database import Store
from system_apis.errors import TryAgain
from system_apis.messaging.interface import Message
from system_apis.messaging.outgoing import Outgoing
from tests.process_apis.test_engine import OPERATOR, reaches, until
from tests.process_apis.workshop import Workshop
from tests.stores import empty_store

MORNING = datetime(2026, 11, 25, 9, tzinfo=UTC)
ENGINE = Caller(subject="process:notices", client_id="strata", scopes=frozenset())
DAY = timedelta(days=1)


def person(name: str, role: str) -> Member:
    """Return somebody of the German company."""
    return Member(
        id=name,
        roles=frozenset({role}),
        scopes=scopes_of([role]),
        entities=frozenset({"NWA-DE"}),
        units=None,
        timezone="UTC",
        holidays=frozenset(),
    )


MEMBERS = (person("U-FI1", "finance"), person("U-FI2", "finance"), person("U-ST1", "steward"))


class Pigeons:
    """A channel in memory, which can be away."""

    private = True

    def __init__(self, instance: str) -> None:
        self.addresses = {each.id: f"{each.id}@firm.example" for each in MEMBERS}
        self.instance, self.away = instance, False
        self.flown: list[tuple[str, Message]] = []

    async def send(self, message: Message, *, key: str) -> None:
        """Carry a message."""
        if self.away:
            raise TryAgain(self.instance, "away")
        self.flown.append((key, message))


class House:
    """The parts that tell people things, without the engine that carries messages on."""

    def __init__(self, path: Path, store: Store) -> None:
        self.clock = BusinessClock(lambda: MORNING)
        self.mail, self.room = Pigeons("mail"), Pigeons("room")
        self.metrics = Metrics()
        self.audit = Audit(store, self.clock.now, path / "heads.jsonl")
        self.store, self.path = store, path
        self.approvals = Approvals(store, self.audit, self.metrics)
        self.escalations = Escalations(store, self.audit, self.approvals)
        self.exceptions = ExceptionQueue(store, self.audit)
        self.register = NoticeRegister(store, self.audit)
        channels = {"mail": self.mail, "room": self.room}
        self.outgoing = Outgoing(channels, store, self.audit, self.metrics, self.clock.now)
        self.links = LinkKeys(path / "keys", self.clock.now)
        self.started: list[str] = []
        self.looks = self.begin()

    def begin(self) -> NoticeLooks:
        """Return what looks, as it is after a start."""
        telling = Telling(
            members=MEMBERS,
            terms=Editions(NoticeTerms()),
            outgoing=self.outgoing,
            register=self.register,
            links=self.links,
            public_url="https://strata.example",
        )
        unanswered = Unanswered(self.store, self.approvals)
        engagements = Engagements(self.store, self.audit)
        clock = self.clock.now
        projects = ProjectsNamed(self.store, Commands(self.store))
        cases = SeenCases(self.exceptions, engagements, projects.of)
        return NoticeLooks(telling, self._start, unanswered, cases, engagements, clock)

    async def _start(self, due: Sequence[NoticesFallenDue]) -> int:
        self.started += [each.bundle_id for each in due]
        return len(due)

    async def look(self) -> list[Bundle]:
        """Look once, and have what is due told; return what that was."""
        await self.looks.look()
        process = Notices(self.outgoing, self.register, self.clock.now)
        due, self.started = self.started, []
        return [await process.tell(each) for each in due]

    async def ask(self, subject: str = "INV-1", **other: object) -> str:
        """Ask finance for an approval."""
        now = self.clock.now()
        request = ApprovalRequest(
            question="invoice",
            subject_type="invoice",
            subject_id=subject,
            subject_version=1,
            process="project-to-cash",
            legal_entity="NWA-DE",
            title=f"invoice {subject}",
            role="finance",
            requested_by="process:project-to-cash",
            requested_at=now,
            due_at=now + DAY,
            if_approved=InvoiceApproved(invoice_id=subject, version=1, legal_entity="NWA-DE"),
        )
        return await self.approvals.ask(replace(request, **other))

    async def stop(self, name: str) -> None:
        """Open an exception for the steward."""
        now = self.clock.now()
        await self.exceptions.open(
            OpenException(
                id=name,
                process="client-matching",
                command_key=name,
                step=1,
                step_name="match",
                code="CLIENT_AMBIGUOUS",
                reason="a system's own words, IBAN DE89 3704 0044 0532 0130 00",
                owner_role="steward",
                legal_entity="NWA-DE",
                on_behalf_of="U-PM1",
                opened_at=now,
                due_at=now + DAY,
                status=ExceptionStatus.OPEN,
            )
        )


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    store = empty_store(tmp_path / "strata.sqlite")
    made = House(tmp_path, store)
    made.clock.set(MORNING)
    with acting_as(ENGINE):
        yield made
    store.close()


async def test_everybody_who_may_decide_is_told_once(house: House) -> None:
    """Neither a second look nor a second start tells it again."""
    await house.ask()
    first = await house.look()
    again = await house.look()
    house.looks = house.begin()
    house.clock.set(MORNING + timedelta(hours=1))
    after = await house.look()

    assert sorted(each.person for each in first) == ["U-FI1", "U-FI2"]
    assert again == after == []
    assert len(house.mail.flown) == 2
    assert "invoice INV-1" in house.mail.flown[0][1].lines[0].text


async def test_a_link_leads_the_person_to_what_it_is_about(house: House) -> None:
    """And is signed for them alone."""
    asked = await house.ask()
    await house.look()
    told = {message.to: message.lines[0].link or "" for _, message in house.mail.flown}
    address, _, word = told["U-FI1"].rpartition("/")
    place = house.links.place(word, LINK)

    assert address == "https://strata.example/process/notices/v1/links"
    assert (place.subject, place.person) == (f"approval:{asked}", "U-FI1")


async def test_a_storm_is_two_messages(house: House) -> None:
    """What comes after the first waits for a while, and comes together."""
    await house.stop("exc_0")
    await house.look()
    for count in range(1, 300):
        await house.stop(f"exc_{count}")
    meanwhile = await house.look()
    house.clock.set(MORNING + timedelta(minutes=15))
    [after] = await house.look()

    assert meanwhile == []
    assert [len(message.lines) for _, message in house.mail.flown] == [1, 21]
    assert after.notices == 299


async def test_the_words_of_a_system_are_not_told(house: House) -> None:
    """A reason may hold what its reader may not see."""
    await house.stop("exc_1")
    await house.look()
    [(_, message)] = house.mail.flown

    assert "CLIENT_AMBIGUOUS stopped client-matching at match" in message.lines[0].text
    assert "IBAN" not in str(message)


async def test_what_is_done_before_it_is_told_is_not_told(house: House) -> None:
    """Nobody reads in the morning what was answered at night."""
    house.clock.set(MORNING.replace(hour=22))
    asked = await house.ask()
    nothing = await house.look()
    finance = Caller(
        subject="U-FI1",
        client_id="tests",
        scopes=MEMBERS[0].scopes,
        roles=MEMBERS[0].roles,
        entities=MEMBERS[0].entities,
    )
    now = house.clock.now()
    await house.approvals.decide(asked, Decision.APPROVE, version=1, comment="", by=finance, at=now)
    house.clock.set(MORNING + DAY)

    assert nothing == await house.look() == []


async def test_a_question_that_goes_on_is_told_to_whom_it_goes(house: House) -> None:
    """As one that nobody answered."""
    asked = await house.ask()
    await house.look()
    approval = await house.approvals.find(asked)
    assert approval is not None
    on = GoneOn(level=1, told="escalated", role="steward")
    await house.escalations.go_on(approval, on, at=house.clock.now())
    [told] = await house.look()

    assert told.person == "U-ST1"
    assert "nobody answered" in told.lines[0].text


async def test_a_question_that_is_late_is_told_once_more(house: House) -> None:
    """After four business hours beyond its time, and then no more."""
    await house.ask()
    await house.look()
    house.clock.set(MORNING + DAY + timedelta(hours=3))
    early = await house.look()
    house.clock.set(MORNING + DAY + timedelta(hours=4))
    late = await house.look()
    house.clock.set(MORNING + DAY + timedelta(hours=6))
    later = await house.look()

    assert early == later == []
    assert [("was due" in each.lines[0].text) for each in late] == [True, True]


async def test_a_question_that_is_asked_and_late_at_once_is_told_in_one_line(house: House) -> None:
    """The digest of who hears once a day does not ask again what was told as late."""
    by = Caller(subject="U-FI2", client_id="tests", scopes=frozenset())
    await house.register.prefer(PreferenceDraft(pace=Pace.DAILY), by=by)
    await house.ask(due_at=MORNING - DAY)
    told = await house.look()
    house.clock.set(MORNING + DAY)
    digest = await house.look()

    assert sorted(each.person for each in told) == ["U-FI1", "U-FI2"]
    assert [[("was due" in line.text) for line in each.lines] for each in told] == [[True], [True]]
    assert digest == []


async def test_each_person_hears_by_the_way_and_at_the_pace_that_they_chose(house: House) -> None:
    """One in a room at once, the other by mail once a day."""
    for name, draft in (
        ("U-FI1", PreferenceDraft(channel="room")),
        ("U-FI2", PreferenceDraft(pace=Pace.DAILY)),
    ):
        by = Caller(subject=name, client_id="tests", scopes=frozenset())
        await house.register.prefer(draft, by=by)
    await house.ask()
    [at_once] = await house.look()
    house.clock.set(datetime(2026, 11, 26, 8, tzinfo=UTC))
    [daily] = await house.look()

    assert (at_once.person, at_once.channel) == ("U-FI1", "room")
    assert (daily.person, daily.channel) == ("U-FI2", "mail")


async def test_a_channel_that_is_away_is_tried_again_and_tells_once(house: House) -> None:
    """The message waits, as it was made."""
    await house.stop("exc_1")
    house.mail.away = True
    with pytest.raises(TryAgain):
        await house.look()
    house.mail.away = False
    [told] = await house.look()
    again = await Notices(house.outgoing, house.register, house.clock.now).tell(told.id)

    assert again == told
    assert [key for key, _ in house.mail.flown] == [told.id]


async def test_a_message_is_on_record_without_its_words(house: House) -> None:
    """To whom, by which way, and the hash of what."""
    await house.stop("exc_1")
    [told] = await house.look()
    [entry] = [
        each
        for each in await house.audit.records(limit=50)
        if each.action == "messaging.send_notice"
    ]

    assert (entry.subject, entry.reason) == ("mail:U-ST1", told.id)
    assert entry.after_hash


async def test_a_channel_that_is_down_is_in_the_queue_and_tells_once_it_is_up(
    workshop: Workshop, tmp_path: Path
) -> None:
    """Nobody is told of it by a message, and a person has it sent when it is right again."""
    house = House(tmp_path, workshop.store)
    house.clock.set(MORNING)
    house.mail.away = True
    with acting_as(ENGINE):
        await house.stop("exc_1")
        await house.looks.look()
        told = Notices(house.outgoing, house.register, house.clock.now)
        due = NoticesFallenDue(bundle_id=house.started[0])
        async with workshop.engine(*processes(told), journaled=[records]) as engine:
            await engine.start_new([due], by=BY)
            await reaches(workshop, CommandStatus.PARKED, due.business_key)
            opened = await workshop.exceptions.all_open()
            [case] = [each for each in opened if each.process == "notices.tell"]
            await house.looks.look()
            house.mail.away = False
            await workshop.exceptions.resolve(
                case, Resolution.RETRY, note="it is up", by=OPERATOR, at=house.clock.now()
            )
            await until(lambda: engine.resume(case))
            await reaches(workshop, CommandStatus.DONE, due.business_key)

    assert (case.code, case.owner_role) == ("SYSTEM_UNAVAILABLE", "operator")
    assert set(house.started) == {due.bundle_id}
    assert [key for key, _ in house.mail.flown] == [due.bundle_id]
