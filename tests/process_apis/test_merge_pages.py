"""Merges come page after page, each to those alone who see every ledger that has its clients."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from governance.access import Caller, acting_as
from governance.pages import NoSuchPage, cursor_at
from process_apis.client_matching.merges import (
    MERGES,
    ClientMerge,
    MergeBook,
    MergeState,
    Said,
)
from store.clock import wall_clock
from system_apis.cross_references import StoredReferences
from tests.process_apis.asked_store import Asked
from tests.stores import empty_store

STEWARD = Caller(subject="U-ST1", client_id="console", scopes=frozenset())
FIRST = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    """Open an empty store that writes down what it is asked."""
    store = empty_store(tmp_path / "strata.sqlite")
    with acting_as(STEWARD):
        yield Asked(store)
    store.close()


async def test_merges_come_in_the_order_they_were_asked_for_a_page_at_a_time(asked: Asked) -> None:
    """All of them, each once, those of one moment too; a page reads no more than itself."""
    wished = _in_order([await _wish(asked, number, "crm") for number in range(7)])
    asked.queries.clear()
    first, cursor = await _page(asked)
    read, looks = await asked.records(), len(asked.queries)
    second, following = await _page(asked, cursor)
    third, end = await _page(asked, following)

    assert [len(each) for each in (first, second, third)] == [3, 3, 1]
    assert [*first, *second, *third] == wished
    assert end is None
    assert (read, looks) == (4, 3)


async def test_a_merge_in_a_ledger_of_others_is_on_no_page_of_theirs(asked: Asked) -> None:
    """Wherever the two clients have a record, also since they became one; the page is whole."""
    kept = ["crm", "erp-de", "crm", "erp-de", "crm", "crm", "crm"]
    wished = [await _wish(asked, number, instance) for number, instance in enumerate(kept)]
    book = _book(asked)
    merged = await book.approve(wished[1].id, wished[1].asked)
    shown, cursor = await _page(asked, hidden=frozenset({"erp-de"}))
    rest, end = await _page(asked, cursor, hidden=frozenset({"erp-de"}))
    everything, _ = await _page(asked, most=7)

    assert [*shown, *rest] == _in_order([wished[0], wished[2], *wished[4:]])
    assert (len(shown), end) == (3, None)
    assert merged in everything


async def test_a_page_of_merges_begins_behind_no_other_lists_place(asked: Asked) -> None:
    """A cursor is of the list that gave it."""
    with pytest.raises(NoSuchPage):
        await _page(asked, cursor_at(MERGES.place((FIRST,))))


def _in_order(merges: Iterable[ClientMerge]) -> list[ClientMerge]:
    return sorted(merges, key=lambda each: (each.asked.at, each.id))


def _book(asked: Asked) -> MergeBook:
    return MergeBook(asked.store, asked.audit, wall_clock)


async def _page(
    asked: Asked, cursor: str | None = None, *, hidden: frozenset[str] = frozenset(), most: int = 3
) -> tuple[list[ClientMerge], str | None]:
    """Return a page for who does not see some systems."""
    return await _book(asked).page(lambda kept: not kept & hidden, cursor, most=most)


async def _wish(asked: Asked, number: int, instance: str) -> ClientMerge:
    """Ask for a merge of two clients, one of them in the CRM; two are asked for at a time."""
    survivor = await _client(asked, "crm", f"{number}a")
    merged = await _client(asked, instance, f"{number}b")
    return await _book(asked).ask(
        ClientMerge(
            id=f"mrg_{number * 3 % 7}",
            survivor_id=survivor,
            survivor_name="Contoso",
            merged_id=merged,
            merged_name="Contoso Ltd",
            legal_entity="NWA-US",
            state=MergeState.ASKED,
            asked=Said(by="U-FI1", at=FIRST + timedelta(days=number // 2), reason="one firm"),
            moved=await _book(asked).plan(survivor, merged),
        )
    )


async def _client(asked: Asked, instance: str, record: str) -> str:
    references = StoredReferences(asked.store, "erp", instance, wall_clock)
    return (await references.ids_of("client", [record]))[0]
