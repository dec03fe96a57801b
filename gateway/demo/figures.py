"""The figures of the story in the shape of `expected.json`."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct

from experience_apis.delivery.billing import BillingFiguresView
from experience_apis.delivery.projects import ProjectView, SetUpView
from experience_apis.finance.v1 import ResultsPage
from experience_apis.finance.views import (
    CreditNoteView,
    InvoiceLineView,
    InvoiceView,
)
from gateway.demo.comparison import Figure
from gateway.demo.correction import Corrected
from gateway.demo.facts import RoundingCase, SetUpCase
from gateway.demo.month_end import earned
from process_apis.opportunity_to_project.set_up_time import Wait, set_up_time
from process_apis.project_to_cash.rules import expected_tax
from process_apis.revenue.records import ProjectStanding
from system_apis.canonical.billing import InvoiceLine, LineKind, PostingTerms
from system_apis.canonical.contracts import BillingModel
from system_apis.canonical.money import Money, Price


class Played(Struct, frozen=True, kw_only=True):
    """What the APIs say of the month: its documents and its projects.

    `credit_notes` is None where the firm reports no service levels.
    """

    invoices: Sequence[InvoiceView]
    credit_notes: Sequence[CreditNoteView] | None
    projects: Sequence[ProjectView]
    billing: Sequence[BillingFiguresView]
    results: ResultsPage


def figures(played: Played) -> dict[str, Figure]:
    """Return what the month came to, clients by the firm's own numbers."""
    clients = {each.project_number: each.client_number for each in played.projects}
    projects = {each.project_number: each for each in played.projects}
    standings = {each.project_number: each for each in played.results.items}
    issued = {each.project_number for each in played.invoices}
    told: dict[str, Figure] = {"invoices": [_document(each, clients) for each in played.invoices]}
    if played.credit_notes is not None:
        told["credit_notes"] = [_document(each, clients) for each in played.credit_notes]
    return told | {
        "projects": {
            each.project_number: _project(
                each, projects[each.project_number], standings.get(each.project_number)
            )
            for each in played.billing
            if each.project_number in issued or each.hours
        },
    }


def credit_and_rebill(corrected: Corrected | None) -> dict[str, Figure]:
    """Return what a correction came to, if one was played."""
    if corrected is None:
        return {}
    again = corrected.rebilled
    candidates = (each.net for each in again.lines if each.net.value > 0)
    told: dict[str, Figure] = {
        "credits_time_entries": corrected.entries,
        "credited_hours": str(corrected.hours),
        "credited_net": corrected.credit.net.amount,
        "fees_billed_to_date_after": corrected.after_credit.billed.amount,
        "candidates": Money.total(candidates, again.net.currency).amount,
        "rebilled": again.net.amount,
        "still_held": corrected.held.amount,
    }
    if corrected.released:
        told["released_after_cap_raise"] = corrected.released.net.amount
    return {"credit_rebill": told}


def rounding(case: RoundingCase | None) -> dict[str, Figure]:
    """Return what our rules expect the books to make of some lines, if the firm asks."""
    if case is None:
        return {}
    lines = [
        InvoiceLine(
            kind=LineKind.TIME,
            description="as asked",
            quantity=quantity,
            unit_price=(price := Price(f"{rate:f}", case.currency)),
            net=price.times(quantity, case.rounding),
        )
        for quantity, rate in case.lines
    ]
    net = Money.total((each.net for each in lines), case.currency)
    tax = expected_tax(lines, case.tax_rate, PostingTerms(case.rounding), case.currency)
    told: dict[str, Figure] = {
        "lines": [each.net.amount for each in lines],
        "net": net.amount,
        "tax": tax.amount,
        "gross": (net + tax).amount,
    }
    return {"rounding": told}


def project_setup(case: SetUpCase, seen: SetUpView) -> dict[str, Figure]:
    """Return how long a recorded set-up took, and what the live one of the same deal stopped at."""
    waits = [Wait(each.requested_at, each.decided_at) for each in case.approvals]
    took = set_up_time(case.closed_won_at, case.ready_at, waits)
    apart = seen.price_difference_pct
    told: dict[str, Figure] = {
        "hours": str(took.hours),
        "human_seconds": took.human_seconds,
        "machine_seconds": took.machine_seconds,
        "human_touches": took.human_touches,
        "price_difference_pct": None if apart is None else str(apart),
        "stops_at": seen.stops_at,
    }
    return {"project_setup": told}


def _document(
    document: InvoiceView | CreditNoteView, clients: Mapping[str, str]
) -> dict[str, Figure]:
    return {
        "project": document.project_number,
        "issue_date": document.issue_date.isoformat(),
        "client": clients.get(document.project_number, document.client_number),
        "legal_entity": document.legal_entity,
        "currency": document.net.currency,
        "kind": document.kind,
        "lines": [_line(each) for each in document.lines],
        "net": document.net.amount,
        "tax": document.tax.amount,
        "gross": (document.posted or document.expected).amount,
        "tax_category": document.tax_category,
    }


def _line(line: InvoiceLineView) -> dict[str, Figure]:
    told: dict[str, Figure] = {"kind": line.kind}
    if line.employee:
        told["employee"] = line.employee
    if line.milestone:
        told["milestone"] = line.milestone
    if line.quantity is not None:
        told |= {"quantity": str(line.quantity), "rate": str(line.rate)}
    return told | {"net": line.net.amount}


def _project(
    billing: BillingFiguresView, project: ProjectView, standing: ProjectStanding | None
) -> dict[str, Figure]:
    figure: dict[str, Figure] = {"currency": billing.currency}
    if project.billing_model == BillingModel.TIME_AND_MATERIALS:
        figure |= {
            "gross_fees": billing.gross_fees.amount,
            "nte_adjustment": billing.nte_adjustment.amount,
            "fees_billed": billing.fees_billed.amount,
            "expenses": billing.expenses.amount,
            "rate_realization": _said(billing.rate_realization),
            "billing_realization": _said(billing.billing_realization),
        }
    if billing.overage_hours is not None:
        figure |= {"hours": str(billing.hours), "overage_hours": str(billing.overage_hours)}
    if billing.list_value is not None:
        figure["list_value"] = billing.list_value.amount
    figure["leakage"] = {
        name: amount.amount
        for name in billing.leakage.__struct_fields__
        if (amount := getattr(billing.leakage, name))
    }
    return figure | (earned(standing, project.billing_model) if standing else {})


def _said(share: Decimal | None) -> str | None:
    return None if share is None else str(share)


def _share(part: Decimal, whole: Decimal) -> str | None:
    if not whole:
        return None
    return str((part / whole).quantize(Decimal("0.0001"), ROUND_HALF_UP))
