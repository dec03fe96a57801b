"""What the gateway's own metrics say at this moment, read back by their labels."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace
from prometheus_client import Gauge, Histogram
from prometheus_client.samples import Sample

from observability.metrics import Metrics


class Breaker(StrEnum):
    """Whether calls of a system are let through: all, one to try, or none."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


_STATES = {0: Breaker.CLOSED, 1: Breaker.HALF_OPEN, 2: Breaker.OPEN}


class Answered(Struct, frozen=True):
    """The requests of one route that ended in one status: how many, and in which time.

    `within` counts those that took no longer than each bound, in seconds.
    """

    route: str
    status: int
    requests: int
    within: dict[float, int]


def answered(metrics: Metrics) -> list[Answered]:
    """Return how requests were answered since this process began."""
    found: dict[tuple[str, str, int], Answered] = {}
    for each in _samples(metrics.http_server_duration):
        if each.name.endswith(("_count", "_bucket")):
            key = (each.labels["method"], each.labels["route"], int(each.labels["status"]))
            one = found.setdefault(key, Answered(key[1], key[2], 0, {}))
            if "le" in each.labels:
                one.within[float(each.labels["le"])] = int(each.value)
            else:
                found[key] = replace(one, requests=int(each.value))
    return list(found.values())


def breaker(metrics: Metrics, instance: str) -> Breaker | None:
    """Return the state of a system's breaker, if the system was ever connected."""
    found = _values(metrics.circuit_state, "instance", instance)
    return _STATES.get(int(max(found, default=-1)))


def unprocessed_seconds(metrics: Metrics, instance: str) -> int | None:
    """Return the age of the oldest event of a system that is not processed, if it tells any."""
    found = _values(metrics.event_oldest_unprocessed, "source", instance)
    return int(found[0]) if found else None


def _values(gauge: Gauge, label: str, value: str) -> list[float]:
    return [each.value for each in _samples(gauge) if each.labels[label] == value]


def _samples(metric: Gauge | Histogram) -> Iterator[Sample]:
    for family in metric.collect():
        yield from family.samples
