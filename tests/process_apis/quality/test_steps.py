"""The steps that rules of quality guard are refused while something is wrong, and go on after."""

from datetime import date

import pytest
from msgspec.structs import replace

from process_apis.approvals.decisions import Approvals
from process_apis.client_matching.merges import MergeBook
from process_apis.client_matching.questions import StewardQuestions
from process_apis.client_matching.rules import MatchTerms
from process_apis.electronic_invoices import ElectronicInvoicing
from process_apis.opportunity_to_project.clients import ClientMaster
from process_apis.opportunity_to_project.preparation import Preparation
from process_apis.project_to_cash.checks import Checks
from process_apis.project_to_cash.collection.disputes import Disputes
from process_apis.project_to_cash.ledger.pace import PaceLimits, PostingPace
from process_apis.project_to_cash.posting import Posting
from process_apis.project_to_cash.records import BillingEvent, ClientInvoice
from process_apis.project_to_cash.rules import ApprovalPolicy
from system_apis.canonical.billing import LedgerProjectDraft
from system_apis.errors import Refused
from tests.process_apis.billing_facts import billing_event
from tests.process_apis.judged_firm import LAW, ONE, JudgedFirm
from tests.process_apis.owing_facts import posted
from tests.process_apis.workshop import Workshop

POLICY = ApprovalPolicy(version=1, currency="EUR", rates={}, tiers=())
FIRST, DAY_BEFORE = date(2026, 11, 3), date(2026, 11, 2)


def _preparation(firm: JudgedFirm, workshop: Workshop) -> Preparation:
    approvals = Approvals(workshop.store, workshop.audit, firm.metrics)
    book = MergeBook(workshop.store, workshop.audit, lambda: firm.now)
    steward = StewardQuestions(approvals, book, firm.systems.names_of, lambda: firm.now)
    clients = ClientMaster(firm.systems, steward, MatchTerms())
    return Preparation(firm.systems, firm.engagements, clients, lambda: firm.now)


def _posting(firm: JudgedFirm, workshop: Workshop) -> Posting:
    pace = PostingPace(workshop.store, firm.billing, PaceLimits(), POLICY, lambda: firm.now)
    return Posting(firm.systems, firm.billing, pace, lambda: firm.now)


def _checks(firm: JudgedFirm, workshop: Workshop) -> Checks:
    disputes = Disputes(workshop.store, workshop.audit, firm.billing)
    entities = {"ONE": ONE}
    return Checks(firm.systems, firm.billing, entities, lambda: firm.now, disputes, POLICY, law=LAW)


async def test_a_client_is_not_set_up_in_a_currency_that_the_ledger_does_not_take(
    firm: JudgedFirm, workshop: Workshop
) -> None:
    """DQ-C7: finance enables the currency, and the set-up goes on."""
    preparation = _preparation(firm, workshop)
    [sale] = (await firm.systems.crm.opportunities(number="OPP-1")).items
    [contract] = (await firm.systems.contracts.contracts(number="CT-1")).items
    agreement = await preparation.read(sale.id, contract.id)
    firm.arrive("books", "currency/USD", {"id": "USD", "symbol": "USD"})

    with pytest.raises(Refused) as told:
        await preparation.find_client(agreement)
    firm.arrive("books", "currency/EUR", {"id": "EUR", "symbol": "EUR"})
    found = await preparation.find_client(agreement)

    assert told.value.code == "CURRENCY_NOT_ENABLED"
    assert "DQ-C7: CT-1: currency EUR is not enabled" in str(told.value)
    assert found.known is not None


async def _written(firm: JudgedFirm, posting: Posting) -> ClientInvoice:
    """Have an invoice of ours drafted in the books."""
    project = LedgerProjectDraft(
        number="P-1", name="Survey", legal_entity="ONE", client_number="CUST-1"
    )
    await firm.systems.by_erp_instance("books").create_ledger_project(project, key="project:1")
    ours = posted("INV-9", "100", client="CUST-1", currency="EUR")
    return replace(ours, instance="books", draft=replace(ours.draft, legal_entity="ONE"))


async def test_a_draft_whose_tax_is_not_the_sum_of_its_groups_is_not_posted(
    firm: JudgedFirm, workshop: Workshop
) -> None:
    """DQ-F2: its totals are as expected all the same; put right in the ERP it goes on."""
    posting = _posting(firm, workshop)
    ours = await _written(firm, posting)
    draft = await posting.write(ours)
    record = f"invoice/{draft.source.record_id}"

    before = firm.rewrite("books", record, "taxDetails.0.taxAmount", "19")
    with pytest.raises(Refused) as told:
        await posting.compare(ours, draft)
    firm.rewrite("books", record, "taxDetails.0.taxAmount", before)
    await posting.compare(ours, draft)

    assert told.value.code == "TAX_GROUPS_DIFFER"
    assert "DQ-F2: tax 0.00 EUR is not the groups' 19.00 EUR" in str(told.value)


async def _due(firm: JudgedFirm, on: date) -> BillingEvent:
    """Let a bill be planned under the first contract for a day."""
    [contract] = (await firm.systems.contracts.contracts(number="CT-1")).items
    event = replace(
        billing_event("EUR"),
        contract_id=contract.id,
        legal_entity="ONE",
        client_number="CUST-1",
        planned_date=on,
    )
    await firm.billing.plan([event])
    return event


@pytest.mark.parametrize(
    ("on", "endpoints", "is_held"),
    [(FIRST, [], True), (FIRST, ["0204:1"], False), (FIRST, None, False), (DAY_BEFORE, [], False)],
)
async def test_a_bill_that_could_not_be_sent_as_the_law_wants_it_waits(
    firm: JudgedFirm, workshop: Workshop, on: date, endpoints: list[str] | None, is_held: bool
) -> None:
    """DQ-C10: from the law's first day on, where the ledger says that there is no address."""
    event = await _due(firm, on)
    firm.arrive("books", "customer/CUST-1", {"custentity_einvoice_ids": endpoints})

    checked = await _checks(firm, workshop).check(event.id)

    said = {each.reason: each.code for each in checked.event.blockers}
    assert (said.get("EINVOICE_ENDPOINT_MISSING") == "B02") is is_held


def test_across_borders_no_law_wants_electronic_invoices() -> None:
    """A country's law binds what its businesses bill each other, from its day on."""
    law = ElectronicInvoicing()

    assert law.is_mandated("BE", "BE", on=date(2026, 1, 1))
    assert not law.is_mandated("BE", "BE", on=date(2025, 12, 31))
    assert not law.is_mandated("BE", "FR", on=date(2026, 10, 1))
    assert not law.is_mandated("US", "US", on=date(2030, 1, 1))
