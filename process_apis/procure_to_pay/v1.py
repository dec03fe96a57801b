"""Procure-to-pay over HTTP: orders as they stand, receipts, and vendors' bills."""

from datetime import date

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from governance.access import current_caller
from governance.once import command_name
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
from governance.wrong_field import WrongField
from process_apis.engine import Engine
from process_apis.events.procurement import (
    BillArrived,
    BillCredited,
    ReceiptFallenDue,
    ReceiptReversalAsked,
)
from process_apis.lists import Lists
from process_apis.procure_to_pay import ordering_face
from process_apis.procure_to_pay.bills.intake import bill_case_id
from process_apis.procure_to_pay.buying import Buying
from process_apis.procure_to_pay.records import (
    Accrual,
    AccrualJournal,
    BillCase,
    OrderStanding,
    ReceiptCase,
)
from process_apis.runs import Run, run_of
from store.clock import BusinessClock
from system_apis.canonical.procurement import BillStatus, VendorBillDraft
from system_apis.canonical.record import Text

_READ = "process:procure-to-pay:read"
_BY_FILTER = Operation(scope=_READ, tenants=TenantRule.BY_FILTER)
_BY_RECORD = Operation(scope=_READ, tenants=TenantRule.BY_RECORD)


def _writing(verb: str) -> Operation:
    scope = f"process:procure-to-pay:{verb}"
    return Operation(scope=scope, tenants=TenantRule.BY_RECORD, writes=True)


POLICY = ApiPolicy(
    name="procure-to-pay",
    layer=Layer.PROCESS,
    version=1,
    title="Procure to pay",
    owner=Owner(team="Procurement", contact="procurement@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 28)),
    rate_plan=RatePlan(limit="300/minute"),
    objective=Objective(availability="0.999", latency_ms=800),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "request_order": _writing("request"),
        "list_order_requests": _BY_FILTER,
        "read_order_request": _BY_RECORD,
        "read_clearance": _BY_FILTER,
        "note_check": _writing("clear_vendor"),
        "read_order_standing": _BY_RECORD,
        "draft_receipts": _writing("receive"),
        "list_receipt_drafts": _BY_FILTER,
        "take_bill_in": _writing("take_bill_in"),
        "list_bill_cases": _BY_FILTER,
        "read_bill_case": _BY_RECORD,
        "reverse_receipt_draft": _writing("receive"),
        "credit_bill": _writing("credit_bill"),
        "list_accruals": _BY_FILTER,
        "list_accrual_journals": _BY_FILTER,
    },
)


class ReceiptPeriod(Struct, frozen=True, forbid_unknown_fields=True):
    """The days of one month whose work is to be received, both included.

    A receipt counts on its last day: each month's accrual is to have its own.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("`end` is `start` or later")
        if self.end.replace(day=1) != self.start.replace(day=1):
            raise WrongField("end", "a receipt is of one month: ask for each of them")


class IncomingBill(Struct, frozen=True, forbid_unknown_fields=True):
    """A bill that came in; `arrival` names the message that it came by.

    The same message told again is the same bill; another message with it is a duplicate.
    """

    arrival: Text
    bill: VendorBillDraft


class VendorCredit(Struct, frozen=True, forbid_unknown_fields=True):
    """A vendor's credit note of a whole bill: its own number and date."""

    number: Text
    issue_date: date


class AccrualList(Struct, frozen=True):
    """What was received and not billed, an order's line each."""

    items: list[Accrual]


class AccrualJournalList(Struct, frozen=True):
    """Accruals in the order they were written down."""

    items: list[AccrualJournal]
    next_cursor: str | None = None


class BillCaseList(Struct, frozen=True):
    """Bills in the order they came in."""

    items: list[BillCase]
    next_cursor: str | None = None


class ReceiptDraftList(Struct, frozen=True):
    """Drafted receipts, oldest first."""

    items: list[ReceiptCase]
    next_cursor: str | None = None


@get("/purchase-orders/{purchase_order_id:str}/standing", opt={"operation": "read_order_standing"})
async def read_order_standing(
    buying: NamedDependency[Buying], purchase_order_id: FromPath[str]
) -> OrderStanding:
    """Return what of an order was received and billed, and what is left of it."""
    order = await buying.order_seen(purchase_order_id)
    return await buying.orders.standing(order.id)


@post(
    "/purchase-orders/{purchase_order_id:str}/receipt-drafts",
    status_code=202,
    opt={"operation": "draft_receipts"},
)
async def draft_receipts(
    buying: NamedDependency[Buying],
    engine: NamedDependency[Engine],
    business_clock: NamedDependency[BusinessClock],
    purchase_order_id: FromPath[str],
    data: JSONBody[ReceiptPeriod],
) -> Run:
    """Draft receipts of what was approved on an order in a period, for its manager to accept."""
    order = await buying.order_seen(purchase_order_id)
    due = ReceiptFallenDue(
        purchase_order_id=order.id,
        start=data.start,
        end=data.end,
        occasion=f"asked:{command_name() or business_clock.now().isoformat()}",
        legal_entity=order.legal_entity,
    )
    command = await engine.start(due, by=current_caller().subject)
    return run_of(command, await engine.progress(command.key))


@get("/receipt-drafts", opt={"operation": "list_receipt_drafts"})
async def list_receipt_drafts(
    buying: NamedDependency[Buying],
    lists: NamedDependency[Lists],
    cursor: FromQuery[str | None] = None,
) -> ReceiptDraftList:
    """Return a page of the drafted receipts of the caller's companies and units, oldest first."""
    return ReceiptDraftList(*await lists.page(buying.receipts.listing(), cursor))


@post("/bills", status_code=202, opt={"operation": "take_bill_in"})
async def take_bill_in(
    buying: NamedDependency[Buying],
    engine: NamedDependency[Engine],
    business_clock: NamedDependency[BusinessClock],
    data: JSONBody[IncomingBill],
) -> Response[BillCase]:
    """Take a vendor's bill in, whether it is right or not; `Location` says what became of it."""
    caller = current_caller()
    await buying.require_vendor(data.bill.vendor_id, data.bill.legal_entity)
    case = BillCase(
        id=bill_case_id(data.bill.vendor_id, data.arrival),
        arrival=data.arrival,
        legal_entity=data.bill.legal_entity,
        vendor_id=data.bill.vendor_id,
        bill=data.bill,
        stage=BillStatus.RECEIVED,
        received_by=caller.subject,
        opened_at=business_clock.now(),
    )
    known = await buying.taken_in(case)
    arrived = BillArrived(bill_case_id=known.id, legal_entity=known.legal_entity)
    await engine.start(arrived, by=known.received_by)
    where = f"/process/procure-to-pay/v1/bills/{known.id}"
    return Response(known, status_code=202, headers={"Location": where})


@get("/bills", opt={"operation": "list_bill_cases"})
async def list_bill_cases(
    buying: NamedDependency[Buying],
    lists: NamedDependency[Lists],
    vendor_id: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> BillCaseList:
    """Return a page of the bills of the caller's companies and units, duplicates included."""
    return BillCaseList(*await lists.page(buying.bills.listing(about=vendor_id), cursor))


@get("/bills/{bill_case_id:str}", opt={"operation": "read_bill_case"})
async def read_bill_case(buying: NamedDependency[Buying], bill_case_id: FromPath[str]) -> BillCase:
    """Return one bill with what was found about it."""
    return await buying.one_seen(buying.bills, bill_case_id)


@post(
    "/receipt-drafts/{receipt_case_id:str}/reversal",
    status_code=202,
    opt={"operation": "reverse_receipt_draft"},
)
async def reverse_receipt_draft(
    buying: NamedDependency[Buying],
    engine: NamedDependency[Engine],
    receipt_case_id: FromPath[str],
) -> Run:
    """Take a recorded receipt back that no bill rests on, so that its time is received anew."""
    case = await buying.one_seen(buying.receipts, receipt_case_id)
    asked = ReceiptReversalAsked(receipt_case_id=case.id, legal_entity=case.legal_entity)
    command = await engine.start(asked, by=current_caller().subject)
    return run_of(command, await engine.progress(command.key))


@post("/bills/{bill_case_id:str}/credit", status_code=202, opt={"operation": "credit_bill"})
async def credit_bill(
    buying: NamedDependency[Buying],
    engine: NamedDependency[Engine],
    bill_case_id: FromPath[str],
    data: JSONBody[VendorCredit],
) -> Run:
    """Take the credit in by which a vendor takes a whole posted bill back; done once."""
    case = await buying.credited(bill_case_id, data.number, data.issue_date)
    told = BillCredited(bill_case_id=case.id, legal_entity=case.legal_entity)
    command = await engine.start(told, by=current_caller().subject)
    return run_of(command, await engine.progress(command.key))


@get("/accruals", opt={"operation": "list_accruals"})
async def list_accruals(
    buying: NamedDependency[Buying], legal_entity: FromQuery[str], on: FromQuery[date]
) -> AccrualList:
    """Return what a company received by a day and was not billed for, an order's line each."""
    return AccrualList(await buying.accruals(legal_entity, on))


@get("/accrual-journals", opt={"operation": "list_accrual_journals"})
async def list_accrual_journals(
    buying: NamedDependency[Buying],
    lists: NamedDependency[Lists],
    vendor_id: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> AccrualJournalList:
    """Return a page of what was accrued at months' ends, each with the day it is taken back."""
    return AccrualJournalList(*await lists.page(buying.journals.listing(about=vendor_id), cursor))


handlers = [
    *ordering_face.handlers,
    read_order_standing,
    draft_receipts,
    list_receipt_drafts,
    take_bill_in,
    list_bill_cases,
    read_bill_case,
    reverse_receipt_draft,
    credit_bill,
    list_accruals,
    list_accrual_journals,
]
