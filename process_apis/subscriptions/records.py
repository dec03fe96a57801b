"""Subscriptions and deliveries as they are kept and shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from process_apis.events.published import Told

_EventName = Annotated[str, Meta(pattern=r"\A[a-z0-9_.]{1,100}\Z")]
_Code = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._-]{1,64}\Z")]
_Url = Annotated[str, Meta(min_length=1, max_length=2000)]
_Words = Annotated[str, Meta(max_length=200, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]


class SubscriptionStatus(StrEnum):
    """Whether a subscriber is told: a paused or disabled one is told later what it missed."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"
    DELETED = "deleted"


class SubscriptionWish(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where to tell what; of which companies, all that the caller sees unless told."""

    url: _Url
    event_types: Annotated[list[_EventName], Meta(min_length=1, max_length=100)]
    entities: Annotated[list[_Code], Meta(max_length=256)] = []
    description: _Words = ""


class Subscription(Struct, frozen=True, kw_only=True):
    """Who is told what, and where; `revision` is how often it has changed.

    `rights` are those scopes of its owner, at the time, that bear on its events. Everything is
    signed by the newest secret, and until `old_secret_until` by the one before as well. A secret
    is shown once: `secret_shown` is the number of the last one that was, 0 before the first.
    """

    id: str
    owner: str
    client_id: str
    url: str
    event_types: list[str]
    entities: list[str]
    description: str
    status: SubscriptionStatus
    reason: str | None
    rights: list[str]
    revision: int
    created_at: datetime
    secret_number: int
    secret_made_at: datetime
    old_secret_until: datetime | None
    secret_shown: int = 0

    @property
    def company(self) -> str | None:
        """The company that it is about, if it is one alone."""
        return self.entities[0] if len(self.entities) == 1 else None


class DeliveryState(StrEnum):
    """How far telling one event has come."""

    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class Outcome(StrEnum):
    """How one attempt ended."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    REDIRECTED = "redirected"
    UNREACHABLE = "unreachable"
    UNSAFE = "unsafe"
    GONE = "gone"
    WITHDRAWN = "withdrawn"


class Attempt(Struct, frozen=True, kw_only=True):
    """One attempt to tell an event: when, how it ended, and the status if there was an answer."""

    at: datetime
    outcome: Outcome
    answered: int | None = None
    why: str | None = None


class Delivery(Struct, frozen=True, kw_only=True):
    """One event on its way to one subscriber; `round` counts how often it was asked for anew."""

    id: str
    subscription_id: str
    event_id: str
    event_type: str
    state: DeliveryState
    round: int
    tries: int
    due_at: datetime | None
    occurred_at: datetime


class DeliveryPage(Struct, frozen=True):
    """Deliveries, the newest first; `next_cursor` asks for older ones."""

    items: list[Delivery]
    next_cursor: str | None = None


class DeliveryStory(Struct, frozen=True, kw_only=True):
    """A delivery, with what it tells and every attempt at it, the oldest first."""

    delivery: Delivery
    event: Told
    attempts: list[Attempt]


class Ready(Struct, frozen=True, kw_only=True):
    """A delivery whose turn it is: nothing before it is outstanding for the same record."""

    delivery: Delivery
    event: Told
