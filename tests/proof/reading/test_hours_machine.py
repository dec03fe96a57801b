"""However a feed tells of hours, the read model ends with what a building from nothing has."""

import asyncio
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace
from sqlalchemy import Connection

from process_apis.read_models import rules
from process_apis.read_models.hours import Span, WorkedLine
from system_apis.canonical.time import EntryStatus
from system_apis.errors import SystemFailure
from tests.proof.reading.hours_world import FIRST, PSA, HoursPsa, Modelled, hours, rebuilt
from tests.proof.seeds import from_each_seed, plays

LASTING = st.sampled_from(["8", "0.25", "7.3", "0.3333333333333333333333333333"])
NUMBERS, DAYS = st.integers(1, 6), st.integers(0, 45)
SPANS = [
    Span(FIRST, FIRST + timedelta(days=45)),
    Span(FIRST + timedelta(days=3), FIRST.replace(month=10, day=31)),
]


class Died(Exception):
    """The process ends in the middle of a unit of work."""


class HoursMachine(RuleBasedStateMachine):
    """A PSA whose hours change, a feed that tells of it as it likes, and processes that die."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.psa = HoursPsa()
        self.model = Modelled(Path(self.folder.name) / "model.db", self.psa)
        self.told = 0

    @rule(
        number=NUMBERS,
        on=DAYS,
        lasting=LASTING,
        by=st.sampled_from(["E1", "E2"]),
        billable=st.booleans(),
        status=st.sampled_from(EntryStatus),
    )
    def write(
        self, number: int, on: int, lasting: str, by: str, billable: bool, status: EntryStatus
    ) -> None:
        """An entry is written, or written anew: on another day, by another, decided otherwise."""
        self.psa.put(hours(number, lasting, on=on, by=by, billable=billable, status=status))

    @rule(number=NUMBERS)
    def reverse(self, number: int) -> None:
        """An entry is taken back."""
        there = self.psa.entries.get(f"te_{number}")
        if there is not None and there.hours > 0:
            self.psa.put(replace(there, id=f"te_{number}0", hours=-there.hours, adjusts=there.id))

    @rule(number=st.sampled_from([*range(1, 7), *range(10, 70, 10)]))
    def delete(self, number: int) -> None:
        """An entry goes, or what took it back."""
        if f"te_{number}" in self.psa.entries:
            self.psa.delete(f"te_{number}")

    @rule(most=st.integers(1, 4))
    def read(self, most: int) -> None:
        """The next page of the feed is read."""
        page = self.psa.feed[self.told : self.told + most]
        asyncio.run(self.model.tell(*page))
        self.told += len(page)

    @precondition(lambda self: self.told)
    @rule(draw=st.data())
    def read_again(self, draw: st.DataObject) -> None:
        """Lines that were told come again, in any order."""
        lines = draw.draw(st.lists(st.sampled_from(self.psa.feed[: self.told]), max_size=4))
        asyncio.run(self.model.tell(*lines))

    @rule(number=NUMBERS, version=st.integers(1, 3))
    def hear_of_an_older_one(self, number: int, version: int) -> None:
        """What a record was comes later than what it is."""
        there = self.psa.entries.get(f"te_{number}")
        if there is None or version >= there.version:
            return
        was = rules.kept(replace(there, version=version, billable=not there.billable))
        known = self.model.store.read_waiting(
            lambda connection: self.model.shelf().newer_than(connection, {was.id: version})
        )
        if known:
            self.model.store.write_waiting(
                lambda connection: self.model.shelf(self.generation()).apply(connection, [was])
            )

    @rule(most=st.integers(1, 4))
    def die_while_reading(self, most: int) -> None:
        """The process ends within a unit of work; the page is read again by the next."""
        page = self.psa.feed[self.told : self.told + most]
        entries = [
            rules.kept(self.psa.entries[each.id]) for each in page if each.id in self.psa.entries
        ]

        def work(connection: Connection) -> None:
            self.model.shelf(self.generation()).apply(connection, entries)
            raise Died

        try:
            self.model.store.write_waiting(work)
        except Died:
            self.model.begin()

    @rule(pages=st.integers(0, 3))
    def build(self, pages: int) -> None:
        """A model is built anew; its system goes away after some pages, and the process ends."""
        asyncio.run(self.model.ask())
        self.psa.answers_left = pages
        try:
            asyncio.run(self.model.models.building.whole())
        except SystemFailure:
            self.model.begin()
        finally:
            self.psa.answers_left = None

    @rule()
    def build_to_the_end(self) -> None:
        """A model is built anew."""
        asyncio.run(self.model.ask())
        asyncio.run(self.model.models.building.whole())

    @invariant()
    def has_no_sum_of_nothing(self) -> None:
        """Each sum is of entries that are there."""
        _, sums = asyncio.run(self.model.kept())
        assert all(entries > 0 for *_, entries in sums)  # type: ignore[misc]  # rows of a table

    def generation(self) -> int:
        """Return which generation is read."""
        return asyncio.run(self.model.models.states.of(PSA)).generation

    def teardown(self) -> None:
        """Read the rest of the feed: then all is as if it were built from nothing."""
        asyncio.run(self.model.tell(*self.psa.feed[self.told :]))
        kept = asyncio.run(self.model.kept())
        anew = asyncio.run(rebuilt(Path(self.folder.name) / "anew.db", self.psa))
        worked = [asyncio.run(self.model.worked(each)) for each in SPANS]
        really = [self.model.really_worked(each) for each in SPANS]
        self.model.store.close()
        self.folder.cleanup()
        assert kept == anew
        assert [_rounded(each) for each in worked] == [_rounded(each) for each in really]


def _rounded(lines: list[WorkedLine]) -> list[WorkedLine]:
    """Return hours as near as thirds of them can be told in decimals."""
    return [replace(each, hours=round(each.hours, 9)) for each in lines]


@from_each_seed
def test_any_telling_ends_as_a_building_from_nothing(seed: int) -> None:
    """Pages in any order, again, too late, deletions, and processes that die in between."""
    plays(HoursMachine, seed=seed, times=6, steps=20, pure=False)
