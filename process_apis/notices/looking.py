"""Looking for what people are to hear of: noted once, and bundled when it is due."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from governance.access import Caller
from governance.editions import Editions
from governance.signed_links import LinkKeys, Place
from process_apis.approvals.requests import Approval
from process_apis.approvals.unanswered import Unanswered, Waiting
from process_apis.engagements import Engagements
from process_apis.events.notices import NoticesFallenDue
from process_apis.exceptions.queue import OpenException
from process_apis.exceptions.seen import SeenCases
from process_apis.notices import rules
from process_apis.notices.records import Member, Notice, Occasion, Preferences, Stop
from process_apis.notices.register import NoticeRegister
from process_apis.notices.terms import NoticeTerms
from system_apis.messaging.outgoing import Outgoing

BY = "process:notices"
LINK = "worklist"
LOOK_EVERY = timedelta(minutes=1)
# Sets going what was never set going before.
Start = Callable[[Sequence[NoticesFallenDue]], Awaitable[int]]


class Open(Struct, frozen=True):
    """What waits for somebody now."""

    asked: Sequence[Waiting]
    stopped: Sequence[Stop]

    @property
    def subjects(self) -> frozenset[str]:
        """The ids of all that waits."""
        return frozenset({each.id for each in self.asked} | {each.id for each in self.stopped})


class Telling(Struct, frozen=True, kw_only=True):
    """What is known of whom to tell, how, and where links lead; `letters` leave by that channel."""

    members: Sequence[Member]
    terms: Editions[NoticeTerms]
    outgoing: Outgoing
    register: NoticeRegister
    links: LinkKeys
    public_url: str
    letters: str | None = None

    def member(self, caller: Caller) -> Member:
        """Return a caller as somebody who hears of things; a stranger to the firm lives by UTC."""
        stranger = Member(
            id=caller.subject,
            roles=caller.roles,
            scopes=caller.scopes,
            entities=caller.entities,
            units=caller.units,
            timezone="UTC",
            holidays=frozenset(),
        )
        return next((each for each in self.members if each.id == caller.subject), stranger)

    async def preferences(self, member: Member, terms: NoticeTerms) -> Preferences:
        """Return how somebody hears of things."""
        reached = [
            each for each in self.outgoing.channels if self.outgoing.reaches(each, member.id)
        ]
        return rules.preferred(member, await self.register.preference(member.id), terms, reached)

    def link(self, occasion: Occasion, person: str) -> str:
        """Return the address that leads a person to what an occasion is about."""
        subject = f"{occasion.link}:{occasion.subject}"
        word = self.links.sign(Place(purpose=LINK, subject=subject, person=person))
        return f"{self.public_url}/process/notices/v1/links/{word}"


class NoticeLooks:
    """Tells each occasion once to everybody whom it concerns; whoever is away holds nobody up."""

    def __init__(
        self,
        telling: Telling,
        start: Start,
        unanswered: Unanswered,
        cases: SeenCases,
        engagements: Engagements,
        clock: Callable[[], datetime],
    ) -> None:
        self._telling, self._start = telling, start
        self._unanswered, self._cases = unanswered, cases
        self._engagements, self._clock = engagements, clock
        self._noted: set[str] = set()
        self._wishes: dict[str, Preferences] = {}
        self._looked_at: datetime | None = None

    async def look(self) -> None:
        """Note what is new, bundle what is due, and have what is bundled sent."""
        if not self._telling.outgoing.channels:
            return
        now = self._clock()
        self._wishes.clear()
        opened = await self._cases.queue.all_open()
        waiting = Open(await self._unanswered.waiting(), [_stop(each) for each in opened])
        await self._note_asked(waiting.asked, now)
        await self._note_stopped(opened, now)
        await self._bundle(waiting.subjects, now)
        ready = await self._telling.register.ready()
        await self._start([NoticesFallenDue(bundle_id=each.id) for each in ready])

    async def _note_asked(self, asked: Sequence[Waiting], now: datetime) -> None:
        """Note questions that are new, or new to whom they went, and once a minute late ones."""
        look_late = self._looked_at is None or not timedelta() <= now - self._looked_at < LOOK_EVERY
        for each in asked:
            late = look_late and each.due_at < now and _late(each) not in self._noted
            if not late and _first(each) in self._noted:
                continue
            approval = await self._unanswered.approval(each.id)
            if approval is not None:
                await self._note_approval(approval, each, now)
        if look_late:
            self._looked_at = now

    async def _note_approval(self, approval: Approval, waiting: Waiting, now: datetime) -> None:
        told: list[Notice] = []
        overdue: list[bool] = []
        for member in self._telling.members:
            if not await self._concerns(member, approval, waiting):
                continue
            terms = self._terms(member, now)
            first = rules.asked(approval, level=waiting.level)
            told += await self._notices(first, member, terms, now)
            overdue.append(rules.is_overdue(waiting.due_at, member, terms, now))
            if overdue[-1]:
                again = rules.overdue(approval, level=waiting.level)
                told += await self._notices(again, member, terms, now)
        await self._telling.register.note(told)
        self._noted.add(_first(waiting))
        if all(overdue) and waiting.due_at < now:
            self._noted.add(_late(waiting))

    async def _concerns(self, member: Member, approval: Approval, waiting: Waiting) -> bool:
        """Whether somebody may decide a question, and sees what it is about."""
        if not rules.may_decide(member, approval, waiting.beneficiary):
            return False
        return (await self._engagements.sight(_caller(member))).sees(approval)

    async def _note_stopped(self, opened: Sequence[OpenException], now: datetime) -> None:
        told: list[Notice] = []
        new = [each for each in opened if each.id not in self._noted]
        works = await self._cases.called(new)
        for case in new:
            occasion = rules.stopped(_stop(case, works.get(case.command_key)))
            for member in self._telling.members:
                if occasion is not None and await self._may_resolve(member, case):
                    told += await self._notices(occasion, member, self._terms(member, now), now)
        await self._telling.register.note(told)
        self._noted.update(each.id for each in new)

    async def _may_resolve(self, member: Member, case: OpenException) -> bool:
        """Whether a stop is somebody's to put right, and of no unit that is hidden from them."""
        if not rules.may_resolve(member, _stop(case)):
            return False
        return bool(await self._cases.shown(_caller(member), [case]))

    async def _notices(
        self, occasion: Occasion, member: Member, terms: NoticeTerms, now: datetime
    ) -> list[Notice]:
        """Return the notice of an occasion, none for somebody whom no channel reaches."""
        wish = self._wishes.get(member.id) or await self._telling.preferences(member, terms)
        self._wishes[member.id] = wish
        if wish.channel is None:
            return []
        channel = self._telling.outgoing.channels[wish.channel]
        private = channel.private and rules.may_read(member, occasion)
        text = rules.words(occasion, terms, private=private, timezone=wish.timezone)
        return [
            Notice(
                occasion=occasion.id,
                subject=occasion.subject,
                person=member.id,
                channel=wish.channel,
                text=text,
                link=self._telling.link(occasion, member.id),
                due_at=rules.due_at(occasion, wish, terms, member.holidays, now),
            )
        ]

    async def _bundle(self, waiting: frozenset[str], now: datetime) -> None:
        """Put what is due for one person by one channel in one message."""
        register, members = self._telling.register, {e.id: e for e in self._telling.members}
        due = await register.waiting(now)
        await register.drop([each for each in due if each.subject not in waiting])
        for (person, channel), told in _by_addressee(due, waiting).items():
            if person not in members:
                await register.drop(told)
                continue
            terms = self._terms(members[person], now)
            last = await register.last_made(person, channel)
            pause = timedelta(minutes=terms.pause_minutes)
            if last is None or not timedelta() <= now - last < pause:
                await register.bundle(rules.bundle(told, terms, now), told)

    def _terms(self, member: Member, now: datetime) -> NoticeTerms:
        return self._telling.terms.on(member.day_of(now)).terms


def _by_addressee(
    due: Sequence[Notice], waiting: frozenset[str]
) -> Mapping[tuple[str, str], list[Notice]]:
    """Return what still is to be done of what is due, by person and channel."""
    found: dict[tuple[str, str], list[Notice]] = {}
    for each in due:
        if each.subject in waiting:
            found.setdefault((each.person, each.channel), []).append(each)
    return found


def _first(waiting: Waiting) -> str:
    return f"{waiting.id}:{waiting.level}"


def _late(waiting: Waiting) -> str:
    return f"{waiting.id}:{waiting.level}:late"


def _stop(case: OpenException, work: str | None = None) -> Stop:
    said = set(Stop.__struct_fields__) - {"work"}
    return Stop(**{name: getattr(case, name) for name in said}, work=work)


def _caller(member: Member) -> Caller:
    """Return somebody as who they would call."""
    return Caller(
        subject=member.id,
        client_id=BY,
        scopes=member.scopes,
        roles=member.roles,
        entities=member.entities,
        units=member.units,
    )
