"""What becomes of a delivery after an attempt, and who may be told what; pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from process_apis.events.published import EVENT_TYPES, TESTED, Facts, Told
from process_apis.subscriptions.records import Attempt, DeliveryState, Outcome, Subscription

# After each try that failed; the waits together come to three days [P].
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
TRIES = len(WAITS) + 1
# By how many hundredths a wait may be longer, so that not all come back at once.
MOST_SPREAD = 10
SECRET_OVERLAP = timedelta(hours=24)
SECRET_SHOWN_FOR = timedelta(hours=1)
# How long what was told can be looked up and told again [P].
KEPT_FOR = timedelta(days=90)
FORGET_EVERY = timedelta(days=1)


class After(Struct, frozen=True):
    """Where an attempt leaves a delivery; `disabled_because` ends the whole subscription."""

    state: DeliveryState
    due_at: datetime | None
    disabled_because: str | None = None


def outcome_of(status: int) -> Outcome:
    """Return what an HTTP status means: only 2xx is a delivery, and no redirect is followed."""
    if 200 <= status < 300:
        return Outcome.DELIVERED
    if 300 <= status < 400:
        return Outcome.REDIRECTED
    return Outcome.GONE if status == 410 else Outcome.REFUSED


def after(attempt: Attempt, *, tries: int, failures: int, pause: timedelta, spread: int) -> After:
    """Return what follows from the attempt that was a delivery's `tries`-th.

    `failures` counts the failed attempts of the whole subscription in a row, this one included,
    and `spread` says how much longer to wait. A receiver that says that it is gone is believed.
    """
    if attempt.outcome is Outcome.DELIVERED:
        return After(DeliveryState.DELIVERED, None)
    if attempt.outcome is Outcome.GONE:
        return After(DeliveryState.PENDING, attempt.at, "the receiver answered 410 Gone")
    if attempt.outcome is Outcome.WITHDRAWN:
        return After(DeliveryState.PENDING, attempt.at, attempt.why)
    if tries < TRIES:
        wait = WAITS[tries - 1] * (100 + spread) / 100
        return After(DeliveryState.PENDING, attempt.at + max(wait, pause))
    if failures < TRIES:
        return After(DeliveryState.GIVEN_UP, None)
    return After(
        DeliveryState.PENDING, attempt.at, f"{failures} attempts in a row failed, over three days"
    )


def may_hear(told: Told, subscription: Subscription) -> bool:
    """Whether a subscriber is told of an event: of its types, and of a company it is for."""
    if told.type == TESTED:
        return told.facts.id == subscription.id
    if told.type not in subscription.event_types:
        return False
    if told.owner is not None:
        return told.owner == subscription.owner
    return told.facts.legal_entity in subscription.entities


def facts_for(told: Told, rights: Sequence[str]) -> Facts:
    """Return what a subscriber is told, without the amount unless its rights reach that far."""
    kind = EVENT_TYPES[told.type]
    if kind.amount_scope is None or kind.amount_scope not in rights:
        return replace(told.facts, amount=None)
    return told.facts
