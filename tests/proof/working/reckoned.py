"""What becomes of people's hours, reckoned in fractions from the words of the handbook, 3(c).

Nothing of the product is used here. The company is German: ten hours a day at most, no Sundays.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

ZERO = Fraction(0)
LAWFUL, LONG, USUAL_DAY = Fraction(10), Fraction(12), Fraction(8)
BLOCKED, HELD, SUBMITTED, APPROVED, REJECTED, STRUCK_OUT = (
    "blocked",
    "held",
    "submitted",
    "approved",
    "rejected",
    "struck_out",
)
WAITING = {HELD, SUBMITTED}


# Who leads whom: a manager's manager is asked when the manager does not answer.
LEADS = {"E201": "U-LM2", "E202": "U-LM1", "C901": "U-LM1", "U-LM1": "U-LM2"}
# Nobody works on Saturday; a day of business is from nine to five, and it is always three.
SATURDAY, BEFORE, AFTER, WHOLE = 6, Fraction(6), Fraction(2), Fraction(8)


class Said(NamedTuple):
    """Hours as a person says them."""

    who: str
    day: date
    hours: Fraction
    task: str
    notes: str


class Version(NamedTuple):
    """What was said, what is wrong with it, how it stands, and who is asked about it since when.

    `by_finance` tells that finance handed it in, `reached` how far its question has gone on.
    """

    said: Said
    wrong: frozenset[str]
    status: str
    asked: str | None
    struck: bool = False
    since: date | None = None
    by_finance: bool = False
    reached: int = 0


class StandsIn(NamedTuple):
    """Somebody who decides for the project manager, from a day to another."""

    delegate: str
    first: date
    last: date


class Month:
    """The hours of a month: every version of every number, and what those who pay were told."""

    def __init__(self, booked: Mapping[str, Fraction]) -> None:
        self.booked = booked
        self.claims: dict[str, list[Version]] = {}
        self.stand_ins: list[StandsIn] = []
        self.told: dict[tuple[str, str], Fraction] = {}

    def judged(self, number: str, said: Said, today: date, *, finance: bool) -> Version:
        """Return a version as it is handed in today."""
        block, hold = self._wrong(number, said, today, finance=finance)
        return self._routed(said, block, hold, today, finance=finance)

    def taken_away(self, number: str) -> Said | None:
        """Return what there is to strike out: the hours that were approved, or those that wait."""
        versions = self.claims[number]
        stood = self._stood(versions)
        waits = versions[-1].said if versions[-1].status in WAITING else None
        return stood or waits

    def struck_out(self, number: str, said: Said, today: date) -> Version:
        """Return hours of nothing as they are handed in today in the place of others.

        What is taken away is no work: it is only asked whether its month still takes anything.
        What nobody has approved goes without a question.
        """
        if self.taken_away(number) is None:
            return self.judged(number, said, today, finance=False)
        closed = today > _takes_until(said.day, finance=False)
        stale = (today - said.day).days > 14
        late = {"T05"}
        found = self._routed(
            said, late if closed else set(), late if stale and not closed else set(), today
        )
        if found.status in WAITING and self._stood(self.claims[number]) is None:
            return found._replace(status=STRUCK_OUT, asked=None)
        return found

    def take(self, number: str, version: Version) -> None:
        """Write a version down: one that waited for an answer is taken back."""
        versions = self.claims.setdefault(number, [])
        if versions and versions[-1].status in WAITING:
            versions[-1] = versions[-1]._replace(status=REJECTED, asked=None)
        versions.append(version)

    def decide(self, number: str, *, approved: bool) -> None:
        """Decide about the last version; what was approved before it is struck out."""
        versions = self.claims[number]
        if approved:
            earlier = [each._replace(struck=each.status == APPROVED) for each in versions[:-1]]
            versions[:-1] = earlier
        status = APPROVED if approved else REJECTED
        versions[-1] = versions[-1]._replace(status=status, asked=None)

    def in_books(self) -> dict[str, tuple[Fraction, str]]:
        """Return what the time system holds: a struck entry has one of as much below nothing."""
        found: dict[str, tuple[Fraction, str]] = {}
        for number, versions in self.claims.items():
            for at, each in enumerate(versions, start=1):
                reference = number if at == 1 else f"{number}/{at}"
                if each.status != BLOCKED and each.said.hours:
                    found[reference] = (each.said.hours, each.status)
                if each.struck and each.said.hours:
                    found[f"{reference}-R"] = (-each.said.hours, APPROVED)
        return found

    def asked(self) -> dict[str, set[str]]:
        """Return which numbers each person is asked about."""
        found: dict[str, set[str]] = {}
        for number, versions in self.claims.items():
            if (person := versions[-1].asked) is not None:
                found.setdefault(person, set()).add(number)
        return found

    def pay(self) -> None:
        """Those who pay hear of the month as it is approved by now."""
        days: dict[tuple[str, date], Fraction] = {}
        for versions in self.claims.values():
            for each in versions:
                if each.status == APPROVED and not each.struck:
                    at = (each.said.who, each.said.day)
                    days[at] = days.get(at, ZERO) + each.said.hours
        self.told = {}
        for (who, _), hours in days.items():
            own = {"REGULAR": min(hours, USUAL_DAY), "OVERTIME": max(ZERO, hours - USUAL_DAY)}
            for code, part in ({"": hours} if who.startswith("C") else own).items():
                self.told[who, code] = self.told.get((who, code), ZERO) + part

    def look(self, today: date) -> None:
        """Who has waited long enough is asked elsewhere: about hours, within 24 of business."""
        for versions in self.claims.values():
            versions[-1] = gone_on(versions[-1], today, Fraction(24))

    def _routed(
        self, said: Said, block: set[str], hold: set[str], today: date, *, finance: bool = False
    ) -> Version:
        status = BLOCKED if block else HELD if hold else SUBMITTED
        asked = None if block else LEADS[said.who] if hold else self._manager(today)
        return Version(
            said, frozenset(block | hold), status, asked, since=today, by_finance=finance
        )

    def _stood(self, versions: list[Version]) -> Said | None:
        """Return the hours of a number that were approved and count, if any do."""
        agreed = [each.said for each in versions if each.status == APPROVED]
        return agreed[-1] if agreed and agreed[-1].hours else None

    def _wrong(
        self, number: str, said: Said, today: date, *, finance: bool
    ) -> tuple[set[str], set[str]]:
        """Return what keeps hours out, and what somebody must judge."""
        others = list(self._others(number, said.who))
        beside = [each for each in others if each.day == said.day]
        day = sum((each.hours for each in beside), said.hours)
        tells = {
            "T01": said.hours <= 0 or day > 24,
            "T02": day > LAWFUL,
            "T04": said.day.isoweekday() == 7,
            "T05": today > _takes_until(said.day, finance=finance),
            "T06": said.day > today,
            "T07": any(_alike(each, said) and each.notes == said.notes for each in beside),
        }
        held = {
            "T05": (today - said.day).days > 14,
            "T07": day > USUAL_DAY and any(_alike(each, said) for each in beside),
            "T09": sum((each.hours for each in others), said.hours)
            > self.booked[said.who] * Fraction(6, 5),
        }
        block = {code for code, is_so in tells.items() if is_so}
        return block, {code for code, is_so in held.items() if is_so} - block

    def _others(self, number: str, who: str) -> Iterator[Said]:
        """Yield a person's hours under other numbers: the version of each that stands."""
        for other, versions in self.claims.items():
            standing = [e for e in versions if e.status in {*WAITING, APPROVED} and not e.struck]
            if other != number and standing and standing[-1].said.who == who:
                yield standing[-1].said

    def _manager(self, today: date) -> str:
        """Return the project manager, or who was first told to decide instead of them."""
        told = [e.delegate for e in self.stand_ins if e.first <= today <= e.last]
        return told[0] if told else "U-PM2"


def gone_on(version: Version, today: date, within: Fraction) -> Version:
    """Return a version whose question may have gone on: at all of its time, and at twice that."""
    if version.asked is None or version.since is None:
        return version
    share = business_hours(version.since, today) / within
    reached = 3 if share >= 2 else 2 if share >= 1 else 1 if share >= Fraction(1, 2) else 0
    if reached <= version.reached:
        return version
    asked: str | None = version.asked
    if reached == 2:
        asked = LEADS.get(LEADS[version.said.who]) or asked
    elif reached == 3:
        # Who handed it in may not decide about it, and finance is one person here.
        asked = None if version.by_finance else "U-FI1"
    return version._replace(asked=asked, reached=reached)


def business_hours(since: date, today: date) -> Fraction:
    """Return the hours of business from three o'clock of a day to three o'clock of another."""
    days = (since + timedelta(days=at) for at in range((today - since).days + 1))
    working = [each for each in days if each.isoweekday() < SATURDAY]
    total = WHOLE * len(working)
    if since in working:
        total -= BEFORE
    if today in working:
        total -= AFTER
    return total


def _alike(one: Said, other: Said) -> bool:
    return (one.task, one.hours) == (other.task, other.hours)


def _takes_until(day: date, *, finance: bool) -> date:
    """Return the last day on which a day's hours are taken: the third of the next month."""
    following = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
    return following + timedelta(days=4 if finance else 2)
