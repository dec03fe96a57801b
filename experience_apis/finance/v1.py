"""Finance: readiness with blockers and money at risk, invoices, and what is held and why."""

from datetime import date
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from msgspec import Struct

from experience_apis.finance import receivables as owed
from experience_apis.finance import views
from experience_apis.finance.board import Days, on_board
from governance.access import current_caller
from governance.policy import (
    ApiPolicy,
    DataClass,
    Layer,
    Lifecycle,
    Objective,
    Operation,
    Owner,
    RatePlan,
    Stage,
    TenantRule,
)
from process_apis.engagements import Engagements
from process_apis.errors import NoSuchRecord
from process_apis.explanations.explaining import Explaining
from process_apis.explanations.tree import Explanation
from process_apis.lists import Lists
from process_apis.project_to_cash.collection.cash import Cash
from process_apis.project_to_cash.collection.collecting import Collecting
from process_apis.project_to_cash.credits.ledger import CreditLedger
from process_apis.project_to_cash.ledger import listings
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.ledger.owing import Owing
from process_apis.project_to_cash.records import ON_THE_WAY
from process_apis.revenue.books.entries import RevenueLedger
from process_apis.revenue.figures.exchange import Exchange
from process_apis.revenue.group import GroupFigures, group
from process_apis.revenue.records import ProjectStanding
from system_apis.canonical.revenue import Month

READ = "experience:finance:read"
POLICY = ApiPolicy(
    name="finance",
    layer=Layer.EXPERIENCE,
    version=1,
    title="Finance",
    owner=Owner(team="Finance Operations", contact="finance-operations@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 23)),
    rate_plan=RatePlan(limit="600/minute"),
    objective=Objective(availability="0.999", latency_ms=100),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "readiness": Operation(scope=READ, tenants=TenantRule.BY_FILTER),
        "list_invoices": Operation(scope=READ, tenants=TenantRule.BY_FILTER),
        "read_invoice": Operation(scope=READ, tenants=TenantRule.BY_RECORD),
        "list_credit_notes": Operation(scope=READ, tenants=TenantRule.BY_FILTER),
        "held": Operation(scope=READ, tenants=TenantRule.BY_FILTER),
        "receivables": Operation(scope=READ, tenants=TenantRule.BY_FILTER),
        "results": Operation(scope=READ, tenants=TenantRule.BY_FILTER),
        "explain_invoice": Operation(scope=READ, tenants=TenantRule.BY_RECORD),
        "explain_billing_event": Operation(scope=READ, tenants=TenantRule.BY_RECORD),
        "explain_payment": Operation(scope=READ, tenants=TenantRule.BY_RECORD),
        "explain_order": Operation(scope=READ, tenants=TenantRule.BY_RECORD),
        "explain_bill": Operation(scope=READ, tenants=TenantRule.BY_RECORD),
        "explain_revenue": Operation(scope=READ, tenants=TenantRule.BY_RECORD),
    },
)


class InvoicePage(Struct, frozen=True):
    """Invoices by issue date."""

    items: list[views.InvoiceView]
    next_cursor: str | None = None


class CreditNotePage(Struct, frozen=True):
    """Credit notes by issue date."""

    items: list[views.CreditNoteView]
    next_cursor: str | None = None


class HeldPage(Struct, frozen=True):
    """Held work by planned date."""

    items: list[views.HeldView]
    next_cursor: str | None = None


class ResultsPage(Struct, frozen=True):
    """Projects by their numbers, and what they come to together."""

    group: GroupFigures
    items: list[ProjectStanding]


@get("/readiness", opt={"operation": "readiness"})
async def readiness(
    billing: NamedDependency[BillingLedger],
    engagements: NamedDependency[Engagements],
    collecting: NamedDependency[Collecting],
    project_number: FromQuery[str | None] = None,
    start: FromQuery[date | None] = None,
    end: FromQuery[date | None] = None,
) -> views.ReadinessPage:
    """Return what can be billed, what keeps the rest back, and the money at risk.

    All that waits is shown, however old, and of what is settled this month and the two before
    it. `start` and `end` ask for what was planned on other days instead.
    """
    sight = await engagements.sight(current_caller())
    today = min(collecting.today(code) for code in collecting.entities)
    days = Days(start, end)
    events = sight.of(await on_board(billing, sight.caller.entities, days, today))
    return views.readiness(
        [each for each in events if project_number in {None, each.project_number}]
    )


@get("/invoices", opt={"operation": "list_invoices"})
async def list_invoices(
    lists: NamedDependency[Lists],
    credit_ledger: NamedDependency[CreditLedger],
    cursor: FromQuery[str | None] = None,
) -> InvoicePage:
    """Return a page of the invoices on their way, posted or paid, with their credit notes."""
    found, following = await lists.page(listings.STANDING_INVOICES, cursor)
    notes = await credit_ledger.of_invoices([each.id for each in found])
    return InvoicePage([views.invoice(each, notes[each.id]) for each in found], following)


@get("/invoices/{invoice_id:str}", opt={"operation": "read_invoice"})
async def read_invoice(
    billing: NamedDependency[BillingLedger],
    credit_ledger: NamedDependency[CreditLedger],
    engagements: NamedDependency[Engagements],
    invoice_id: FromPath[str],
) -> views.InvoiceView:
    """Return one invoice with its credit notes, expected against posted."""
    found = await billing.invoice(invoice_id)
    if not (await engagements.sight(current_caller())).sees(found):
        raise NoSuchRecord(f"there is no invoice {invoice_id}")
    return views.invoice(found, await credit_ledger.credit_notes(invoice_id=found.id))


@get("/credit-notes", opt={"operation": "list_credit_notes"})
async def list_credit_notes(
    lists: NamedDependency[Lists], cursor: FromQuery[str | None] = None
) -> CreditNotePage:
    """Return the credit notes that are on their way or posted, a page at a time."""
    found, following = await lists.page(listings.STANDING_CREDIT_NOTES, cursor)
    return CreditNotePage([views.credit_note(each) for each in found], following)


@get("/held", opt={"operation": "held"})
async def held(
    billing: NamedDependency[BillingLedger],
    lists: NamedDependency[Lists],
    cursor: FromQuery[str | None] = None,
) -> HeldPage:
    """Return the work that was done and is not billed, and why, a page at a time.

    What was billed meanwhile makes its page shorter.
    """
    over, following = await lists.page(listings.OVER_CAP, cursor)
    standing = await billing.so_far.held(events=[each.id for each in over], stages=ON_THE_WAY)
    return HeldPage(views.held(over, standing), following)


@get("/receivables", opt={"operation": "receivables"})
async def receivables(
    owing: NamedDependency[Owing],
    collecting: NamedDependency[Collecting],
    cash: NamedDependency[Cash],
    engagements: NamedDependency[Engagements],
) -> owed.ReceivablesPage:
    """Return what is overdue with its reminders, and the money that is not placed."""
    sight = await engagements.sight(current_caller())
    entities = sight.caller.entities
    today = {code: collecting.today(code) for code in collecting.entities}
    overdue = sight.of(await owing.overdue(entities, max(today.values())))
    ids = [each.id for each in overdue]
    return owed.receivables(
        owed.Facts(
            overdue=overdue,
            balances=await owing.balances(sight),
            disputes=await collecting.disputes.of_invoices(ids),
            credits_agreed=sight.of(await collecting.credits_agreed(entities)),
            reminders=await collecting.reminders.of_invoices(ids),
            unplaced=await cash.receipts.unplaced(entities),
            terms=collecting.terms,
            today=today,
        )
    )


@get("/results", opt={"operation": "results"})
async def results(
    revenue_ledger: NamedDependency[RevenueLedger],
    exchange: NamedDependency[Exchange],
    engagements: NamedDependency[Engagements],
    month: FromQuery[Month],
) -> ResultsPage:
    """Return what projects came to in a month, and all of them in the reporting currency."""
    sight = await engagements.sight(current_caller())
    found = await revenue_ledger.standings(entities=sight.caller.entities, month=month)
    seen = sight.of(found)
    return ResultsPage(group(seen, exchange, month), seen)


@get("/explanations/invoices/{invoice_id:str}", opt={"operation": "explain_invoice"})
async def explain_invoice(
    explaining: NamedDependency[Explaining],
    engagements: NamedDependency[Engagements],
    invoice_id: FromPath[str],
    line: Annotated[int, QueryParameter(ge=0, le=100_000)] = 0,
) -> Explanation:
    """Return why an invoice is what it is, by its number or id, or why one of its lines is.

    Down to hours, expenses and terms, with who approved and what was done; `line` 0 is all of it.
    """
    sight = await engagements.sight(current_caller())
    return await explaining.invoice(invoice_id, sight, line=line or None)


@get(
    "/explanations/billing-events/{billing_event_id:str}",
    opt={"operation": "explain_billing_event"},
)
async def explain_billing_event(
    explaining: NamedDependency[Explaining],
    engagements: NamedDependency[Engagements],
    billing_event_id: FromPath[str],
) -> Explanation:
    """Return why a billing event is invoiced, held or written off."""
    sight = await engagements.sight(current_caller())
    return await explaining.billing_event(billing_event_id, sight)


@get("/explanations/payments/{receipt_id:str}", opt={"operation": "explain_payment"})
async def explain_payment(
    explaining: NamedDependency[Explaining],
    engagements: NamedDependency[Engagements],
    receipt_id: FromPath[str],
) -> Explanation:
    """Return which invoices a client's payment pays, and how each was found."""
    return await explaining.payment(receipt_id, await engagements.sight(current_caller()))


@get("/explanations/orders/{purchase_order_id:str}", opt={"operation": "explain_order"})
async def explain_order(
    explaining: NamedDependency[Explaining],
    engagements: NamedDependency[Engagements],
    purchase_order_id: FromPath[str],
) -> Explanation:
    """Return why a purchase order is what it is, by its number or id: received, billed, agreed."""
    sight = await engagements.sight(current_caller())
    return await explaining.purchases.order(purchase_order_id, sight)


@get("/explanations/bills/{bill_case_id:str}", opt={"operation": "explain_bill"})
async def explain_bill(
    explaining: NamedDependency[Explaining],
    engagements: NamedDependency[Engagements],
    bill_case_id: FromPath[str],
) -> Explanation:
    """Return why a vendor's bill is what it is, by its number or id, down to the hours received."""
    sight = await engagements.sight(current_caller())
    return await explaining.purchases.bill(bill_case_id, sight)


@get("/explanations/revenue/{project_number:str}", opt={"operation": "explain_revenue"})
async def explain_revenue(
    explaining: NamedDependency[Explaining],
    engagements: NamedDependency[Engagements],
    project_number: FromPath[str],
    month: FromQuery[Month],
) -> Explanation:
    """Return why a project's revenue of a month is what the ledger says."""
    caller = current_caller()
    engagement = await engagements.find(project_number)
    if engagement is None or not (await engagements.sight(caller)).sees(engagement):
        raise NoSuchRecord(f"there is no project {project_number}")
    return await explaining.revenue(engagement, month, caller)


handlers = [
    readiness,
    list_invoices,
    read_invoice,
    list_credit_notes,
    held,
    receivables,
    results,
    explain_invoice,
    explain_billing_event,
    explain_payment,
    explain_order,
    explain_bill,
    explain_revenue,
]
