"""Deals of which one half is there, won or signed, and how long the other may take. Pure decisions.

Source: domain handbook, 3(a), trigger.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from system_apis.canonical.attendance import Weekday
from system_apis.canonical.contracts import Contract
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.record import Id
from system_apis.canonical.sales import Opportunity, Stage

WEEKEND = {Weekday.SATURDAY, Weekday.SUNDAY}


class Missing(StrEnum):
    """Which half of a deal has not come, in the words of the case that is opened for it."""

    SIGNATURE = "CONTRACT_NOT_SIGNED"
    WIN = "OPPORTUNITY_NOT_WON"


class HandoverState(StrEnum):
    """Where a wait stands: after its last day people know of it, until it is over and closed."""

    WAITING = "waiting"
    OVERDUE = "overdue"
    OVER = "over"
    CLOSED = "closed"


class Handover(Struct, frozen=True, kw_only=True):
    """A wait for one half of a deal, by the id of the opportunity or contract that is there."""

    subject_id: Id
    opportunity_number: str
    missing: Missing
    legal_entity: str | None
    since: date
    last_day: date
    state: HandoverState = HandoverState.WAITING
    note: str | None = None


class Deal(Struct, frozen=True):
    """What CRM and contract system have of one deal now."""

    number: str
    opportunity: Opportunity | None
    contract: Contract | None

    @property
    def is_won(self) -> bool:
        """Whether the CRM calls it won."""
        return self.opportunity is not None and self.opportunity.stage is Stage.CLOSED_WON

    @property
    def is_signed(self) -> bool:
        """Whether its contract is signed."""
        return self.contract is not None and self.contract.signed_at is not None

    @property
    def ids(self) -> frozenset[str]:
        """The ids of its halves, as far as they are there."""
        return frozenset(each.id for each in (self.opportunity, self.contract) if each)

    @property
    def standing(self) -> str:
        """How far it has come, in words."""
        won = "won" if self.is_won else "not won"
        return f"{self.number} is {won}, its contract {'' if self.is_signed else 'not '}signed"


def wait_of(
    deal: Deal, companies: Mapping[str, LegalEntity], business_days: int, now: datetime
) -> Handover | None:
    """Return the wait for the other half of a deal; with both halves or none, nothing waits."""
    opportunity, contract = deal.opportunity, deal.contract
    if deal.is_won == deal.is_signed:
        return None
    sold_by = opportunity.legal_entity if opportunity else None
    code = contract.legal_entity if contract else sold_by
    company = companies.get(code) if code else None
    if opportunity is not None and deal.is_won:
        subject_id, missing, came = opportunity.id, Missing.SIGNATURE, opportunity.closed_won_at
    elif contract is not None:
        subject_id, missing, came = contract.id, Missing.WIN, contract.signed_at
    else:
        return None
    since = company.day_of(came or now) if company else (came or now).date()
    return Handover(
        subject_id=subject_id,
        opportunity_number=deal.number,
        missing=missing,
        legal_entity=code,
        since=since,
        last_day=business_days_after(since, business_days, company),
    )


def business_days_after(start: date, count: int, company: LegalEntity | None) -> date:
    """Return the day that is so many business days after another, by a company's holidays.

    Of a deal that names no company yet only weekends are left out.
    """
    holidays = company.holidays if company else ()
    day, left = start, count
    while left > 0:
        day += timedelta(days=1)
        if day.isoweekday() not in WEEKEND and day not in holidays:
            left -= 1
    return day
