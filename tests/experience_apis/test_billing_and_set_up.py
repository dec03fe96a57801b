"""Readiness, invoicing in time and set-up: what fell due, and what it waited for."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from msgspec.structs import replace

from experience_apis.executive.figures.invoicing import Companies, on_time_invoicing
from experience_apis.executive.figures.readiness import readiness
from experience_apis.executive.figures.set_up import OpenedProject, WaitingProject, set_up
from process_apis.opportunity_to_project.set_up_time import SetUpTime
from process_apis.project_to_cash.records import (
    BillingEvent,
    Blocker,
    ClientInvoice,
    EventStatus,
    InvoiceStage,
)
from system_apis.canonical.billing import InvoiceDraft
from system_apis.canonical.money import Money
from system_apis.canonical.party import LegalEntity
from tests.experience_apis.leading_facts import AS_OF

RATES = {"EUR": Decimal("1.10")}
FRIDAY = date(2026, 10, 9)
US = LegalEntity(
    code="NWA-US",
    name="Northwind",
    country="US",
    currency="USD",
    timezone="America/New_York",
    hours_per_day=Decimal(8),
    holidays=(date(2026, 10, 12),),
)


def _event(
    number: str,
    *codes: str,
    amount: Money | None = None,
    status: EventStatus = EventStatus.INVOICED,
    checked: bool = True,
) -> BillingEvent:
    held = tuple(
        Blocker(code=code, reason=f"R{code}", owner="finance", remedy="wait") for code in codes
    )
    return BillingEvent(
        id=f"be_{number}",
        contract_id="ct_1",
        contract_number="CT-1",
        project_number=f"P-{number}",
        legal_entity="NWA-US",
        client_number="CL-1",
        currency="USD",
        period_start=date(2026, 10, 1),
        period_end=FRIDAY,
        planned_date=FRIDAY,
        status=status,
        first_blockers=held if checked else None,
        amount_expected=amount,
    )


def test_what_was_ready_only_after_somebody_put_it_right_was_not_ready_at_first() -> None:
    """By number, and by what it is worth in the reporting currency."""
    told = readiness(
        [
            _event("1", amount=Money("100.00", "USD")),
            _event("2", "B03", "B09", amount=Money("200.00", "EUR")),
            _event("3", "B03", amount=Money("80.00", "USD")),
        ],
        RATES,
        "USD",
    )

    assert (told.events_due, told.ready_at_first_check, told.rate) == (3, 1, Decimal("0.3333"))
    assert told.value_rate == Decimal("0.2500")
    assert [(each.code, each.events) for each in told.pareto] == [("B03", 2), ("B09", 1)]
    assert [each.project_number for each in told.blockers] == ["P-2", "P-3"]


def test_what_had_nothing_to_bill_or_was_cancelled_was_not_due() -> None:
    """Of nothing there is no share."""
    told = readiness(
        [
            _event("1", status=EventStatus.CANCELLED),
            _event("2", status=EventStatus.NOTHING_TO_BILL),
        ],
        RATES,
        "USD",
    )

    assert (told.events_due, told.rate, told.value_rate) == (0, None, None)


def test_an_event_that_was_never_looked_at_was_not_ready() -> None:
    """And one of no known amount leaves the value untold."""
    told = readiness([_event("1", checked=False), _event("2")], RATES, "USD")

    assert (told.ready_at_first_check, told.value_rate) == (1, None)


def _invoice(event: BillingEvent, posted_at: datetime) -> ClientInvoice:
    nothing = Money.zero("USD")
    draft = InvoiceDraft(
        legal_entity="NWA-US",
        client_number="CL-1",
        project_number=event.project_number,
        currency="USD",
        issue_date=FRIDAY,
        due_date=FRIDAY + timedelta(days=30),
        purchase_order=None,
        tax_category="E",
        tax_rate=Decimal(0),
        lines=(),
        net=nothing,
        tax=nothing,
        gross=nothing,
    )
    return ClientInvoice(
        id=f"inv_{event.id}",
        billing_event_id=event.id,
        version=1,
        stage=InvoiceStage.POSTED,
        draft=draft,
        reference="INV",
        project_manager="U-1",
        instance="erp",
        posted_at=posted_at,
    )


def test_weekends_and_holidays_of_the_company_are_no_business_days() -> None:
    """Two business days after Friday 9 October, with Monday a holiday, is Wednesday in New York."""
    event = _event("1")
    companies = Companies(entities={"NWA-US": US}, as_of=AS_OF, grace_business_days=2)
    in_time = datetime(2026, 10, 15, 3, 59, tzinfo=UTC)
    told = on_time_invoicing([event], [_invoice(event, in_time)], companies)
    late = on_time_invoicing([event], [_invoice(event, in_time + timedelta(minutes=1))], companies)

    assert (told.posted_on_time, told.rate) == (1, Decimal("1.0000"))
    assert (late.posted_on_time, late.posted_late, late.rate) == (0, 1, Decimal("0.0000"))


def test_what_may_still_be_invoiced_in_time_counts_neither_way() -> None:
    """Once its days are over it is not posted."""
    event = _event("1", status=EventStatus.BLOCKED)
    companies = Companies(entities={"NWA-US": US}, as_of=AS_OF, grace_business_days=2)
    early = replace(companies, as_of=datetime(2026, 10, 14, 12, tzinfo=UTC))
    still = on_time_invoicing([event], [], early)
    over = on_time_invoicing([event], [], companies)

    assert (still.still_in_time, still.rate) == (1, None)
    assert (over.not_posted, over.rate) == (1, Decimal("0.0000"))


def _opened(number: str, machine: int, human: int) -> OpenedProject:
    took = SetUpTime(
        hours=Decimal(0), human_seconds=human, machine_seconds=machine, human_touches=1
    )
    return OpenedProject(project_number=number, time=took)


def test_an_open_set_up_has_an_age_and_no_part_in_the_median() -> None:
    """The median is of those that opened: 1.52 hours for Northwind's recorded one."""
    waiting = WaitingProject(project_number="P-9", agreed_at=AS_OF - timedelta(hours=30))
    told = set_up([_opened("P-1", 72, 5400)], [waiting], AS_OF)

    assert told is not None
    assert (told.median_hours, told.p90_hours) == (Decimal("1.52"), Decimal("1.52"))
    assert (told.still_open, told.oldest_open_hours) == (1, Decimal("30.00"))
    assert told.human_share == Decimal("0.9868")
    assert set_up([], [], AS_OF) is None
