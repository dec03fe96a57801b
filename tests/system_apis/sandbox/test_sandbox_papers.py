"""The sandbox contract system keeps papers as a stranger would: by hash, by number, in time."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from system_apis.canonical.changes import (
    ChangeDeltas,
    ChangeReason,
    ChangeRequestDraft,
    ChangeStatus,
    ChangeStep,
)
from system_apis.canonical.contracts import ClientOrderDraft
from system_apis.canonical.money import Money
from system_apis.contracts.interface import Contracts
from system_apis.errors import Refused, SystemFailure
from tests.system_apis.sandbox.house import NORTHWIND, House, house_of
from tests.system_apis.sandbox.other_firm import write_other_firm
from tests.system_apis.sandbox.papers import (
    CERTIFICATE,
    change_draft,
    contract_of,
    evidence_draft,
    file_certificate,
    order_draft,
)

MID_MONTH = datetime(2026, 10, 20, 12, tzinfo=UTC)
Write = Callable[[Contracts], Awaitable[object]]


@pytest.fixture
async def mid_month(tmp_path: Path) -> AsyncIterator[House]:
    """Run Northwind's systems before its certificate and its order have come."""
    async with house_of(NORTHWIND, tmp_path, begins=MID_MONTH) as opened:
        yield opened


async def test_what_was_filed_stays_when_the_firms_own_papers_arrive(mid_month: House) -> None:
    """A fact that comes later lays itself over nothing that somebody filed before."""
    contracts = mid_month.contracts()
    fixed, hourly = await contract_of(contracts), await contract_of(contracts, "CT-1001")
    await file_certificate(contracts, fixed)
    early = structs.replace(evidence_draft(), accepted_at=MID_MONTH)
    await contracts.file_evidence(fixed.id, early, key="e")
    await contracts.record_purchase_order(hourly.id, order_draft(currency="USD"), key="o")
    await mid_month.at("2026-10-31T23:59:59Z")
    fixed, hourly = await contracts.contract(fixed.id), await contracts.contract(hourly.id)

    assert [each.evidence is not None for each in fixed.milestones] == [True, True, False]
    assert [each.number for each in hourly.purchase_orders] == ["PO-1", "PO-77812"]


async def test_a_service_report_shows_when_it_was_made(mid_month: House) -> None:
    """Before that nobody knows whether the month was well served."""
    contracts = mid_month.contracts()
    before = (await contracts.service_level_reports()).items
    await mid_month.at("2026-10-30T09:00:01Z")

    assert before == []
    assert len((await contracts.service_level_reports()).items) == 1


async def test_content_that_was_altered_in_the_store_is_refused(
    house: House, tmp_path: Path
) -> None:
    """A document that no longer says what was filed is not given out."""
    contracts = house.contracts()
    filed = await file_certificate(contracts, await contract_of(contracts))
    forged = msgspec.json.encode(CERTIFICATE.replace(b"accepts", b"rejects"))
    with closing(sqlite3.connect(tmp_path / "sandbox" / "contracts.sqlite")) as books:
        changed = books.execute(
            "UPDATE records SET body = replace(CAST(body AS TEXT), ?, ?)"
            " WHERE type = 'document_content'",
            (msgspec.json.encode(CERTIFICATE).decode(), forged.decode()),
        )
        books.commit()
    with pytest.raises(Refused) as told:
        await contracts.document_content(filed.id)

    assert changed.rowcount == 1
    assert told.value.code == "CONTENT_ALTERED"


async def _file(contracts: Contracts) -> object:
    return await file_certificate(contracts, await contract_of(contracts))


async def _prove(contracts: Contracts) -> object:
    contract = await contract_of(contracts)
    await file_certificate(contracts, contract)
    return (await contracts.file_evidence(contract.id, evidence_draft(), key="e")).milestones


async def _order(contracts: Contracts) -> object:
    contract = await contract_of(contracts)
    done = await contracts.record_purchase_order(contract.id, order_draft(), key="o")
    return done.purchase_orders


async def _change(contracts: Contracts) -> object:
    contract = await contract_of(contracts)
    made = await contracts.record_change_request(contract.id, change_draft(), key="c")
    return made.status, made.number, made.deltas


async def _withdraw(contracts: Contracts) -> object:
    contract = await contract_of(contracts)
    made = await contracts.record_change_request(contract.id, change_draft(), key="c")
    step = ChangeStep(status=ChangeStatus.WITHDRAWN)
    return (await contracts.advance_change_request(made.id, step, key="w")).status


@pytest.mark.parametrize("kind", ["commit-then-reset", "half-apply", "wrong-id-echoed"])
@pytest.mark.parametrize(
    ("operation", "write"),
    [
        ("file_document", _file),
        ("file_acceptance", _prove),
        ("record_order", _order),
        ("record_amendment", _change),
        ("set_amendment_state", _withdraw),
    ],
)
async def test_a_write_whose_answer_was_lost_is_simply_repeated(
    house: House, operation: str, write: Write, kind: str
) -> None:
    """The system knows the number or the hash: done twice is done once, and whole."""
    contracts = house.contracts()
    await house.fail(kind, operation)
    try:
        await write(contracts)
    except SystemFailure:
        lost = await house.fired()
    else:
        lost = {kind: 1}
    done = await write(contracts)
    again = await write(contracts)
    kept = await house.truth("contracts", "document_content")

    assert lost == {kind: 1}
    assert again == done
    assert len(kept) == (1 if write in {_file, _prove} else 0)
    assert len(await house.truth("contracts", "amendment")) == (write in {_change, _withdraw})


@pytest.mark.parametrize(
    ("operation", "write"), [("file_acceptance", _prove), ("record_order", _order)]
)
async def test_a_contract_has_one_new_version_after_a_crash_in_the_middle(
    house: House, operation: str, write: Write
) -> None:
    """What arrived shows as a change, though its first answer broke off half-way."""
    contracts = house.contracts()
    before = await contract_of(contracts)
    await house.fail("half-apply", operation)
    with pytest.raises(SystemFailure):
        await write(contracts)
    half = await contract_of(contracts)
    await write(contracts)
    await write(contracts)
    whole = await contract_of(contracts)

    assert (half.version, whole.version) == (before.version, before.version + 1)


async def test_papers_of_another_firm_keep_its_currency(tmp_path: Path) -> None:
    """Yen have no decimals, and a hash of any form leads to its document."""
    async with house_of(write_other_firm(tmp_path / "firm"), tmp_path) as other:
        await other.at("2027-02-28T23:59:59Z")
        contracts = other.contracts("paper")
        contract = await contract_of(contracts, "D-1")
        draft = ChangeRequestDraft(
            number="1",
            reason=ChangeReason.PRICE,
            requested_by="Umi",
            deltas=ChangeDeltas(price=Money("-150000", "JPY")),
        )
        change = await contracts.record_change_request(contract.id, draft, key="c")
        order = ClientOrderDraft(
            number="7", amount=Money("900000", "JPY"), valid_to=date(2027, 12, 31)
        )
        ordered = await contracts.record_purchase_order(contract.id, order, key="o")
        known = (await contracts.documents()).items

    assert change.deltas.price == Money("-150000", "JPY")
    assert ordered.purchase_orders[0].amount == Money("900000", "JPY")
    assert [each.document_hash for each in known] == ["sha256:00"]
