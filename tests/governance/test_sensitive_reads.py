"""Who was shown what is sensitive is on record before it is shown."""

import asyncio
import time

import pytest
from sqlalchemy import Connection, event

from governance.access import acting_as
from governance.audit import Audit
from governance.audit_chain.reading import Question
from governance.sensitive_reads import NotRecorded, SensitiveReads
from store.database import Store
from tests.governance.audited import CALLER, entry


class Commits:
    """Counts the units of work that a store commits."""

    def __init__(self, store: Store) -> None:
        self.count = 0
        event.listen(store.engine, "commit", self._note)

    def _note(self, _: Connection) -> None:
        self.count += 1


@pytest.fixture
def reads(chain: Audit, store: Store) -> SensitiveReads:
    """Put reads on record in the audit."""
    return SensitiveReads(chain, store, at_most=50, within=30)


async def _read(reads: SensitiveReads, number: int) -> None:
    with acting_as(CALLER):
        await reads.record(
            "hr.cost_rates", f"employee_number=E-{number}", legal_entity="NWA-US", records=3
        )


async def test_a_read_is_written_before_it_returns(reads: SensitiveReads, chain: Audit) -> None:
    """Nothing that a crash could lose was shown."""
    await _read(reads, 1)

    [written] = await chain.records()

    assert (written.action, written.subject, written.reason) == (
        "read.hr.cost_rates",
        "employee_number=E-1",
        "3 records",
    )


async def test_reads_that_come_together_are_each_on_record_and_share_their_writes(
    reads: SensitiveReads, chain: Audit, store: Store
) -> None:
    """Fifty at once are two units of work at most."""
    commits = Commits(store)

    await asyncio.gather(*(_read(reads, number) for number in range(50)))

    records = await chain.records()
    assert {one.subject for one in records} == {f"employee_number=E-{n}" for n in range(50)}
    assert commits.count <= 2


async def test_no_more_reads_wait_than_they_may(reads: SensitiveReads) -> None:
    """The one too many is refused, and may be tried again."""
    done = await asyncio.gather(
        *(_read(reads, number) for number in range(51)), return_exceptions=True
    )

    refused = [each for each in done if each is not None]
    assert [type(each) for each in refused] == [NotRecorded]


async def test_a_read_waits_no_longer_than_it_may(chain: Audit, store: Store) -> None:
    """While the database is busy for others, what is sensitive is not shown."""
    reads = SensitiveReads(chain, store, within=0.2)
    busy = asyncio.create_task(store.write(lambda _: time.sleep(1)))

    with pytest.raises(NotRecorded):
        await _read(reads, 1)

    await busy


async def test_reads_go_on_when_the_audit_does(
    reads: SensitiveReads, chain: Audit, store: Store
) -> None:
    """A failure refuses those reads that it kept off the record, and no later one."""
    await store.write(lambda one: one.exec_driver_sql("ALTER TABLE audit RENAME TO gone"))
    with pytest.raises(NotRecorded):
        await _read(reads, 1)
    await store.write(lambda one: one.exec_driver_sql("ALTER TABLE gone RENAME TO audit"))

    await _read(reads, 2)

    assert [one.subject for one in await chain.records()] == ["employee_number=E-2"]


async def test_to_look_at_the_audit_is_on_record(reads: SensitiveReads, chain: Audit) -> None:
    """What was asked for, and how many entries were shown."""
    await chain.record(entry("INV-1"))
    await chain.record(entry("INV-1", "invoice.posted"))
    with acting_as(CALLER):
        shown, more = await reads.of_audit(Question(subject="INV-1"), page=1)

    *_, look = await chain.records()

    assert ([one.sequence for one in shown], more) == ([1], True)
    assert (look.action, look.subject, look.reason) == (
        "read.governance.audit",
        "subject=INV-1",
        "1 record",
    )
