"""What every contract connector promises of documents, evidence, orders, changes and reports."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from system_apis.canonical.changes import (
    ChangeRequest,
    ChangeStatus,
    ChangeStep,
    ModificationAccounting,
)
from system_apis.canonical.contracts import EvidenceDraft
from system_apis.canonical.money import Money
from system_apis.contracts.interface import Contracts
from system_apis.errors import NotFound, Refused
from tests.system_apis.contract.walking import every
from tests.system_apis.sandbox.papers import (
    CERTIFICATE,
    HASH,
    SIGNED,
    change_draft,
    contract_of,
    evidence_draft,
    file_certificate,
    order_draft,
)


async def _recorded(contracts: Contracts) -> ChangeRequest:
    contract = await contract_of(contracts)
    return await contracts.record_change_request(contract.id, change_draft(), key="c")


async def _advanced(contracts: Contracts, change: ChangeRequest, *way: str) -> ChangeRequest:
    for status in way:
        step = ChangeStep(status=ChangeStatus(status))
        change = await contracts.advance_change_request(change.id, step, key=status)
    return change


async def test_a_document_comes_back_byte_by_byte(contracts: Contracts) -> None:
    """Its hash follows from its bytes, and leads to it."""
    contract = await contract_of(contracts)
    filed = await file_certificate(contracts, contract)
    content = await contracts.document_content(filed.id)

    assert (filed.document_hash, filed.length) == (HASH, len(CERTIFICATE))
    assert (filed.contract_id, filed.legal_entity) == (contract.id, contract.legal_entity)
    assert (content.content, content.media_type) == (CERTIFICATE, "application/pdf")
    assert content.document_hash == HASH
    assert await contracts.document(filed.id) == filed
    assert (await contracts.documents(document_hash=HASH)).items == [filed]


async def test_the_same_bytes_are_one_document_of_a_contract(contracts: Contracts) -> None:
    """Filing them again under another key answers the first; another contract has its own."""
    first = await file_certificate(contracts, await contract_of(contracts))
    again = await file_certificate(contracts, await contract_of(contracts), key="other")
    other = await file_certificate(contracts, await contract_of(contracts, "CT-1001"))

    assert again == first
    assert other.id != first.id


async def test_a_document_that_is_known_by_its_hash_alone_says_so(contracts: Contracts) -> None:
    """The metadata is there, and no content is made up."""
    contract = await contract_of(contracts)
    known = (await contracts.documents(document_hash=contract.document_hash)).items[0]
    with pytest.raises(NotFound):
        await contracts.document_content(known.id)

    assert not known.content_held
    assert (known.length, known.media_type) == (None, None)
    assert known.contract_number == contract.number


async def test_pages_lead_through_every_document_of_a_contract(contracts: Contracts) -> None:
    """The signed agreement, the certificate of the first milestone, and what was filed."""
    contract = await contract_of(contracts)
    await file_certificate(contracts, contract)
    found = await every(
        lambda cursor: contracts.documents(contract_number=contract.number, cursor=cursor)
    )

    assert len(found) == len({each.id for each in found}) == 3
    assert [each.content_held for each in found] == [False, False, True]


async def test_evidence_that_arrives_late_is_in_the_contract(contracts: Contracts) -> None:
    """It names its document and who accepted, and the contract's version rises once."""
    before = await contract_of(contracts)
    await file_certificate(contracts, before)
    after = await contracts.file_evidence(before.id, evidence_draft(), key="e")
    again = await contracts.file_evidence(before.id, evidence_draft(), key="e")
    proofs = {each.number: each.evidence for each in after.milestones}
    proof = proofs["M2"]

    assert proof is not None
    assert (proof.document_hash, proof.accepted_by, proof.accepted_at) == (HASH, "Dr. Lang", SIGNED)
    assert proof.received_at is not None
    assert proofs["M1"] == before.milestones[0].evidence
    assert proofs["M3"] is None
    assert after.version == before.version + 1
    assert again == after == await contracts.contract(before.id)


@pytest.mark.parametrize(
    ("evidence", "code"),
    [
        (evidence_draft("M9"), "MILESTONE_UNKNOWN"),
        (evidence_draft("M2", "sha256:" + "0" * 64), "DOCUMENT_NOT_FILED"),
        (evidence_draft("M1"), "EVIDENCE_FILED"),
    ],
)
async def test_evidence_that_proves_nothing_is_refused(
    contracts: Contracts, evidence: EvidenceDraft, code: str
) -> None:
    """No such milestone, no such document, or another document before."""
    contract = await contract_of(contracts)
    await file_certificate(contracts, contract)
    with pytest.raises(Refused) as told:
        await contracts.file_evidence(contract.id, evidence, key="e")

    assert told.value.code == code
    assert await contracts.contract(contract.id) == contract


async def test_nothing_is_accepted_before_it_happens(contracts: Contracts) -> None:
    """A certificate of tomorrow proves nothing today."""
    contract = await contract_of(contracts)
    await file_certificate(contracts, contract)
    early = EvidenceDraft(
        milestone="M2",
        type="acceptance_certificate",
        document_hash=HASH,
        accepted_by="Dr. Lang",
        accepted_at=datetime(2027, 1, 1, tzinfo=UTC),
    )
    with pytest.raises(Refused) as told:
        await contracts.file_evidence(contract.id, early, key="e")

    assert told.value.code == "NOT_YET"


async def test_an_order_that_arrives_late_is_in_the_contract(contracts: Contracts) -> None:
    """Entered twice it is there once; its number is not given to other terms."""
    before = await contract_of(contracts)
    after = await contracts.record_purchase_order(before.id, order_draft(), key="o")
    again = await contracts.record_purchase_order(before.id, order_draft(), key="o")
    with pytest.raises(Refused) as told:
        await contracts.record_purchase_order(before.id, order_draft(amount="1.00"), key="p")

    assert [(each.number, each.amount) for each in after.purchase_orders] == [
        ("PO-1", Money("5000.00", "EUR"))
    ]
    assert after.version == before.version + 1
    assert again == after
    assert told.value.code == "NUMBER_TAKEN"


async def test_an_order_is_in_the_contracts_currency(contracts: Contracts) -> None:
    """Dollars cover nothing that is billed in euros."""
    contract = await contract_of(contracts)
    with pytest.raises(Refused) as told:
        await contracts.record_purchase_order(contract.id, order_draft(currency="USD"), key="o")

    assert told.value.code == "CURRENCY_OF_CONTRACT"


async def test_a_change_request_is_recorded_once_with_all_it_asks_for(contracts: Contracts) -> None:
    """It is a draft, and the milestones that it is about wait for it."""
    change = await _recorded(contracts)
    again = await _recorded(contracts)
    waiting = {
        number: (await contracts.change_requests(milestone=number)).items
        for number in ("M1", "M2", "M3")
    }

    assert change.deltas == change_draft().deltas
    assert (change.status, change.is_pending) == (ChangeStatus.DRAFT, True)
    assert change.modification_accounting is ModificationAccounting.CUMULATIVE_CATCH_UP
    assert change.project_number == "P-2001"
    assert again == change == await contracts.change_request(change.id)
    assert waiting == {"M1": [], "M2": [change], "M3": [change]}
    assert (await contracts.change_requests(contract_number="CT-1001")).items == []


async def test_a_contract_gives_a_change_requests_number_once(contracts: Contracts) -> None:
    """Other terms under the same number are another change request."""
    change = await _recorded(contracts)
    with pytest.raises(Refused) as told:
        await contracts.record_change_request(
            change.contract_id, change_draft(price="1.00"), key="other"
        )

    assert told.value.code == "NUMBER_TAKEN"


async def test_a_change_request_is_applied_after_the_client_approved(contracts: Contracts) -> None:
    """The document with the client's signature is named on the way."""
    change = await _advanced(
        contracts,
        await _recorded(contracts),
        *("impact_assessed", "internal_approved", "client_sent"),
    )
    signed = ChangeStep(status=ChangeStatus.CLIENT_APPROVED, document_hash=HASH)
    with pytest.raises(Refused) as told:
        await contracts.advance_change_request(change.id, signed, key="s")
    await file_certificate(contracts, await contract_of(contracts))
    await contracts.advance_change_request(change.id, signed, key="s")
    applied = await _advanced(contracts, change, "applied")
    again = await _advanced(contracts, change, "applied")

    assert (applied.status, applied.is_pending) == (ChangeStatus.APPLIED, False)
    assert told.value.code == "DOCUMENT_NOT_FILED"
    assert applied.document_hash == HASH
    assert again == applied


async def test_a_change_request_takes_no_short_cut(contracts: Contracts) -> None:
    """From draft it is not applied; without the client it is applied by a waiver only."""
    change = await _recorded(contracts)
    with pytest.raises(Refused) as short:
        await _advanced(contracts, change, "applied")
    await _advanced(contracts, change, "impact_assessed", "internal_approved")
    with pytest.raises(Refused) as unsigned:
        await _advanced(contracts, change, "applied")
    waiver = ChangeStep(status=ChangeStatus.APPLIED, waived_by="finance_director")
    waived = await contracts.advance_change_request(change.id, waiver, key="w")

    assert short.value.code == "STATUS_NOT_ALLOWED"
    assert unsigned.value.code == "CLIENT_APPROVAL_MISSING"
    assert (waived.status, waived.waived_by) == (ChangeStatus.APPLIED, "finance_director")


async def test_a_months_service_is_reported(contracts: Contracts) -> None:
    """By contract and period, with what is given back."""
    [report] = (
        await contracts.service_level_reports(contract_number="CT-3001", period="2026-10")
    ).items

    assert (report.met, report.credit_percent) == (False, Decimal(5))
    assert report.reported_at == datetime(2026, 10, 30, 9, tzinfo=UTC)
    assert report.contract_id == (await contract_of(contracts, "CT-3001")).id
    assert (await contracts.service_level_reports(period="2026-11")).items == []


async def test_the_change_feed_tells_of_papers(contracts: Contracts) -> None:
    """A document, evidence, an order and a change request, each where it belongs."""
    after = 0
    while seen := (await contracts.changes(after=after)).items:
        after = seen[-1].sequence
    contract = await contract_of(contracts)
    document = await file_certificate(contracts, contract)
    await contracts.file_evidence(contract.id, evidence_draft(), key="e")
    latest = await contracts.record_purchase_order(contract.id, order_draft(), key="o")
    change = await _recorded(contracts)
    fresh = (await contracts.changes(after=after)).items

    assert [(each.record_type, each.id, each.version) for each in fresh] == [
        ("document", document.id, 1),
        ("contract", contract.id, contract.version + 1),
        ("contract", contract.id, latest.version),
        ("change_request", change.id, 1),
    ]


async def test_unknown_papers_are_not_found(contracts: Contracts) -> None:
    """Ids nobody was given lead nowhere."""
    with pytest.raises(NotFound):
        await contracts.document("doc_00000000000000000000000000")
    with pytest.raises(NotFound):
        await contracts.document_content("doc_00000000000000000000000000")
    with pytest.raises(NotFound):
        await contracts.change_request("cr_00000000000000000000000000")
