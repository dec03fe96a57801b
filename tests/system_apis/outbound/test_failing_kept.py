"""What fails is known again after a restart, and costs no write when nothing changed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from governance.access import Caller, acting_as
from store.database import Store
from system_apis.errors import FailureKind, SystemFailure, TryAgain, Unreadable
from system_apis.failing import QUIET, Failures, Place
from system_apis.failing_kept import KeptFailures
from tests.stores import empty_store

MORNING = datetime(2026, 11, 27, 9, tzinfo=UTC)
POST = Place("erp", "erp-a", "/system/erp/v1", "post_invoice")
LOOK = Place("erp", "erp-a", "/system/erp/v1", "changes")
BOOKS = Caller(subject="U-1", client_id="books", scopes=frozenset())


class Firm:
    """Processes that follow one another on one store, and a clock that a test moves."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.now = MORNING
        self.away, self.failure = True, TryAgain("erp", "HTTP 503")

    async def begin(self) -> KeptFailures:
        """Begin a process, which knows what the one before kept."""
        self.store: Store = empty_store(self._path)
        kept = KeptFailures(self.store, Failures(lambda: self.now))
        await kept.recall()
        return kept

    async def call(self, kept: KeptFailures, place: Place = POST) -> None:
        """Ask the ERP for something."""

        async def asked() -> None:
            if self.away:
                raise self.failure

        with acting_as(BOOKS):
            try:
                await kept.failures.watched(place, asked)()
            except SystemFailure:
                self.now += timedelta(seconds=1)


@pytest.fixture
def firm(tmp_path: Path) -> Firm:
    return Firm(tmp_path / "strata.sqlite")


async def test_what_failed_whom_since_when_is_known_after_a_restart(firm: Firm) -> None:
    """The count goes on, and so does the system's last answer."""
    first = await firm.begin()
    firm.away = False
    await firm.call(first, LOOK)
    firm.away = True
    for _ in range(3):
        await firm.call(first)
    await first.keep()
    firm.store.close()
    second = await firm.begin()
    before, after = first.failures.listed(), second.failures.listed()
    await firm.call(second)
    [now] = second.failures.listed()
    firm.store.close()

    assert after == before
    assert before[0].ways == {FailureKind.UNKNOWN: 3}
    assert second.failures.ways("erp-a") == [(FailureKind.UNKNOWN, 4)]
    assert (now.since, now.failures, now.callers) == (MORNING, 4, {"books"})
    assert second.failures.answered_at("erp-a") == MORNING


async def test_what_works_again_or_was_not_called_for_long_is_forgotten(firm: Firm) -> None:
    """Nobody is sent after what is mended."""
    first = await firm.begin()
    await firm.call(first)
    await firm.call(first, LOOK)
    await first.keep()
    firm.away = False
    await firm.call(first)
    await first.keep()
    firm.store.close()
    second = await firm.begin()
    left = [each.place for each in second.failures.listed()]
    firm.now += QUIET
    await second.keep()
    firm.store.close()
    third = await firm.begin()
    firm.now = MORNING
    firm.store.close()

    assert left == [LOOK]
    assert third.failures.listed() == []


async def test_what_did_not_change_is_not_written(firm: Firm) -> None:
    """However many calls fail, they are one write of a round."""
    kept = await firm.begin()
    written: list[str] = []
    event.listen(
        firm.store.engine,
        "before_cursor_execute",
        lambda *told: written.append(told[2]) if told[2].startswith("INSERT") else None,
    )
    for _ in range(100):
        await firm.call(kept)
    await kept.keep()
    await kept.keep()
    firm.store.close()

    assert len(written) == 1


async def test_a_process_that_is_cut_off_while_it_writes_leaves_what_was_known(
    firm: Firm,
) -> None:
    """What is kept is replaced in one piece."""
    first = await firm.begin()
    await firm.call(first)
    await first.keep()
    [before] = first.failures.listed()
    await firm.call(first)

    def cut(*told: object) -> None:
        if str(told[2]).startswith("INSERT"):
            raise RuntimeError("cut off")

    event.listen(firm.store.engine, "before_cursor_execute", cut)
    with pytest.raises(RuntimeError, match="cut off"):
        await first.keep()
    firm.store.close()
    second = await firm.begin()
    firm.store.close()

    assert second.failures.listed() == [before]


async def test_only_what_is_new_is_asked_to_be_written_at_once(firm: Firm) -> None:
    """What fails, and each way in which it does; not each time, nor what comes and goes."""
    kept = await firm.begin()
    asked: list[datetime] = []
    kept.when_new(lambda: asked.append(firm.now))
    await firm.call(kept)
    await kept.keep()
    await firm.call(kept)
    firm.away = False
    await firm.call(kept)
    firm.away = True
    await firm.call(kept)
    known = len(asked)
    firm.failure = Unreadable("erp", "a word")
    await firm.call(kept)
    await firm.call(kept, LOOK)
    firm.store.close()

    assert known == 1
    assert len(asked) == 3
