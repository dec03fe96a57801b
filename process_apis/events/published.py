"""The published events: which facts subscribers may hear of, under which name, and with what right.

A type's name ends in its version. What it says may grow; what it said before stays.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from urllib.parse import quote

from msgspec import Struct, structs

from process_apis.events.billing import CreditNotePosted, DisputeAccepted, InvoicePosted
from process_apis.events.business_event import BusinessEvent
from process_apis.events.revenue import RevenueRecognized
from process_apis.events.set_up import EngagementAgreed, ProjectActivated
from process_apis.events.subscriptions import DeliveryGivenUp, SubscriptionDisabled
from process_apis.events.time_and_expense import WorkApproved, WorkRejected
from system_apis.canonical.money import Money

TESTED = "strata.subscription.tested.v1"
# Of what a receiver itself asked for or brought about; only the owner of the receiver is told.
_OWN = "process:subscriptions:read"
# The API where subscribers say what they are told: what they take is use of it.
TOLD_BY = "/process/subscriptions/v1"


class EventType(Struct, frozen=True, kw_only=True):
    """A type of event that is published: what it says, and which scope it takes to hear of it.

    `read_at` is where what happened can be read, and `schema_at` where the JSON Schema is of what
    is said; an amount is told to those only who have `amount_scope` as well.
    """

    type: str
    title: str
    entity: str
    scope: str
    read_at: str
    schema_at: str
    amount_scope: str | None = None


class Facts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an event says: which record of which company it is about, and where to read it."""

    entity: str
    id: str
    read_at: str
    legal_entity: str | None = None
    number: str | None = None
    version: int | None = None
    month: str | None = None
    reason: str | None = None
    amount: Money | None = None


class Told(Struct, frozen=True, kw_only=True):
    """An event as it is published; `owner` is who alone is told, if it is not everybody's."""

    id: str
    type: str
    occurred_at: datetime
    facts: Facts
    owner: str | None = None


class _Published(Struct, frozen=True):
    """How a fact becomes an event of a type: which of its fields is the record's id."""

    kind: EventType
    id_from: str


def _type(name: str, title: str, scope: str, read_at: str, **more: str) -> EventType:
    """Return a type; its entity is the first word of its name."""
    return EventType(
        type=f"strata.{name}.v1",
        title=title,
        entity=name.partition(".")[0],
        scope=scope,
        read_at=read_at,
        schema_at=f"{TOLD_BY}/event-types/strata.{name}.v1",
        **more,
    )


_PUBLISHED: dict[type[BusinessEvent], _Published] = {
    EngagementAgreed: _Published(
        _type(
            "engagement.agreed",
            "An opportunity is won and its contract signed.",
            "system:contracts:read",
            "/system/contracts/v1/contracts/{contract_id}",
        ),
        "contract_id",
    ),
    ProjectActivated: _Published(
        _type(
            "project.activated",
            "A project is open for time in every system that must know it.",
            "system:psa:read",
            "/system/psa/v1/projects?number={project_number}",
        ),
        "project_number",
    ),
    InvoicePosted: _Published(
        _type(
            "invoice.posted",
            "The ERP holds an invoice with a number, for exactly the expected total.",
            "system:erp:read",
            "/system/erp/v1/invoices?number={number}",
        ),
        "invoice_id",
    ),
    CreditNotePosted: _Published(
        _type(
            "credit_note.posted",
            "The ERP holds a credit note with a number, for exactly the expected total.",
            "system:erp:read",
            "/process/project-to-cash/v1/credit-notes/{credit_note_id}",
        ),
        "credit_note_id",
    ),
    DisputeAccepted: _Published(
        _type(
            "dispute.accepted",
            "The firm agrees with a client's objection to an invoice.",
            "system:erp:read",
            "/process/project-to-cash/v1/invoices/{invoice_id}",
            amount_scope="process:project-to-cash:read",
        ),
        "dispute_id",
    ),
    RevenueRecognized: _Published(
        _type(
            "revenue.recognized",
            "The ledger says what a project earned in a month.",
            "process:revenue:read",
            "/process/revenue/v1/entries?project_number={project_number}",
        ),
        "project_number",
    ),
    WorkApproved: _Published(
        _type(
            "work.approved",
            "Hours or an expense have every approval that they need.",
            "process:time-and-expense:read",
            "/process/time-and-expense/v1/handed-in/{row_id}",
        ),
        "row_id",
    ),
    WorkRejected: _Published(
        _type(
            "work.rejected",
            "An approver does not agree with hours or an expense.",
            "process:time-and-expense:read",
            "/process/time-and-expense/v1/handed-in/{row_id}",
        ),
        "row_id",
    ),
    SubscriptionDisabled: _Published(
        _type(
            "subscription.disabled",
            "One of your subscriptions is told nothing more until somebody resumes it.",
            _OWN,
            "/process/subscriptions/v1/{subscription_id}",
        ),
        "subscription_id",
    ),
    DeliveryGivenUp: _Published(
        _type(
            "delivery.given_up",
            "An event could not be delivered to one of your subscriptions, though others could.",
            _OWN,
            "/process/subscriptions/v1/deliveries/{delivery_id}",
        ),
        "delivery_id",
    ),
}
TEST = EventType(
    type=TESTED,
    title="Somebody asked for a test of one of your subscriptions; it need not be subscribed to.",
    entity="subscription",
    scope=_OWN,
    read_at="/process/subscriptions/v1/{subscription_id}",
    schema_at=f"{TOLD_BY}/event-types/{TESTED}",
)
EVENT_TYPES: dict[str, EventType] = {
    each.type: each for each in [*(one.kind for one in _PUBLISHED.values()), TEST]
}


def told(event: BusinessEvent, at: datetime) -> Told | None:
    """Return a fact as it is published, None when nobody outside is told of it.

    The id follows from the business key: however often it is told, it is one event.
    """
    published = _PUBLISHED.get(type(event))
    if published is None:
        return None
    said = structs.asdict(event)
    kind = published.kind
    facts = Facts(
        entity=kind.entity,
        id=said[published.id_from],
        read_at=kind.read_at.format_map(
            {name: quote(str(one), safe="") for name, one in said.items()}
        ),
        legal_entity=event.legal_entity,
        **{name: said[name] for name in shared(type(event))},
    )
    return Told(
        id=_event_id(f"{kind.type}|{event.business_key}"),
        type=kind.type,
        occurred_at=at,
        facts=facts,
        owner=said.get("owner"),
    )


def test_of(subscription_id: str, owner: str, occasion: str, at: datetime) -> Told:
    """Return the event by which a subscription is tried."""
    facts = Facts(
        entity=TEST.entity,
        id=subscription_id,
        read_at=TEST.read_at.format(subscription_id=subscription_id),
    )
    return Told(
        id=_event_id(f"{TESTED}|{subscription_id}|{occasion}"),
        type=TESTED,
        occurred_at=at,
        facts=facts,
        owner=owner,
    )


def published() -> Mapping[type[BusinessEvent], EventType]:
    """Return the facts that are published, each with the type of event that it becomes."""
    return {fact: one.kind for fact, one in _PUBLISHED.items()}


@cache
def shared(kind: type[BusinessEvent]) -> tuple[str, ...]:
    """Return which fields of a fact are told under their own names."""
    optional = ("number", "version", "month", "reason", "amount")
    return tuple(each for each in optional if each in kind.__struct_fields__)


def _event_id(said: str) -> str:
    return f"evt_{hashlib.sha256(said.encode()).hexdigest()[:32]}"
