"""A rate plan as it is counted: read once at the start, and refused there if it makes no sense."""

from collections.abc import Collection
from enum import StrEnum

from limits import parse
from msgspec import Struct

from governance.policy import RatePlan, Share

MONTH = 0


class Fallback(StrEnum):
    """What holds while the counter's store is away."""

    LOCAL = "local"
    REFUSE = "refuse"
    ALLOW = "allow"


class Meter(Struct, frozen=True):
    """One limit of a plan: `window` is in seconds, or `MONTH`; `of` is what it is counted for."""

    name: str
    of: str
    quota: int
    window: int

    @property
    def told(self) -> str:
        """The limit as the header `RateLimit-Policy` says it; a month has no fixed length."""
        window = f";w={self.window}" if self.window else ""
        return f'"{self.name}";q={self.quota}{window}'


class Terms(Struct, frozen=True, kw_only=True):
    """All that the calls of one operation are measured by."""

    meters: tuple[Meter, ...]
    cost: int
    at_once: int | None
    shadow: bool
    fallback: Fallback

    @property
    def told(self) -> str:
        """The terms as the header `RateLimit-Policy` says them."""
        parts = [each.told for each in self.meters]
        if self.at_once is not None:
            parts.append(f'"at-once";q={self.at_once};qu="concurrent-requests"')
        return ", ".join(parts)


def check_plan(plan: RatePlan, operations: Collection[str]) -> None:
    """Raise `ValueError`, in words for whoever wrote the plan, unless it can be counted."""
    if plan.on_store_failure not in set(Fallback):
        raise ValueError(f"cannot fall back to {plan.on_store_failure!r}")
    for name in plan.operations:
        if name not in operations:
            raise ValueError(f"its rate plan speaks of {name!r}, which is no operation")
    if plan.at_once is not None and plan.at_once < 1:
        raise ValueError("at least one call runs at a time")
    for name in operations or [""]:
        for meter in terms_of("", name, plan).meters:
            cost = _share(plan, name).cost
            if not 0 < cost <= meter.quota:
                raise ValueError(f"a call of {name!r} costs {cost} of {meter.quota}")


def terms_of(api: str, operation: str, plan: RatePlan) -> Terms:
    """Return what an operation's calls are measured by, or raise `ValueError`."""
    share = _share(plan, operation)
    meters = [read_limit("default", api, plan.limit)]
    if share.limit is not None:
        meters.append(read_limit("operation", f"{api}:{operation}", share.limit))
    if plan.monthly is not None:
        meters.append(Meter("monthly", api, plan.monthly, MONTH))
    return Terms(
        meters=tuple(meters),
        cost=share.cost,
        at_once=plan.at_once,
        shadow=plan.shadow,
        fallback=Fallback(plan.on_store_failure),
    )


def read_limit(name: str, of: str, limit: str) -> Meter:
    """Return the limit that a text such as `600/minute` says, or raise `ValueError`."""
    try:
        item = parse(limit)
    except ValueError:
        raise ValueError(f"{limit!r} is no rate limit") from None
    return Meter(name, of, item.amount, item.get_expiry())


def _share(plan: RatePlan, operation: str) -> Share:
    return plan.operations.get(operation) or Share()
