"""What the gateway's own metrics say at this moment, read back by their labels."""

from collections.abc import Iterator
from enum import StrEnum

from prometheus_client import Counter, Gauge
from prometheus_client.samples import Sample

from observability.metrics import Metrics


class Breaker(StrEnum):
    """Whether calls of a system are let through: all, one to try, or none."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


_STATES = {0: Breaker.CLOSED, 1: Breaker.HALF_OPEN, 2: Breaker.OPEN}


def breaker(metrics: Metrics, instance: str) -> Breaker | None:
    """Return the state of a system's breaker, if the system was ever connected."""
    found = _values(metrics.circuit_state, "instance", instance)
    return _STATES.get(int(max(found, default=-1)))


def unprocessed_seconds(metrics: Metrics, instance: str) -> int | None:
    """Return the age of the oldest event of a system that is not processed, if it tells any."""
    found = _values(metrics.event_oldest_unprocessed, "source", instance)
    return int(found[0]) if found else None


def failure_kinds(metrics: Metrics, instance: str) -> dict[str, int]:
    """Return how often calls of a system failed in which way since this process began."""
    kinds: dict[str, int] = {}
    for each in _samples(metrics.upstream_failures):
        if each.name.endswith("_total") and each.labels["instance"] == instance and each.value:
            kind = each.labels["kind"]
            kinds[kind] = kinds.get(kind, 0) + int(each.value)
    return kinds


def _values(gauge: Gauge, label: str, value: str) -> list[float]:
    return [each.value for each in _samples(gauge) if each.labels[label] == value]


def _samples(metric: Gauge | Counter) -> Iterator[Sample]:
    for family in metric.collect():
        yield from family.samples
