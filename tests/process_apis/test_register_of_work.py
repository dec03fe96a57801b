"""What is handed in is written down once, and goes its way also when a program ends between."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from governance.access import Caller, acting_as
from process_apis.engine import Process
from process_apis.errors import Conflict
from process_apis.events.time_and_expense import WorkHandedIn
from process_apis.time_and_expense.handing_in import HandingIn
from process_apis.time_and_expense.records import RowStatus, Wish
from process_apis.time_and_expense.register import Register
from tests.process_apis.working_facts import TUESDAY, handed_in, hours, spent
from tests.process_apis.workshop import Workshop
from tests.stories.people import until

ANA = Caller(subject="E1", client_id="phone", scopes=frozenset())


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    """A data directory with nothing in it."""
    made = Workshop(tmp_path)
    yield made
    made.close()


@pytest.fixture
def register(workshop: Workshop) -> Register:
    """A register with nothing in it."""
    return Register(workshop.store, workshop.audit)


async def test_what_was_taken_goes_on_after_its_program_ended_at_once(
    workshop: Workshop, register: Register
) -> None:
    """By the next look, and once however often it is looked."""
    row = await register.note(handed_in(hours()), by=ANA)
    await register.note(handed_in(hours("T-2", "1"), RowStatus.BLOCKED), by=ANA)
    seen: list[str] = []

    async def run(event: WorkHandedIn) -> None:
        seen.append(event.row_id)

    process = Process(name="work", on=WorkHandedIn, run=run, scopes=frozenset())
    async with workshop.engine(process) as engine:
        look = HandingIn(engine, register).look
        await look()
        await look()

        async def is_seen() -> bool:
            return bool(seen)

        await until(is_seen, "the row's run")

    assert seen == [row.id]
    assert await register.unstarted() == []


async def test_the_same_version_is_written_down_once_by_however_many(register: Register) -> None:
    """All are given the first."""
    row = handed_in(hours())
    later = replace(row, handed_in_by="integrator")

    written = await asyncio.gather(*(register.note(each, by=ANA) for each in (row, later, later)))

    assert len({each.handed_in_by for each in written}) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (hours("T-1"), hours("T-2")),
        (spent("X-1"), spent("X-2", receipt_hash=None)),
        (spent("X-1"), spent("X-2", "9.00", employee="E2", receipt_hash="sha256:X-1")),
    ],
)
async def test_two_that_say_the_same_at_one_moment_are_not_both_taken(
    register: Register, first: Wish, second: Wish
) -> None:
    """Neither was there when the other was judged; what is blocked may be written down."""
    await register.note(handed_in(first), by=ANA)
    with pytest.raises(Conflict, match="says the same"):
        await register.note(handed_in(second), by=ANA)
    blocked = await register.note(handed_in(second, RowStatus.BLOCKED), by=ANA)

    assert blocked.status is RowStatus.BLOCKED


async def test_what_was_decided_stays_decided(register: Register) -> None:
    """An answer that comes after another changes nothing."""
    row = await register.note(handed_in(hours()), by=ANA)
    with acting_as(ANA):
        rejected = await register.moved(replace(row, status=RowStatus.REJECTED), reason="no")
        late = await register.moved(replace(row, status=RowStatus.APPROVED), reason="yes")

    assert late == rejected
    assert (await register.get(row.id)).status is RowStatus.REJECTED


async def test_of_a_row_only_its_last_version_is_listed(register: Register) -> None:
    """Also where it is of an earlier day, or of one that nobody asks about."""
    await register.note_week([handed_in(hours())], by=ANA)
    moved = handed_in(hours(on=TUESDAY - timedelta(days=1), follows=1))
    await register.note_week([moved], by=ANA)
    ours = frozenset({"US"})

    assert await register.listed(entities=ours) == [moved]
    assert await register.listed(entities=ours, start=TUESDAY) == []


async def test_hours_that_are_approved_meanwhile_are_not_struck_out_unasked(
    register: Register,
) -> None:
    """Whoever judged that nobody need be asked did not know; both are struck out of one row."""
    row = await register.note(handed_in(hours()), by=ANA)
    struck = handed_in(hours(lasting="0", follows=1), RowStatus.STRUCK_OUT)
    with acting_as(ANA):
        await register.moved(replace(row, status=RowStatus.APPROVED), reason="yes")
    with pytest.raises(Conflict, match="was approved"):
        await register.note_week([struck], by=ANA)
    asked = replace(struck, status=RowStatus.SUBMITTED)
    [waiting] = await register.note_week([asked], by=ANA)

    assert waiting.status is RowStatus.SUBMITTED
    assert (await register.get(row.id, 1)).status is RowStatus.APPROVED


async def test_what_was_struck_out_may_be_handed_in_under_another_number(
    register: Register,
) -> None:
    """As long as it stands it may not, and two that are struck out are no doubles."""
    row = await register.note(handed_in(hours()), by=ANA)
    struck = handed_in(hours(lasting="0", follows=1))
    with acting_as(ANA):
        await register.moved(replace(row, status=RowStatus.APPROVED), reason="yes")
        [asked] = await register.note_week([struck], by=ANA)
        with pytest.raises(Conflict, match="says the same"):
            await register.note(handed_in(hours("T-2")), by=ANA)
        await register.moved(replace(asked, status=RowStatus.APPROVED), reason="yes")
    other = await register.note(handed_in(hours("T-2")), by=ANA)
    [also] = await register.note_week([handed_in(hours("T-2", "0", follows=1))], by=ANA)

    assert [other.status, also.status] == [RowStatus.SUBMITTED] * 2
