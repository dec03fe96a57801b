"""A client that was merged into another takes nobody in, however long ago that was asked for."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from governance.access import Caller, acting_as
from governance.audit import Audit
from process_apis.client_matching.merges import ClientMerge, MergeBook, MergeState, Said
from store.clock import wall_clock
from store.database import Store
from system_apis.client_merges import GroundMoved
from system_apis.cross_references import StoredReferences
from tests.stores import empty_store

STEWARD = Caller(subject="U-ST1", client_id="console", scopes=frozenset())
SAID = Said(by="U-ST1", at=datetime(2026, 11, 2, 12, tzinfo=UTC), reason="one firm")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open an empty store."""
    opened = empty_store(tmp_path / "strata.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def book(store: Store, tmp_path: Path) -> Iterator[MergeBook]:
    """Open the book of merges, with a steward at it."""
    with acting_as(STEWARD):
        yield MergeBook(store, Audit(store, wall_clock, tmp_path / "heads.jsonl"), wall_clock)


async def _client(store: Store, instance: str, record: str) -> str:
    references = StoredReferences(store, "erp", instance, wall_clock)
    return (await references.ids_of("client", [record]))[0]


async def _asked(book: MergeBook, merged: str, survivor: str) -> ClientMerge:
    return await book.ask(
        ClientMerge(
            id=f"mrg_{merged}_{survivor}",
            survivor_id=survivor,
            survivor_name="Contoso",
            merged_id=merged,
            merged_name="Contoso Ltd",
            legal_entity="NWA-US",
            state=MergeState.ASKED,
            asked=SAID,
            moved=await book.plan(survivor, merged),
        )
    )


async def test_a_client_that_was_merged_away_takes_nobody_in(store: Store, book: MergeBook) -> None:
    """A into B and B into C are asked at once; decided in the other order, A stays for itself.

    They have no system in common, so that what would move looks the same as before.
    """
    a, b = await _client(store, "erp-a", "1"), await _client(store, "crm", "2")
    c = await _client(store, "crm", "3")
    late, early = await _asked(book, a, b), await _asked(book, b, c)
    await book.approve(early.id, SAID)

    with pytest.raises(GroundMoved):
        await book.approve(late.id, SAID)

    assert await _client(store, "erp-a", "1") == a


async def test_a_merge_that_would_move_nothing_is_not_one(store: Store, book: MergeBook) -> None:
    """Two people ask at once for one client to go under two others; the second one says no more."""
    a, b, c = [await _client(store, "crm", record) for record in "123"]
    first = await _asked(book, a, b)
    await book.approve(first.id, SAID)
    empty = await _asked(book, a, c)

    with pytest.raises(GroundMoved):
        await book.approve(empty.id, SAID)
