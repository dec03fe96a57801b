"""What a look saw of a record: the facts, and which rules these decide."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from msgspec import Struct

from governance.quality.rules import AtRisk, Kind
from system_apis.canonical.money import Money
from system_apis.errors import Refused, Unreadable

T = TypeVar("T")
Risk = Callable[[], Awaitable[AtRisk | None]]


def just(amount: Money | None) -> Risk:
    """Return that an amount hangs on a record, and nothing when it is none."""

    async def risk() -> AtRisk | None:
        return AtRisk(amount.amount, amount.currency) if amount else None

    return risk


async def told(reading: Awaitable[T]) -> T | None:
    """Return what a system tells beside the record, nothing when it will not or makes no sense."""
    try:
        return await reading
    except (Refused, Unreadable):
        return None


class Seen(Struct, frozen=True, kw_only=True):
    """The facts of a record; a rule that they do not decide is not said to hold.

    `changes_with_days` is one that may become wrong though nobody touches it. `of`, and
    `of_kind` if it is of another kind, is said when it is about something else than the record
    that was looked at. `at_risk` is asked only when something is wrong.
    """

    facts: Struct
    decided: frozenset[str]
    legal_entity: str | None = None
    business_unit: str | None = None
    changes_with_days: bool = False
    of: str | None = None
    of_kind: Kind | None = None
    at_risk: Risk = just(None)


Look = Callable[[str, str], Awaitable[tuple[Seen, ...]]]


class Looked(Struct, frozen=True):
    """What kind of record a feed tells of, and the look at it: of a system, by our id."""

    kind: Kind
    look: Look


Looks = Mapping[str, Looked]
