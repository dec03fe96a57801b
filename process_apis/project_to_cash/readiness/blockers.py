"""Readiness: everything that keeps a billing event from becoming an invoice, all at once.

Codes and meanings follow the domain handbook, section 3(d). A pure function of facts.
"""

from collections.abc import Iterable, Iterator

from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.invoicing.worked import DECIDED, reversed_ids
from process_apis.project_to_cash.readiness.overlaps import overlaps
from process_apis.project_to_cash.readiness.papers import backup, pending_change
from process_apis.project_to_cash.readiness.tax import exchange_rate, tax, tax_id
from process_apis.project_to_cash.records import BillingKind, Blocker
from system_apis.canonical.billing import InvoiceDraft, LineKind
from system_apis.canonical.money import Money
from system_apis.canonical.party import ClientStatus
from system_apis.canonical.quality.client import (
    ClientFacts,
    address_missing,
    electronic_address_missing,
)
from system_apis.canonical.quality.contract import (
    ContractFacts,
    document_missing,
    order_missing,
    order_running_out,
    revenue_method_missing,
    roles_without_rate,
)
from system_apis.canonical.time import EntryStatus, ExpenseLine, TimeEntry

# Somebody asks to correct hours that were approved.
HOURS_IN_QUESTION = "HOURS_IN_QUESTION"


def blockers(facts: BillingFacts, draft: InvoiceDraft, over_cap: Money) -> list[Blocker]:
    """Return every blocker of an event whose invoice would be `draft`, by code."""
    found = [
        *_contract(facts),
        *_revenue(facts),
        *_client(facts),
        *tax_id(facts),
        *_purchase_order(facts, draft),
        *_undecided(facts),
        *_milestone(facts),
        *_missing_timesheets(facts),
        *_unresolved_rates(facts),
        *_cap(facts, over_cap),
        *_billed_already(facts),
        *_undecided_documents(facts),
        *overlaps(facts),
        *tax(facts),
        *exchange_rate(facts),
        *pending_change(facts),
        *backup(facts),
        *_period(facts),
        *_disputes(facts),
        *_down_payment(facts, draft),
        *_references(facts),
    ]
    return sorted(found, key=lambda each: each.code)


def _contract(facts: BillingFacts) -> Iterator[Blocker]:
    contract, event = facts.contract, facts.event
    if contract.signed_at is None or document_missing(_terms(facts)):
        yield Blocker(
            code="B01",
            reason="CONTRACT_NOT_SIGNED",
            owner="sales_operations",
            remedy=f"have {contract.number} signed and its document filed",
        )
    elif event.kind is BillingKind.DOWN_PAYMENT:
        return
    elif not contract.effective_from <= event.period_start <= contract.effective_to:
        yield Blocker(
            code="B01",
            reason="CONTRACT_NOT_ACTIVE",
            owner="sales_operations",
            remedy=f"extend {contract.number} over the period, or cancel the event",
        )


def _terms(
    facts: BillingFacts, *, order_left: Money | None = None, next_bill: Money | None = None
) -> ContractFacts:
    return ContractFacts(
        contract=facts.contract,
        on=facts.on,
        order_left=order_left,
        next_bill=next_bill,
        bills_now=True,
    )


def _revenue(facts: BillingFacts) -> Iterator[Blocker]:
    """What is billed is earned by a method; it is known before the first bill."""
    if revenue_method_missing(_terms(facts)):
        yield Blocker(
            code="DQ-K10",
            reason="REVENUE_METHOD_MISSING",
            owner="finance",
            remedy=f"name the method of revenue in {facts.contract.number}",
        )


def _client(facts: BillingFacts) -> Iterator[Blocker]:
    client = facts.client
    if client is None:
        return
    if client.status in {ClientStatus.ON_HOLD, ClientStatus.BLOCKED}:
        yield Blocker(
            code="B02",
            reason="CLIENT_ON_HOLD",
            owner="finance",
            remedy=f"lift the hold on {client.legal_name}",
        )
    seen = ClientFacts(client=client, electronic_invoice_mandated=facts.electronic)
    if electronic_address_missing(seen):
        yield Blocker(
            code="B02",
            reason="EINVOICE_ENDPOINT_MISSING",
            owner="finance",
            remedy=f"ask {client.legal_name} where it takes electronic invoices (DQ-C10)",
        )
    if gap := address_missing(seen):
        yield Blocker(
            code="B02",
            reason="BILLING_ADDRESS_MISSING",
            owner="finance",
            remedy=f"complete the billing address of {client.legal_name}: {gap}",
        )


def _purchase_order(facts: BillingFacts, draft: InvoiceDraft) -> Iterator[Blocker]:
    contract = facts.contract
    if not contract.purchase_order_required or not draft.net:
        return
    if order_missing(_terms(facts)):
        yield _order("PO_MISSING", "ask the client's accounts payable for a purchase order")
        return
    valid = [each for each in contract.purchase_orders if each.valid_to >= facts.on]
    if not valid:
        yield _order("PO_EXPIRED", "ask the client to extend its purchase order")
        return
    left = Money.total((each.amount for each in valid), draft.currency) - facts.ordered
    if order_running_out(_terms(facts, order_left=left, next_bill=draft.net)):
        yield _order("PO_EXHAUSTED", "ask the client to raise its purchase order")


def _order(reason: str, remedy: str) -> Blocker:
    return Blocker(code="B03", reason=reason, owner="project_manager", remedy=remedy)


def _undecided(facts: BillingFacts) -> Iterator[Blocker]:
    """A rejected row is decided; anything else that is not approved holds the invoice."""
    if not facts.event.bills_work:
        return
    if numbers := _open(facts.entries):
        yield Blocker(
            code="B04",
            reason="TIME_NOT_APPROVED",
            owner="project_manager",
            remedy=f"decide {', '.join(numbers)}",
        )
    if facts.replacing:
        yield Blocker(
            code="B04",
            reason=HOURS_IN_QUESTION,
            owner="project_manager",
            remedy=f"decide {', '.join(facts.replacing)}",
        )
    if numbers := _open(facts.expenses):
        yield Blocker(
            code="B06",
            reason="EXPENSES_NOT_APPROVED",
            owner="line_manager",
            remedy=f"decide {', '.join(numbers)}",
        )


def _open(rows: Iterable[TimeEntry] | Iterable[ExpenseLine]) -> list[str]:
    return [row.number for row in rows if row.billable and row.status not in DECIDED]


def _missing_timesheets(facts: BillingFacts) -> Iterator[Blocker]:
    """Only what is billed by time waits for timesheets."""
    missing = [
        f"{each.employee} {each.week_start}" for each in facts.timesheets if not each.submitted
    ]
    if missing and facts.event.bills_work:
        yield Blocker(
            code="B05",
            reason="TIMESHEET_MISSING",
            owner="line_manager",
            remedy=f"have these weeks handed in: {', '.join(missing)}",
        )


def _milestone(facts: BillingFacts) -> Iterator[Blocker]:
    """A milestone is billed when its acceptance can be shown."""
    if facts.event.kind is not BillingKind.MILESTONE:
        return
    terms = [each for each in facts.contract.milestones if each.number == facts.event.milestone]
    if not terms or terms[0].evidence is None or terms[0].evidence.document_hash is None:
        yield Blocker(
            code="B08",
            reason="MILESTONE_EVIDENCE_MISSING",
            owner="project_manager",
            remedy=f"have the client accept {facts.event.milestone} and file the certificate",
        )


def _unresolved_rates(facts: BillingFacts) -> Iterator[Blocker]:
    if facts.event.kind is not BillingKind.TIME:
        return
    standing = [each for each in facts.entries if each.status is not EntryStatus.REJECTED]
    worked = frozenset(each.role for each in standing if each.billable)
    if unknown := roles_without_rate(facts.contract, worked):
        yield Blocker(
            code="B07",
            reason="RATE_NOT_FOUND",
            owner="project_manager",
            remedy=f"agree a rate for {', '.join(sorted(unknown))}; nothing is billed at zero",
        )


def _cap(facts: BillingFacts, over_cap: Money) -> Iterator[Blocker]:
    """Clears when finance accepts the adjustment line, or the cap is raised."""
    accepted = facts.event.accepted_over_cap
    if over_cap and accepted != over_cap:
        yield Blocker(
            code="B09",
            reason="NTE_EXCEEDED",
            owner="finance",
            remedy="accept the adjustment line, or have the client raise the cap",
            amount_at_risk=over_cap,
        )


def _billed_already(facts: BillingFacts) -> Iterator[Blocker]:
    """What stands on an invoice is not billed again before it was credited.

    An event that bills what was left over leaves out what is billed, and waits only for the
    credit of what was corrected since.
    """
    corrected = reversed_ids(facts.entries)
    twice = [
        each.number
        for each in facts.entries
        if each.id in facts.billed_sources - facts.adopted_sources
        and (facts.event.sequence == 1 or each.id in corrected)
    ]
    if twice:
        yield Blocker(
            code="B10",
            reason="SOURCE_ALREADY_BILLED",
            owner="finance",
            remedy=f"credit {', '.join(twice)} on the invoice that bills it, or leave it there",
        )


def _undecided_documents(facts: BillingFacts) -> Iterator[Blocker]:
    """What another hand invoiced may bill the same work; a person says so first."""
    if facts.undecided:
        yield Blocker(
            code="B10",
            reason="INVOICE_OF_ANOTHER_HAND",
            owner="finance",
            remedy=f"adopt or dispute {', '.join(facts.undecided)}",
        )


def _period(facts: BillingFacts) -> Iterator[Blocker]:
    if facts.fiscal_period is None or not facts.fiscal_period.is_open:
        yield Blocker(
            code="B13",
            reason="PERIOD_CLOSED",
            owner="finance",
            remedy="open the fiscal period of the invoice date in the ERP",
        )


def _disputes(facts: BillingFacts) -> Iterator[Blocker]:
    """What a client objects to is cleared up before it is billed more of the same contract."""
    if facts.disputes:
        numbers = ", ".join(dict.fromkeys(each.invoice_number for each in facts.disputes))
        yield Blocker(
            code="B14",
            reason="DISPUTE_OPEN",
            owner="finance",
            remedy=f"settle the dispute of {numbers} with the client, and resolve it",
        )


def _down_payment(facts: BillingFacts, draft: InvoiceDraft) -> Iterator[Blocker]:
    """What is paid first is invoiced first, and taken off until it is used up."""
    agreed, event = facts.contract.down_payment, facts.event
    if agreed is None or event.kind is BillingKind.DOWN_PAYMENT:
        return
    if agreed.invoiced_on > event.planned_date:
        return
    if facts.deposit is None or not facts.deposit.posted:
        yield _deposit("DOWN_PAYMENT_NOT_INVOICED", "post the invoice of the down payment first")
    elif facts.deposit.left.value > 0 and not _takes_off(draft):
        yield _deposit("DOWN_PAYMENT_NOT_APPLIED", "take the down payment off this invoice")


def _takes_off(draft: InvoiceDraft) -> bool:
    applied = any(each.kind is LineKind.DOWN_PAYMENT_APPLIED for each in draft.lines)
    return applied or draft.net.value <= 0


def _deposit(reason: str, remedy: str) -> Blocker:
    return Blocker(code="B16", reason=reason, owner="finance", remedy=remedy)


def _references(facts: BillingFacts) -> Iterator[Blocker]:
    if facts.client is None or facts.ledger_project is None:
        yield Blocker(
            code="B20",
            reason="LEDGER_REFERENCE_MISSING",
            owner="finance",
            remedy="create the client and the project in the ERP, or link the ones it has",
        )
