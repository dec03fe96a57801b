"""Where a version stands in its life at a moment: decided by its dates, and told in headers."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.utils import format_datetime

from msgspec import Struct

from governance.policy import Brownout, Lifecycle, Stage

Headers = tuple[tuple[bytes, bytes], ...]
LEAVING = frozenset({Stage.DEPRECATED, Stage.BROWNOUT, Stage.RETIRED})
_DECLARED = frozenset({Stage.PREVIEW, Stage.ACTIVE, Stage.DEPRECATED, Stage.RETIRED})


class Standing(Struct, frozen=True):
    """A version's stage now, what its answers say of it, and when either may change next.

    `until` is None when no date lies ahead; `back_at` is the end of the brownout that is on.
    """

    stage: Stage
    headers: Headers
    until: datetime | None
    back_at: datetime | None = None


def standing_of(path: str, life: Lifecycle, now: datetime) -> Standing:
    """Return where a version stands at a moment."""
    on = next((each for each in life.brownouts if each.starts <= now < each.ends), None)
    stage = _stage(life, on, now)
    ahead = [moment for moment in _moments(life) if moment > now]
    return Standing(
        stage,
        headers_of(path, life),
        min(ahead, default=None),
        on.ends if on is not None and stage is Stage.BROWNOUT else None,
    )


def headers_of(path: str, life: Lifecycle) -> Headers:
    """Return the headers of RFC 9745 and RFC 8594 for a version, none while it has no end."""
    found: list[tuple[bytes, bytes]] = []
    if life.deprecated_on is not None:
        stamp = int(midnight(life.deprecated_on).timestamp())
        found.append((b"deprecation", f"@{stamp}".encode()))
        found.append((b"link", f'</docs#{path}>; rel="deprecation"; type="text/html"'.encode()))
    if life.sunset_on is not None:
        when = format_datetime(midnight(life.sunset_on), usegmt=True)
        found.append((b"sunset", when.encode()))
        found.append((b"link", f'</docs#{path}>; rel="sunset"; type="text/html"'.encode()))
    if life.successor is not None:
        found.append((b"link", f'<{life.successor}>; rel="successor-version"'.encode()))
    return tuple(found)


def flaws_of(life: Lifecycle) -> Iterator[str]:
    """Say what is wrong with a lifecycle: a date out of its order, or one that is missing."""
    leaving, gone = life.deprecated_on, life.sunset_on
    if life.stage not in _DECLARED:
        yield "a brownout is planned by its moments, not declared as a stage"
    if life.stage in LEAVING and not (leaving and gone):
        yield "what is deprecated or retired has the dates deprecated_on and sunset_on"
    if (gone or life.brownouts) and not leaving:
        yield "what has a sunset or brownouts has the date deprecated_on"
    if leaving and leaving < life.since:
        yield "deprecated_on lies before since"
    if leaving and gone and gone <= leaving:
        yield "sunset_on does not lie after deprecated_on"
    if leaving and not life.successor:
        yield "what is deprecated names its successor"
    if leaving and not all(_within(each, leaving, gone) for each in life.brownouts):
        yield "a brownout ends after it starts, between deprecated_on and sunset_on"


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _stage(life: Lifecycle, on: Brownout | None, now: datetime) -> Stage:
    if life.stage is Stage.RETIRED or _come(life.sunset_on, now):
        return Stage.RETIRED
    if life.stage is Stage.DEPRECATED or _come(life.deprecated_on, now):
        return Stage.DEPRECATED if on is None else Stage.BROWNOUT
    return life.stage


def _come(day: date | None, now: datetime) -> bool:
    return day is not None and now >= midnight(day)


def _within(brownout: Brownout, leaving: date, gone: date | None) -> bool:
    ends = gone is None or brownout.ends <= midnight(gone)
    return midnight(leaving) <= brownout.starts < brownout.ends and ends


def _moments(life: Lifecycle) -> Iterator[datetime]:
    """Yield every moment at which a stage may change."""
    yield from (midnight(day) for day in (life.deprecated_on, life.sunset_on) if day)
    for each in life.brownouts:
        yield from (each.starts, each.ends)
