"""Scenes in which processes start that no plain month has: each tells what to do, in order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from process_apis.approvals.requests import Decision
from process_apis.events.changes import ChangeSubmitted
from process_apis.events.procurement import (
    BillArrived,
    BillCredited,
    BillHoldLookedAt,
    ContractorWanted,
    OrderGivenUp,
    OrderRequested,
    OrderSeen,
    ReceiptFallenDue,
    ReceiptReversalAsked,
)
from process_apis.events.staffing import BookingAsked, BookingCancelAsked
from process_apis.procure_to_pay.ordering.requests import OrderRequest, OrderWish
from process_apis.procure_to_pay.records import ReceiptStage
from system_apis.canonical.changes import (
    ChangeDeltas,
    ChangeReason,
    ChangeRequestDraft,
    ChangeStep,
    ModificationAccounting,
)
from system_apis.canonical.money import Money
from tests.faults import answering, known_clients, mailed, objected, sent_back, written_off
from tests.faults.bought_services import BoughtServices, bought_services
from tests.faults.changed_project import ASKS, COMPANY, ChangedProject
from tests.faults.cutting import Carried, carrying
from tests.faults.test_booking_kills import Staffed
from tests.faults.test_change_kills import SIGNED
from tests.process_apis.billing_facts import id_of

APPROVE, REJECT = Decision.APPROVE, Decision.REJECT
OCTOBER = {"start": date(2026, 10, 1), "end": date(2026, 10, 31)}


async def _answered(carried: Carried, about: str, decision: Decision = APPROVE) -> None:
    for event in await carried.decided(about, decision):
        await carried.done(event)


async def ordering(carried: Carried) -> None:
    """Requests are ordered, refused, given up and come of a gap; an order is revised."""
    bought = carried.project
    assert isinstance(bought, BoughtServices)
    await bought.cleared()
    for name, decision in (("once", APPROVE), ("refused", REJECT)):
        request = await bought.asked(name)
        await carried.done(OrderRequested(request_id=request.id, legal_entity=COMPANY))
        await _answered(carried, request.id, decision)
    dropped = await bought.asked("dropped")
    await carried.done(OrderGivenUp(request_id=dropped.id, legal_entity=COMPANY))
    await carried.done(_gap(await bought.asked("gap")))
    await _answered(carried, "")
    order = await bought.revised(Decimal(130))
    seen = OrderSeen(purchase_order_id=order.id, version=order.version, legal_entity=COMPANY)
    await carried.done(seen)
    await _answered(carried, order.id)


def _gap(like: OrderRequest) -> ContractorWanted:
    """Return the gap in the staffing that somebody is wanted for as a request says."""
    assert isinstance(like.wish, OrderWish)
    return ContractorWanted(
        wanted_id="gap-1",
        vendor_id=like.vendor_id,
        project_number=like.project_number,
        role=like.wish.role,
        contractor=like.wish.contractor,
        hours=like.wish.hours,
        rate=like.wish.rate,
        start=like.wish.start,
        end=like.wish.end,
        staffing_request_id=id_of("req", 1),
        requested_by=like.requested_by,
        legal_entity=COMPANY,
    )


async def billing(carried: Carried) -> None:
    """Work is refused, received, taken back and received; bills are alike, posted, credited."""
    bought = carried.project
    assert isinstance(bought, BoughtServices)
    order = await bought.order()
    for occasion, decision in (("month", REJECT), ("again", APPROVE)):
        await carried.done(
            ReceiptFallenDue(
                purchase_order_id=order.id, occasion=occasion, legal_entity=COMPANY, **OCTOBER
            )
        )
        await _answered(carried, "", decision)
    [receipt] = await bought.receipts.listed(stages=[ReceiptStage.RECORDED])
    back = ReceiptReversalAsked(receipt_case_id=receipt.id, legal_entity=COMPANY)
    await carried.done(back)
    await carried.done(
        ReceiptFallenDue(
            purchase_order_id=order.id, occasion="anew", legal_entity=COMPANY, **OCTOBER
        )
    )
    await _answered(carried, "")
    for number, decision in (("B-1", APPROVE), ("B-2", APPROVE), ("B-3", REJECT)):
        case = await bought.billed(number, "20")
        await carried.done(BillArrived(bill_case_id=case.id, legal_entity=COMPANY))
        await _answered(carried, case.id, decision)
    case = (await bought.bills.listed())[0]
    await carried.done(
        BillHoldLookedAt(bill_case_id=case.id, on=date(2026, 11, 2), legal_entity=COMPANY)
    )
    seen = await bought.bills.get(case.id)
    credit = replace(seen, credit_number="B-1-K", credit_date=date(2026, 11, 2))
    await bought.bills.moved(credit, seen=seen)
    await carried.done(BillCredited(bill_case_id=case.id, legal_entity=COMPANY))


async def changing(carried: Carried) -> None:
    """A change is agreed before its client signs and applied; two others come to nothing."""
    project = carried.project
    contracts = project.systems.contracts
    for number, first, last in (
        ("CR-1", APPROVE, APPROVE),
        ("CR-2", REJECT, None),
        ("CR-3", None, REJECT),
    ):
        request_id = await recorded(project, number)
        if first is not None:
            plan = await project.surveying.change(request_id, by=ASKS)
            own = await project.asking.submission(request_id, plan.ground, by=ASKS)
            await carried.done(ChangeSubmitted(application_id=own, legal_entity=COMPANY))
            await _answered(carried, own, first)
        if last is not None:
            for status in SIGNED[2 if first else 0 :]:
                key = f"{number}:{status}"
                await contracts.advance_change_request(
                    request_id, ChangeStep(status=status), key=key
                )
            plan = await project.surveying.change(request_id, by=ASKS)
            wish = await project.asking.change(request_id, plan.ground, by=ASKS)
            await carried.done(wish)
            await _answered(carried, wish.application_id, last)


async def recorded(project: ChangedProject, number: str) -> str:
    """Have a client's change be recorded, and return its id."""
    draft = ChangeRequestDraft(
        number=number,
        reason=ChangeReason.SCOPE,
        requested_by="client",
        deltas=ChangeDeltas(price=Money.of("20000", "EUR"), cost=Money.of("11750", "EUR")),
        modification_accounting=ModificationAccounting.CUMULATIVE_CATCH_UP,
    )
    contract = await project.contract()
    contracts = project.systems.contracts
    return (await contracts.record_change_request(contract.id, draft, key=number)).id


async def staffing(carried: Carried) -> None:
    """A person is booked and taken off again, and not booked at all."""
    works = carried.works
    assert isinstance(works, Staffed)
    for number, decision in (("one", APPROVE), ("two", REJECT)):
        case = await works.asked(number, "50")
        await carried.done(BookingAsked(booking_case_id=case.id, legal_entity=COMPANY))
        await _answered(carried, case.id, decision)
        if decision is APPROVE:
            off = BookingCancelAsked(booking_case_id=case.id, legal_entity=COMPANY)
            await carried.done(off)


@asynccontextmanager
async def bought(folder: Path) -> AsyncIterator[Carried]:
    """Set the stage of what is bought."""
    async with bought_services(folder) as project:
        yield Carried(project)


SCENES = (
    {
        "ordering": (bought, ordering),
        "billing": (bought, billing),
        "changing": (carrying(lambda _: None), changing),
        "staffing": (carrying(Staffed), staffing),
    }
    | answering.SCENES
    | known_clients.SCENES
    | mailed.SCENES
    | objected.SCENES
    | sent_back.SCENES
    | written_off.SCENES
)
# The processes that each scene starts.
STARTED = (
    {
        "ordering": frozenset(
            f"procure-to-pay.{each}"
            for each in ("want", "request", "order", "reject", "give-up", "see-order", "revise")
        ),
        "billing": frozenset(
            f"procure-to-pay.{each}"
            for each in (
                *("draft-receipts", "decline", "receive", "unreceive", "take-in", "go-on", "drop"),
                *("post-bill", "release-bill", "credit-bill"),
            )
        ),
        "changing": frozenset(
            f"change-requests.{each}"
            for each in ("submit", "agree", "refuse", "ask", "apply", "drop")
        ),
        "staffing": frozenset(
            f"resource-to-revenue.{each}"
            for each in ("ask", "approve", "book", "decline", "cancel")
        ),
    }
    | answering.STARTED
    | known_clients.STARTED
    | mailed.STARTED
    | objected.STARTED
    | sent_back.STARTED
    | written_off.STARTED
)
