"""A document of another hand as our ledger takes it over, or why it cannot. Pure decisions."""

from collections.abc import Sequence
from decimal import Decimal

from process_apis.adoption.balances import Obstacle, ObstacleCode
from process_apis.adoption.records import NamedSources
from process_apis.adoption.rules import STAGES, Worth, same
from process_apis.opportunity_to_project.planned import KINDS
from process_apis.project_to_cash.identifiers import adopted_event_id, invoice_id
from process_apis.project_to_cash.records import (
    AdoptedDocument,
    Allocation,
    BilledLine,
    BillingEvent,
    ClientInvoice,
    EventStatus,
    SourceType,
)
from system_apis.canonical.billing import Invoice, InvoiceDraft, InvoiceLine, LineKind
from system_apis.canonical.contracts import Contract, TaxTerms
from system_apis.canonical.money import Money, Price


def obstacles(
    contract: Contract, invoice: Invoice, found: Worth, *, difference: str | None
) -> list[Obstacle]:
    """Return what keeps a document from being adopted with these sources."""
    if invoice.status not in STAGES or invoice.number is None:
        return [
            Obstacle(
                code=ObstacleCode.NOT_POSTED,
                reason=f"the document is {invoice.status}",
                remedy="post it in the ERP first, or take it out of the books there",
            )
        ]
    if invoice.currency != contract.currency:
        return [
            Obstacle(
                code=ObstacleCode.CURRENCY_MISMATCH,
                reason=f"{invoice.number} is in {invoice.currency}, not {contract.currency}",
                remedy="dispute it, and have it written in the contract's currency",
            )
        ]
    told = found.net(contract.currency)
    if not same(told, invoice.net) and difference is None:
        return [
            Obstacle(
                code=ObstacleCode.SOURCES_DIFFER,
                reason=f"{invoice.number} bills {invoice.net}, its sources are worth {told}",
                remedy="name other sources, or say in `difference` why it bills another amount",
            )
        ]
    return []


def adopted(
    contract: Contract, invoice: Invoice, found: Worth, wish: NamedSources, *, instance: str
) -> AdoptedDocument:
    """Return a document as our ledger takes it over, with a line for what its sources miss."""
    event = _event(contract, invoice, wish)
    missing = invoice.net - found.net(contract.currency)
    billed = (*found.lines, *_difference(event, missing))
    document = ClientInvoice(
        id=invoice_id(event),
        billing_event_id=event.id,
        version=event.version,
        stage=STAGES[invoice.status],
        draft=_draft(contract, invoice, [each.line for each in billed]),
        reference=invoice.reference or f"ADOPTED:{invoice.id}",
        project_manager=contract.project_manager or "",
        instance=instance,
        ledger_id=invoice.id,
        number=invoice.number,
        posted=invoice.gross,
        paid=invoice.paid,
        adopted=True,
    )
    return AdoptedDocument(
        event=event,
        invoice=document,
        sources=tuple(each.sources for each in billed),
        settles=tuple(each.id for each in found.settles),
    )


def _draft(contract: Contract, invoice: Invoice, lines: Sequence[InvoiceLine]) -> InvoiceDraft:
    """Return what a document says, with the totals that the books have."""
    tax = contract.tax or TaxTerms(category="O", rate=Decimal(0))
    return InvoiceDraft(
        legal_entity=contract.legal_entity,
        client_number=invoice.client_number,
        project_number=contract.project_number,
        currency=contract.currency,
        issue_date=invoice.issue_date,
        due_date=max(invoice.due_date or invoice.issue_date, invoice.issue_date),
        purchase_order=invoice.purchase_order,
        tax_category=tax.category,
        tax_rate=tax.rate,
        lines=tuple(lines),
        net=invoice.net,
        tax=invoice.tax,
        gross=invoice.gross,
    )


def _event(contract: Contract, invoice: Invoice, wish: NamedSources) -> BillingEvent:
    return BillingEvent(
        id=adopted_event_id(contract.id, invoice.id),
        kind=KINDS[contract.billing_model],
        contract_id=contract.id,
        contract_number=contract.number,
        project_number=contract.project_number,
        legal_entity=contract.legal_entity,
        client_number=invoice.client_number,
        currency=contract.currency,
        period_start=wish.period_start,
        period_end=wish.period_end,
        planned_date=invoice.issue_date,
        status=EventStatus.INVOICED,
        amount_expected=invoice.gross,
    )


def _difference(event: BillingEvent, missing: Money) -> Sequence[BilledLine]:
    """One line for what a document bills beyond its sources, or short of them."""
    if not missing:
        return ()
    line = InvoiceLine(
        kind=LineKind.ADOPTED,
        description="Billed by another hand beyond the named sources",
        quantity=Decimal(1),
        unit_price=Price(missing.amount, missing.currency),
        net=missing,
    )
    source = Allocation(
        source_type=SourceType.ADOPTED,
        source_id=event.id,
        sign=1,
        quantity=Decimal(1),
        approved=Decimal(1),
        unit_rate=line.unit_price,
        amount=line.net,
    )
    return (BilledLine(line, (source,)),)
