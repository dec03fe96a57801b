"""However months are booked, closed, opened and corrected, the books say what was earned."""

import asyncio
import tempfile
from fractions import Fraction
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from msgspec.structs import replace

from governance.access import acting_as
from governance.audit import Audit
from process_apis.revenue.books.entries import RevenueLedger
from process_apis.revenue.books.periods import Periods
from process_apis.revenue.figures.standing import standing
from process_apis.revenue.records import REVENUE, EntryKind, RevenueEntry
from store.clock import wall_clock
from store.database import Store, metadata
from tests.process_apis.ledger_house import CALLER
from tests.process_apis.revenue_facts import NOW, fixed, judged, month_earned, usd
from tests.proof.seeds import from_each_seed, plays

MONTHS = ("2026-09", "2026-10", "2026-11", "2026-12")
STANDING = standing(judged(fixed()))
CENTS = st.integers(0, 300_000)


class Books(RuleBasedStateMachine):
    """One project of a company. The model knows what each month really earned by now."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name)
        self.store = Store(path / "strata.sqlite")
        metadata.create_all(self.store.engine)
        audit = Audit(self.store, wall_clock, path / "heads.jsonl")
        self.ledger = RevenueLedger(self.store, audit, lambda: NOW)
        self.periods = Periods(self.store, audit, lambda: NOW)
        self.loop = asyncio.Runner()
        self.earned = dict.fromkeys(MONTHS, 0)
        self.provided = dict.fromkeys(MONTHS, 0)
        self.closed: set[str] = set()
        self.seen: list[RevenueEntry] = []

    def teardown(self) -> None:
        """Put everything away."""
        self.loop.close()
        self.store.close()
        self.folder.cleanup()

    @rule(at=st.sampled_from(MONTHS), cents=CENTS, loss=CENTS)
    def happen(self, at: str, cents: int, loss: int) -> None:
        """Something happens in a month, or is found out about it later."""
        self.earned[at], self.provided[at] = cents, loss

    @rule(at=st.sampled_from(MONTHS))
    def recognize(self, at: str) -> None:
        """A month is booked, with those beside it that are open."""
        with acting_as(CALLER):
            months = self.loop.run(self.ledger.open_with("P-1", "US", at))
            for month in months:
                self._book(month)
        last = max((each.month for each in self.seen), default=at)
        if last not in self.closed:
            provision = frozenset({EntryKind.LOSS_PROVISION})
            assert self._sum(REVENUE) == self._until(last)
            assert self._sum(provision) == Fraction(self.provided[last], 100)

    @rule(at=st.sampled_from(MONTHS))
    def close(self, at: str) -> None:
        """A month is closed; what it holds stays."""
        with acting_as(CALLER):
            self.loop.run(self.periods.close("US", at, reason="done", by=CALLER))
        self.closed.add(at)

    @rule(at=st.sampled_from(MONTHS))
    def reopen(self, at: str) -> None:
        """Finance opens it again."""
        with acting_as(CALLER):
            self.loop.run(self.periods.reopen("US", at, reason="wrong", by=CALLER))
        self.closed.discard(at)

    def _book(self, month: str) -> None:
        before = MONTHS[: MONTHS.index(month)]
        meant = month_earned(
            self._cents(sum(self.earned[each] for each in (*before, month))),
            self._cents(sum(self.earned[each] for each in before)),
            month,
        )
        provision = usd(self._cents(self.provided[month]))
        meant = replace(meant, provision=provision, limit=usd("12000"))
        stood = replace(STANDING, month=month, legal_entity="US", recognized=meant.earned)
        self.loop.run(self.ledger.book(meant, stood))
        known = {each.id: each for each in self.seen}
        now = self.loop.run(self.ledger.of_project("P-1"))
        fresh = [each for each in now if each.id not in known]
        assert all(each == known.get(each.id, each) for each in now), "an entry was edited"
        assert len(now) == len(known) + len(fresh), "an entry is gone"
        assert not {each.month for each in fresh} & self.closed, "a closed month changed"
        self.seen = now

    def _until(self, month: str) -> Fraction:
        return Fraction(sum(self.earned[each] for each in MONTHS if each <= month), 100)

    def _sum(self, kinds: frozenset[EntryKind]) -> Fraction:
        amounts = (Fraction(each.amount.amount) for each in self.seen if each.kind in kinds)
        return sum(amounts, Fraction(0))

    def _cents(self, cents: int) -> str:
        return f"{cents // 100}.{cents % 100:02d}"


@from_each_seed
def test_the_books_say_what_was_earned(seed: int) -> None:
    """By entries that nobody edits, in months that are open, whatever comes in which order."""
    plays(Books, seed=seed, times=12, steps=25, pure=False)
