"""What a rule of quality declares: who owns it, how grave it is and what follows from it."""

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """What is judged."""

    CLIENT = "client"
    CONTRACT = "contract"
    PROJECT = "project"
    PERSON = "person"
    TIME_ENTRY = "time_entry"
    EXPENSE = "expense"
    INVOICE = "invoice"
    RECEIVABLE = "receivable"
    AMOUNT = "amount"
    REVENUE = "revenue"
    VENDOR = "vendor"
    VENDOR_BILL = "vendor_bill"
    SERVICE_RECEIPT = "service_receipt"
    CHANGE = "change"
    FEED = "feed"
    ARRIVAL = "arrival"


class Action(StrEnum):
    """What follows: a step is refused, the record starts nothing, people are told, or a count."""

    BLOCK = "block"
    QUARANTINE = "quarantine"
    WARN = "warn"
    COUNT = "count"


# How much a violation takes off the score of its record. [P]
WEIGHTS = {
    Action.BLOCK: Decimal(1),
    Action.QUARANTINE: Decimal("0.5"),
    Action.WARN: Decimal("0.1"),
    Action.COUNT: Decimal(0),
}


class QualityRule(Struct, frozen=True, kw_only=True):
    """One rule; at `step` it acts by `action_at_step` where that differs from `action`."""

    id: str
    version: int = 1
    title: str
    kind: Kind
    owner: str
    action: Action
    step: str | None = None
    action_at_step: Action | None = None
    remedy: str

    @property
    def weight(self) -> Decimal:
        """How much a violation takes off the score of its record."""
        return WEIGHTS[self.action]

    def acts_at(self, step: str) -> Action:
        """Return what follows at a step."""
        return self.action_at_step or self.action if step == self.step else self.action


class Verdict(Struct, frozen=True):
    """What a rule says of a record; without a detail there is nothing wrong."""

    rule: QualityRule
    detail: str | None = None


class AtRisk(Struct, frozen=True):
    """Money that is kept back, or may be lost, while a finding is open."""

    amount: str
    currency: str


class Judgement(Struct, frozen=True, kw_only=True):
    """What the rules say of one version of a record; a record of the whole firm has no entity.

    A `watched` one may become right or wrong with the days, and is judged again on each. People
    know the record as it is `called`.
    """

    kind: Kind
    subject: str
    called: str | None = None
    version: int
    system: str
    legal_entity: str | None = None
    business_unit: str | None = None
    at_risk: AtRisk | None = None
    watched: bool = False
    verdicts: tuple[Verdict, ...]
