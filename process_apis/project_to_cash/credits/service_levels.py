"""What a service-level report means for an invoice of its period. Pure decisions.

Source: domain handbook 3(d): a service credit is a credit note of its own; that no report has
come (B18) keeps the credit back, and not the invoice that was billed in advance.
"""

from collections.abc import Iterable, Iterator, Sequence

from process_apis.project_to_cash.credit_records import CreditedLine, ServiceCreditCheck
from process_apis.project_to_cash.records import (
    BillingEvent,
    BillingKind,
    Blocker,
    ClientInvoice,
    InvoiceStage,
)
from system_apis.canonical.contracts import ServiceLevelReport
from system_apis.canonical.money import Money

OF_A_PERIOD = {BillingKind.SUBSCRIPTION, BillingKind.RETAINER}
CREDITABLE = {
    InvoiceStage.POSTED,
    InvoiceStage.DISPUTED,
    InvoiceStage.PARTIALLY_PAID,
    InvoiceStage.PAID,
}


def is_missed(report: ServiceLevelReport | None) -> bool:
    """Whether a report says that something is to be given back."""
    return report is not None and not report.met and bool(report.credit_percent)


def events_of(report: ServiceLevelReport, events: Iterable[BillingEvent]) -> list[BillingEvent]:
    """Return the billing events of the fee that a report is about."""
    return [
        each
        for each in events
        if each.contract_id == report.contract_id
        and each.kind in OF_A_PERIOD
        and f"{each.period_start:%Y-%m}" == report.period
    ]


def check(
    invoice: ClientInvoice,
    event: BillingEvent,
    report: ServiceLevelReport | None,
    lines: Sequence[CreditedLine],
) -> ServiceCreditCheck:
    """Return what is to be credited for a period's service, and what keeps that back.

    Of an invoice that bills no fee of a period, nothing is, and nothing does.
    """
    currency = invoice.draft.currency
    credit = Money.total((each.line.net for each in lines), currency)
    return ServiceCreditCheck(
        invoice_id=invoice.id,
        period=f"{event.period_start:%Y-%m}",
        met=report.met if report else None,
        credit=credit if is_missed(report) else None,
        blockers=tuple(_blockers(invoice, event, report)),
    )


def _blockers(
    invoice: ClientInvoice, event: BillingEvent, report: ServiceLevelReport | None
) -> Iterator[Blocker]:
    if event.kind not in OF_A_PERIOD:
        return
    if report is None:
        yield Blocker(
            code="B18",
            reason="SERVICE_LEVEL_REPORT_MISSING",
            owner="project_manager",
            remedy=f"have the service level of {event.period_start:%Y-%m} reported for"
            f" {event.contract_number}",
        )
    elif is_missed(report) and invoice.stage not in CREDITABLE:
        yield Blocker(
            code="B18",
            reason="INVOICE_NOT_POSTED",
            owner="finance",
            remedy="post the invoice of the period first",
        )
