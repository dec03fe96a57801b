"""What the story takes from a firm's fixture: who pays what and when. No expected result."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec import Struct

from system_apis.canonical.money import Rounding
from system_apis.sandbox.firm import Client, SystemEntry, Trip

CURRENT = "current:"


class ClientPayment(Struct, frozen=True):
    """Money that a client sends; `current:P-…` is the invoice that the story posts."""

    date: date
    amount: Decimal
    invoice: str | None = None

    @property
    def project(self) -> str | None:
        """The project whose new invoice is paid, if it is a new one."""
        told = self.invoice or ""
        return told.removeprefix(CURRENT) if told.startswith(CURRENT) else None


class Won(Struct, frozen=True):
    """A sale, and when it was won."""

    stage: str
    closed_won_at: datetime | None = None


class Paper(Struct, frozen=True):
    """A document of a client, and when it arrived."""

    received_at: datetime | None = None


class Promised(Struct, frozen=True):
    """A part of a fixed price, and the proof that it was accepted."""

    evidence: Paper | None = None


class Agreed(Struct, frozen=True):
    """What arrives for a contract."""

    purchase_order: Paper | None = None
    milestones: tuple[Promised, ...] = ()

    @property
    def papers(self) -> list[Paper | None]:
        """The order, and the proofs."""
        return [self.purchase_order, *(each.evidence for each in self.milestones)]


class Reported(Struct, frozen=True):
    """A report on a month's service."""

    reported_at: datetime


class Answered(Struct, frozen=True):
    """An approval that was asked for and given."""

    requested_at: datetime
    decided_at: datetime


class SetUpCase(Struct, frozen=True):
    """One set-up with the times that were recorded of it."""

    opportunity: str
    closed_won_at: datetime
    ready_at: datetime
    approvals: tuple[Answered, ...] = ()


class CreditCase(Struct, frozen=True):
    """The last billed entries of one person that were too much, and what is right in all."""

    project: str
    employee: str
    entries: int
    corrected_hours: Decimal


class CapRaise(Struct, frozen=True):
    """A contract's higher cap."""

    contract: str
    nte_cap: Decimal


class ChangeCase(Struct, frozen=True):
    """A change of a fixed price that a client asks for."""

    id: str
    project: str
    price_delta: Decimal
    eac_after: Decimal
    distinct: bool = False
    at_standalone_price: bool = False


class MilestoneCase(Struct, frozen=True):
    """A milestone that is to be on another day."""

    project: str
    milestone: str
    new_date: date
    contractor_hours_needed: Decimal | None = None


class RoundingCase(Struct, frozen=True):
    """Quantities with their prices, and how the books that post them round."""

    currency: str
    tax_rate: Decimal
    rounding: Rounding
    lines: tuple[tuple[Decimal, Decimal], ...]


class VendorBillFact(Struct, frozen=True):
    """A bill of the vendor's for hours; one without a moment is sent by whoever plays it."""

    number: str
    hours: Decimal
    received_at: datetime | None = None


class OrderFact(Struct, frozen=True):
    """The order that the vendor bills."""

    id: str


class BuyingCase(Struct, frozen=True):
    """What the firm bought, and how it was billed."""

    po: OrderFact | None = None
    bills: tuple[VendorBillFact, ...] = ()


class JudgedEntry(Struct, frozen=True):
    """Hours that the firm's policy judges, and when an approver said no, if one did."""

    id: str
    employee: str
    project: str
    work_date: date
    hours: Decimal
    billable: bool = True
    task: str | None = None
    notes: str | None = None
    submitted_at: datetime | None = None
    rejected_at: datetime | None = None


class JudgedExpense(Struct, frozen=True):
    """An expense that the firm's policy judges, and when an approver said no, if one did."""

    id: str
    employee: str
    project: str
    date: date
    category: str
    amount: Decimal
    currency: str
    merchant: str | None = None
    billable: bool = True
    receipt: str | None = None
    trip: Trip | None = None
    daily: Decimal | None = None
    nights: int | None = None
    cap_per_night: Decimal | None = None
    submitted_at: datetime | None = None
    rejected_at: datetime | None = None


class StoryFacts(Struct, frozen=True):
    """The facts beside the firm's own systems."""

    systems: tuple[SystemEntry, ...] = ()
    clients: tuple[Client, ...] = ()
    payments: tuple[ClientPayment, ...] = ()
    bad_time_entries: tuple[JudgedEntry, ...] = ()
    expenses: tuple[JudgedExpense, ...] = ()
    opportunities: tuple[Won, ...] = ()
    contracts: tuple[Agreed, ...] = ()
    service_levels: tuple[Reported, ...] | None = None
    setup_case: SetUpCase | None = None
    credit_rebill: CreditCase | None = None
    cap_raise: CapRaise | None = None
    change_request: ChangeCase | None = None
    milestone_change: MilestoneCase | None = None
    rounding_case: RoundingCase | None = None
    procurement: BuyingCase = BuyingCase()

    def won_between(self, first: datetime, last: datetime) -> set[datetime]:
        """Return the moments between two others at which deals are won."""
        moments = (each.closed_won_at for each in self.opportunities if each.stage == "closed_won")
        return {each for each in moments if each is not None and first < each <= last}

    def records(self) -> list[frozenset[str]]:
        """Return the records that each client has in the firm's systems."""
        crms = [each.id for each in self.systems if each.kind == "crm"]
        return [
            frozenset(each.xref.values()) | {each.account(crm) for crm in crms}
            for each in self.clients
        ]

    def arrivals(self) -> set[date]:
        """Return the days on which a document comes in that something may wait for."""
        papers = [paper for each in self.contracts for paper in each.papers if paper]
        moments = [each.received_at for each in papers]
        moments += [each.reported_at for each in self.service_levels or ()]
        return {each.astimezone(UTC).date() for each in moments if each is not None}


def load_facts(firm_dir: Path) -> StoryFacts:
    """Return the story's facts from a directory's `fixture.json`."""
    return msgspec.json.decode((firm_dir / "fixture.json").read_bytes(), type=StoryFacts)
