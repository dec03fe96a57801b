"""A record has one id of ours, whoever meets it and however often."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.database import Store
from system_apis.cross_references import StoredReferences
from system_apis.errors import NotFound, Refused
from system_apis.known_records import PREFIXES, Match, MatchMethod, holders, mint
from tests.stores import empty_store

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
BY_A_PERSON = Match(method=MatchMethod.MANUAL, verified_by="e-12")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open an empty store."""
    opened = empty_store(tmp_path / "strata.db")
    yield opened
    opened.close()


def _references(store: Store, instance: str = "crm") -> StoredReferences:
    return StoredReferences(store, "crm", instance, lambda: NOW)


@pytest.mark.parametrize("record_type", sorted(PREFIXES))
def test_an_id_has_the_shape_that_the_canonical_model_promises(record_type: str) -> None:
    """Ids are opaque, with a prefix of two to four letters."""
    minted = mint("crm", record_type, "001A01")

    assert re.fullmatch(r"[a-z]{2,4}_[0-9A-HJKMNP-TV-Z]{26}", minted)
    assert minted.startswith(PREFIXES[record_type] + "_")


async def test_two_processes_that_meet_a_record_at_once_give_it_the_same_id(store: Store) -> None:
    """An id follows from the record, and is written once."""
    one, other = await asyncio.gather(
        _references(store).ids_of("client", ["1", "2"]),
        _references(store).ids_of("client", ["2", "1"]),
    )

    assert one == other[::-1]
    assert len(await holders(store, one[0])) == 1


async def test_the_same_number_elsewhere_is_another_record(store: Store) -> None:
    """Instance and record type are part of what a record is."""
    [crm] = await _references(store, "crm").ids_of("client", ["1"])
    [erp] = await _references(store, "erp-a").ids_of("client", ["1"])
    [deal] = await _references(store, "crm").ids_of("opportunity", ["1"])

    assert len({crm, erp, deal}) == 3


async def test_a_record_is_found_by_the_id_it_was_given(store: Store) -> None:
    """What was read once can be asked for again, after a restart too."""
    [ours] = await _references(store).ids_of("client", ["001A01"])

    record = await _references(store).record_of("client", ours)

    assert record == "001A01"


async def test_an_id_that_was_never_given_is_not_found(store: Store) -> None:
    """Guessing ids leads nowhere."""
    with pytest.raises(NotFound):
        await _references(store).record_of("client", mint("crm", "client", "1"))


async def test_ids_come_back_in_the_order_asked_and_doubles_are_fine(store: Store) -> None:
    """A page of records keeps its order."""
    references = _references(store)
    numbers = [str(number) for number in range(1_200)]

    ids = await references.ids_of("time_entry", [*numbers, "7"])

    assert ids[:1_200] == [mint("crm", "time_entry", number) for number in numbers]
    assert ids[-1] == ids[7]


async def test_two_systems_records_of_one_client_share_an_id(store: Store) -> None:
    """A link says that the ERP's customer is the CRM's account."""
    crm, erp = _references(store, "crm"), _references(store, "erp-a")
    [client] = await crm.ids_of("client", ["001A01"])
    [before] = await erp.ids_of("client", ["CUST-1001"])

    await erp.link(client, "client", "CUST-1001", BY_A_PERSON)

    assert await erp.ids_of("client", ["CUST-1001"]) == [client]
    assert await erp.record_of("client", client) == "CUST-1001"
    assert await crm.record_of("client", client) == "001A01"
    assert await erp.record_of("client", before) == "CUST-1001"
    assert [held.instance for held in await holders(store, client)] == ["crm", "erp-a"]


async def test_a_link_that_is_told_twice_is_one_link(store: Store) -> None:
    """Linking is idempotent."""
    crm, erp = _references(store, "crm"), _references(store, "erp-a")
    [client] = await crm.ids_of("client", ["001A01"])

    for _ in range(2):
        await erp.link(client, "client", "CUST-1001", BY_A_PERSON)

    assert len(await holders(store, client)) == 2


async def test_an_id_never_stands_for_two_records_of_one_system(store: Store) -> None:
    """A second customer under the same id needs a person."""
    erp = _references(store, "erp-a")
    [client] = await erp.ids_of("client", ["CUST-1001"])

    with pytest.raises(Refused) as refused:
        await erp.link(client, "client", "CUST-1002", BY_A_PERSON)

    assert refused.value.code == "ALREADY_LINKED"


async def test_a_wrong_link_is_taken_back_and_leads_nowhere(store: Store) -> None:
    """Unlinking gives the record its own id again; nothing is deleted."""
    crm, erp = _references(store, "crm"), _references(store, "erp-a")
    [client] = await crm.ids_of("client", ["001A01"])
    [before] = await erp.ids_of("client", ["CUST-1001"])
    await erp.link(client, "client", "CUST-1001", BY_A_PERSON)

    own = await erp.unlink(client, "client", "CUST-1001")

    assert own == before
    assert await erp.ids_of("client", ["CUST-1001"]) == [before]
    with pytest.raises(NotFound):
        await erp.record_of("client", client)
    assert len(await holders(store, client)) == 2
