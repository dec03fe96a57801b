"""What is asked again and again is found by an index, however long the history has grown."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from governance.access import Caller
from process_apis.client_matching.merges import MergeBook
from process_apis.commands import Commands
from process_apis.engagements import Engagements
from process_apis.events.set_up import ProjectActivated
from process_apis.project_to_cash.collection.disputes import Disputes
from process_apis.project_to_cash.collection.receipts import Receipts
from process_apis.project_to_cash.collection.reminders import Reminders
from process_apis.project_to_cash.credits.ledger import CreditLedger
from process_apis.project_to_cash.ledger.billed_events import BilledEvents
from process_apis.project_to_cash.ledger.owing import Owing
from process_apis.project_to_cash.ledger.posting_order import on_the_way_before
from process_apis.project_to_cash.ledger.tables import client_credit_notes
from process_apis.project_to_cash.mailing.register import MailRegister
from process_apis.project_to_cash.records import EventStatus, InvoiceStage
from process_apis.sight import Sight
from store.clock import wall_clock
from store.database import Store
from store.migration import migrate
from system_apis.canonical.contracts import CapScope
from system_apis.cross_references import StoredReferences
from system_apis.effect_ledger import is_ours, ours_among
from system_apis.known_records import names_of
from tests.process_apis.asked_store import Asked
from tests.process_apis.billing_facts import billing_event
from tests.process_apis.owing_facts import posted

NOW, DAY = datetime(2026, 11, 2, 12, tzinfo=UTC), date(2026, 11, 2)


@pytest.fixture(params=["US", "US DE"])
def asked(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Asked]:
    """Open a store as a firm has it, of one company or of two."""
    store = Store(tmp_path / "strata.sqlite")
    migrate(store)
    yield Asked(store, frozenset(request.param.split()))
    store.close()


def _who(asked: Asked) -> Caller:
    return Caller(
        subject="U-1",
        client_id="console",
        scopes=frozenset(),
        roles=frozenset({"project_manager"}),
        entities=asked.companies,
    )


QUESTIONS: dict[str, Callable[[Asked], Awaitable[object]]] = {
    "ids of records": lambda one: StoredReferences(one.store, "crm", "crm", wall_clock).ids_of(
        "client", ["1"]
    ),
    "ids that were merged into one": lambda one: names_of(one.store, "cl_1"),
    "clients that were parted": lambda one: MergeBook(one.store, one.audit, wall_clock).were_parted(
        ["cl_1"], ["cl_2"]
    ),
    "whose invoice it is": lambda one: is_ours(one.store, "erp", "erp-a", "create_invoice", "K"),
    "which invoices are ours": lambda one: ours_among(
        one.store, "erp", "erp-a", "create_invoice", ["inv_1"]
    ),
    "what a person is asked": lambda one: one.approvals.waiting(_who(one)),
    "what follows from decisions": lambda one: one.approvals.continuations(),
    "set-ups that wait": lambda one: Engagements(one.store, one.audit).waiting(
        one.companies, stops_at="CLIENT_CANDIDATE"
    ),
    "what is due": lambda one: one.billing.events(
        entities=one.companies, statuses=[EventStatus.PLANNED], planned_until=DAY
    ),
    "which sources are billed": lambda one: one.billing.so_far.sources(["te_1"]),
    "which sources others bill": lambda one: one.billing.so_far.adopted_sources(["te_1"]),
    "what a contract was billed": lambda one: one.billing.so_far.before(
        billing_event(), CapScope.FEES, covered=DAY
    ),
    "who else bills a period": lambda one: one.billing.so_far.claims(billing_event()),
    "what bills a source": lambda one: one.billing.so_far.invoices_of("ct_1:down_payment"),
    "since when a client is ours": lambda one: BilledEvents(one.store).taken_on("US", "CL-1"),
    "what bills an event": lambda one: BilledEvents(one.store).invoices(["be_1"]),
    "what caps held": lambda one: one.billing.so_far.held(),
    "what a contract's cap held": lambda one: one.billing.so_far.held(contract_number="CT-1"),
    "an invoice by its reference": lambda one: one.billing.invoices(
        entities=one.companies, references=["INV:1"]
    ),
    "a contract's plan": lambda one: one.billing.events(
        entities=one.companies, contract_number="C"
    ),
    "a contract's invoices": lambda one: one.billing.invoices(contract_number="C"),
    "what is overdue": lambda one: one.billing.invoices(
        entities=one.companies, stages=[InvoiceStage.POSTED], due_before=DAY
    ),
    "what a company is owed": lambda one: Owing(one.store).of_company("US"),
    "what is late": lambda one: Owing(one.store).overdue(one.companies, DAY),
    "what clients owe": lambda one: Owing(one.store).balances(Sight(_who(one), frozenset())),
    "what is posted before": lambda one: one.billing.on_the_way_before(posted("I-1", "1")),
    "which credit note is posted before": lambda one: one.store.read(
        lambda connection: on_the_way_before(connection, client_credit_notes, "US", DAY)
    ),
    "what is to be credited": lambda one: Disputes(one.store, one.audit, one.billing).to_credit(
        one.companies
    ),
    "money to place": lambda one: Receipts(one.store, one.audit).unplaced(one.companies),
    "credit notes of invoices": lambda one: CreditLedger(one.store, one.audit).of_invoices(
        ["inv_1"]
    ),
    "what caps held of events": lambda one: one.billing.so_far.held(events=["be_1"]),
    "reminders": lambda one: Reminders(one.store, one.audit).of_invoices(["inv_1"]),
    "what is to be mailed": lambda one: MailRegister(one.store, one.audit).due(one.companies, NOW),
    "disputes": lambda one: Disputes(one.store, one.audit, one.billing).of_invoices(["inv_1"]),
    "ended disputes": lambda one: Disputes(one.store, one.audit, one.billing).unannounced(),
    "work that has not ended": lambda one: Commands(one.store).unended(before=NOW),
    "work that is new": lambda one: Commands(one.store).new_among(
        [ProjectActivated(project_number="P-1")]
    ),
}


WAYS = {
    "ids of records": {"cross_references_record", "cross_references_given_up"},
    "ids that were merged into one": {"cross_references_merged_into"},
    "clients that were parted": {"client_merges_by_pair"},
    "whose invoice it is": {"sqlite_autoindex_effects_1"},
    "which invoices are ours": {"effects_by_record"},
    "what a person is asked": {
        *("approvals_by_status", "approvals_of_roles"),
        *("approvals_by_subject", "sqlite_autoindex_approval_consents_2"),
    },
    "what follows from decisions": {"approvals_to_continue"},
    "set-ups that wait": {"engagements_by_stop"},
    "what is due": {"billing_events_due"},
    "which sources are billed": {"billing_allocations_by_source"},
    "which sources others bill": {"billing_allocations_by_source"},
    "what a contract was billed": {
        "client_invoices_by_contract",
        "client_credit_notes_by_contract",
    },
    "who else bills a period": {"billing_events_by_contract"},
    "what a contract's cap held": {
        *("billing_events_by_contract", "billing_allocations_adjusting"),
        "sqlite_autoindex_client_invoices_1",
    },
    "what bills a source": {"sqlite_autoindex_client_invoices_1", "billing_allocations_by_source"},
    "since when a client is ours": {
        *("billing_events_by_client", "sqlite_autoindex_engagements_1"),
    },
    "what bills an event": {"client_invoices_by_event"},
    "what caps held": {
        *("billing_allocations_adjusting", "sqlite_autoindex_billing_events_1"),
        "sqlite_autoindex_client_invoices_1",
    },
    "an invoice by its reference": {"client_invoices_by_reference"},
    "a contract's plan": {"billing_events_by_contract"},
    "a contract's invoices": {"client_invoices_by_contract"},
    "what is overdue": {"client_invoices_by_due_date"},
    "what a company is owed": {"client_invoices_owing"},
    "what is late": {"client_invoices_owing"},
    "what clients owe": {"client_invoices_owing"},
    "what is posted before": {"client_invoices_in_posting"},
    "which credit note is posted before": {"client_credit_notes_in_posting"},
    "what is to be credited": {
        "disputes_by_status",
        "sqlite_autoindex_client_invoices_1",
    },
    "money to place": {"receipts_unplaced"},
    "credit notes of invoices": {"client_credit_notes_by_invoice"},
    "what caps held of events": {
        *("billing_allocations_adjusting", "sqlite_autoindex_billing_events_1"),
        "sqlite_autoindex_client_invoices_1",
    },
    "reminders": {"reminders_by_invoice"},
    "what is to be mailed": {
        *("client_invoices_by_posting", "client_credit_notes_by_posting"),
        "sqlite_autoindex_invoice_mails_1",
    },
    "disputes": {"disputes_by_invoice"},
    "ended disputes": {"disputes_to_announce"},
    "work that has not ended": {"commands_by_status"},
    "work that is new": {"sqlite_autoindex_commands_1"},
}


@pytest.mark.parametrize("question", QUESTIONS)
async def test_no_answer_reads_through_history(asked: Asked, question: str) -> None:
    """The rounds and the steps ask these all day long."""
    await QUESTIONS[question](asked)

    assert await asked.ways() == WAYS[question]
