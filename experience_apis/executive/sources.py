"""Where the key figures come from, and what is asked of them."""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from msgspec import Struct

from experience_apis.executive.asked import Scope, Window
from experience_apis.executive.figures.receivable_days import Rates
from experience_apis.executive.page import Records
from experience_apis.executive.readings import Readings
from experience_apis.executive.terms import KeyFigureTerms
from governance.editions import Editions
from governance.quality.findings import QualityFindings
from process_apis.approvals.answered import ApprovalTimes
from process_apis.engagements import Engagement
from process_apis.opportunity_to_project.set_up_waits import SetUpWaits
from process_apis.project_to_cash.ledger.billed_events import BilledEvents
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.revenue.books.entries import RevenueLedger
from process_apis.revenue.figures.exchange import Exchange
from system_apis.canonical.party import LegalEntity

F = TypeVar("F")


class Sources(Struct, frozen=True, kw_only=True):
    """The firm's systems, and our own records; `instances` are the systems' names."""

    readings: Readings
    billing: BillingLedger
    billed: BilledEvents
    approval_times: ApprovalTimes
    set_up_waits: SetUpWaits
    quality: QualityFindings
    revenue: RevenueLedger
    exchange: Exchange
    instances: frozenset[str]


class FirmFacts(Struct, frozen=True, kw_only=True):
    """What the firm says of itself: its companies, its rates and its terms."""

    entities: Mapping[str, LegalEntity]
    rates: Rates
    terms: Editions[KeyFigureTerms]


class Asked(Struct, frozen=True, kw_only=True):
    """What is asked for, and the engagements that the caller sees."""

    window: Window
    scope: Scope
    engagements: Sequence[Engagement]


class Told(Struct, Generic[F], frozen=True):
    """A figure, if there is one, and the records that it was worked out from."""

    figure: F | None
    drill_down: tuple[Records, ...] = ()
