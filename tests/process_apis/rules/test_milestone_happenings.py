"""What another scope, an acceptance and its end bring, row by row of the matrix."""

import pytest
from msgspec.structs import replace

from process_apis.change_requests.consequences.facts import Asked, MilestoneFacts
from process_apis.change_requests.consequences.milestone import milestone_plan
from process_apis.change_requests.records import Action, Domain, Happening, MilestonePlan
from process_apis.project_to_cash.records import EventStatus
from system_apis.canonical.revenue import RevenueMethod
from tests.process_apis.changing import JUDGED, PLANNED, booked, eur, moved_to, ordered

AUTO, APPROVAL, TOLD, BLOCKED = Action.AUTO, Action.APPROVAL, Action.TOLD, Action.BLOCKED
INPUT, OUTPUT = RevenueMethod.INPUT_COST, RevenueMethod.OUTPUT_MILESTONE
OPEN, INVOICED = EventStatus.PLANNED, EventStatus.INVOICED


def facts(
    what: Happening, method: RevenueMethod, status: EventStatus, *, void: bool = False
) -> MilestoneFacts:
    """Return the second milestone, with somebody and an order that end with it."""
    usual = moved_to(PLANNED)
    assert usual.event is not None
    return replace(
        usual,
        asked=Asked(what=what, acceptance_is_void=void),
        event=replace(usual.event, status=status),
        method=method,
        bookings=(booked("E202", "80", PLANNED.replace(day=1), PLANNED),),
        orders=(ordered(),),
    )


def rows(plan: MilestonePlan) -> dict[Domain, list[tuple[str, Action]]]:
    """Return what happens in each column of the matrix, and how."""
    found: dict[Domain, list[tuple[str, Action]]] = {}
    for each in plan.consequences:
        found.setdefault(each.domain, []).append((each.code, each.action))
    return found


def test_another_scope_settles_evidence_effort_hours_and_orders_anew() -> None:
    """The client must agree; nothing of it happens by itself."""
    plan = milestone_plan(facts(Happening.SCOPE, INPUT, OPEN), JUDGED)

    assert rows(plan) == {
        Domain.INVOICE_TIMING: [("EVIDENCE_RESET", APPROVAL)],
        Domain.REVENUE: [("ESTIMATE_ANEW", APPROVAL)],
        Domain.STAFF: [("HOURS_ANEW", APPROVAL)],
        Domain.PURCHASE_ORDERS: [("ORDER_SCOPED_ANEW", APPROVAL)],
        Domain.CLIENT_NOTICE: [("CLIENT_AGREES", APPROVAL)],
    }
    assert plan.approvers == ("project_manager", "finance", "resource_manager", "procurement")
    assert not plan.applies_by_itself


def test_what_is_invoiced_keeps_its_scope() -> None:
    """Nothing else is said of it."""
    plan = milestone_plan(facts(Happening.SCOPE, INPUT, INVOICED), JUDGED)

    assert rows(plan) == {Domain.INVOICE_TIMING: [("INVOICED_ALREADY", BLOCKED)]}


@pytest.mark.parametrize(
    ("method", "status", "invoice", "revenue"),
    [
        (INPUT, OPEN, ("EVENT_DUE", AUTO), ("REVENUE_UNCHANGED", TOLD)),
        (OUTPUT, OPEN, ("EVENT_DUE", AUTO), ("REVENUE_EARNED", AUTO)),
        (OUTPUT, INVOICED, ("INVOICED_ALREADY", TOLD), ("REVENUE_EARNED", AUTO)),
    ],
)
def test_an_acceptance_makes_the_invoice_due_and_ends_the_work(
    method: RevenueMethod,
    status: EventStatus,
    invoice: tuple[str, Action],
    revenue: tuple[str, Action],
) -> None:
    """Only deliveries earn by it; people and orders are released by who leads them."""
    plan = milestone_plan(facts(Happening.ACCEPTED, method, status), JUDGED)

    assert rows(plan) == {
        Domain.INVOICE_TIMING: [invoice],
        Domain.REVENUE: [revenue],
        Domain.STAFF: [("BOOKING_RELEASED", APPROVAL)],
        Domain.PURCHASE_ORDERS: [("ORDER_LINE_CLOSES", APPROVAL)],
        Domain.CLIENT_NOTICE: [("ACCEPTANCE_CERTIFICATE", AUTO)],
    }
    assert plan.what is Happening.ACCEPTED


@pytest.mark.parametrize(
    ("method", "status", "void", "invoice", "revenue", "amount"),
    [
        (OUTPUT, INVOICED, True, "CREDIT_OR_DISPUTE", "REVENUE_REVERSED", "-48000"),
        (OUTPUT, INVOICED, False, "CREDIT_OR_DISPUTE", "REVENUE_UNCHANGED", "0"),
        (INPUT, INVOICED, True, "CREDIT_OR_DISPUTE", "REVENUE_UNCHANGED", "0"),
        (OUTPUT, OPEN, True, "EVENT_WAITS", "REVENUE_REVERSED", "-48000"),
    ],
)
def test_a_milestone_that_is_opened_again_is_never_forgotten_in_silence(
    method: RevenueMethod,
    status: EventStatus,
    void: bool,
    invoice: str,
    revenue: str,
    amount: str,
) -> None:
    """What was earned is taken back only if the acceptance is void."""
    plan = milestone_plan(facts(Happening.REOPENED, method, status, void=void), JUDGED)
    [timing, earned, notice] = plan.consequences

    assert (timing.code, timing.action) == (invoice, APPROVAL)
    assert (earned.code, earned.amount) == (revenue, eur(amount))
    assert (notice.code, notice.action) == ("CLIENT_TOLD", APPROVAL)
    assert not plan.applies_by_itself
