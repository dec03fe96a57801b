"""Findings are asked of the store by whom they are for: what is for others is not even read."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from governance.access import Caller, acting_as
from process_apis.adoption.findings import Findings, listing_of
from process_apis.adoption.records import Finding, FindingKind, FindingStatus
from process_apis.engagements import Engagements
from process_apis.lists import Lists
from tests.process_apis.asked_store import Asked
from tests.process_apis.billing_facts import id_of
from tests.stores import empty_store

FINANCE = Caller(
    subject="U-FI1",
    client_id="console",
    scopes=frozenset(),
    entities=frozenset({"US", "DE"}),
    roles=frozenset({"finance"}),
)
OPERATOR = replace(FINANCE, subject="U-OP1", roles=frozenset({"operator"}))
CLOSED = [FindingStatus.CLOSED]


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    """Open an empty store that writes down what it is asked."""
    store = empty_store(tmp_path / "strata.sqlite")
    yield Asked(store)
    store.close()


async def test_of_years_of_closed_findings_only_ones_own_are_read(asked: Asked) -> None:
    """Of sixty, twelve are for finance: a page of five reads its own of each company."""
    for number in range(60):
        await _closed(asked, _finding(number, "finance" if not number % 5 else "project_manager"))
    asked.queries.clear()
    shown, cursor = await _page(asked, FINANCE)
    read = await asked.records()
    further, _ = await _page(asked, FINANCE, cursor)
    everything, _ = await _page(asked, OPERATOR)

    assert [each.id for each in (*shown, *further)] == _ids(range(0, 50, 5))
    assert [each.id for each in everything] == _ids(range(5))
    assert read == 12


async def test_the_worklist_is_asked_for_what_is_open_and_ones_own(asked: Asked) -> None:
    """What is for another role, in another company or closed is not read."""
    findings = Findings(asked.store, asked.audit)
    mine = _finding(1, "finance")
    with acting_as(FINANCE):
        await findings.seen(mine)
        await findings.seen(_finding(2, "project_manager"))
        await findings.seen(replace(_finding(3, "finance"), legal_entity="UK"))
    await _closed(asked, _finding(4, "finance"))
    asked.queries.clear()

    assert await findings.listed(FINANCE) == [mine]
    assert await asked.records() == 1
    assert [each.id for each in await findings.listed(OPERATOR)] == _ids([1, 2])


async def _closed(asked: Asked, finding: Finding) -> None:
    findings = Findings(asked.store, asked.audit)
    with acting_as(FINANCE):
        await findings.seen(finding)
        await findings.close(finding.id, reason="it is gone from the books")


async def _page(
    asked: Asked, caller: Caller, cursor: str | None = None
) -> tuple[list[Finding], str | None]:
    lists = Lists(asked.store, Engagements(asked.store, asked.audit))
    with acting_as(caller):
        return await lists.page(listing_of(caller, CLOSED), cursor, most=5)


def _ids(numbers: Iterable[int]) -> list[str]:
    return [id_of("fnd", each) for each in numbers]


def _finding(number: int, role: str) -> Finding:
    """Return a finding of its own day, of one company or the other."""
    return Finding(
        id=id_of("fnd", number),
        kind=FindingKind.PROJECT,
        instance="psa",
        record_id=id_of("prj", number),
        number=f"P-{number}",
        legal_entity="DE" if number % 2 else "US",
        project_number=f"P-{number}",
        contract_number=None,
        role=role,
        remedy="adopt it",
        seen_version=1,
        found_at=datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=number),
    )
