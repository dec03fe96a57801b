"""What the tests of limits share: a clock that stands, limits of one API, what was counted."""

from governance.counting.shared import Config as SharedConfig
from governance.counting.shared import SharedCounts
from governance.policy import RatePlan
from governance.rate_limits import Config, Limit, RateLimits
from observability.metrics import Metrics

API = "/system/crm/v1"
NOON = 1_800_000_000.0


class Clock:
    """A clock that stands where it is put, at the beginning of a minute at first."""

    def __init__(self, at: float = NOON) -> None:
        self.at = at

    def __call__(self) -> float:
        """Return where it stands."""
        return self.at


class Limits:
    """The limits of one gateway process."""

    def __init__(
        self, clock: Clock, shared: SharedCounts | None = None, config: Config | None = None
    ) -> None:
        self.metrics = Metrics()
        self.all = RateLimits(config or Config(), self.metrics, shared, now=clock)

    def of(self, plan: RatePlan, operation: str = "") -> Limit:
        """Return the limit of an operation of the API."""
        return self.all.of(API, plan, operation)

    def decided(self, decision: str) -> float:
        """Return how many decisions of a kind were counted."""
        labels = {"api": API, "decision": decision}
        found = self.metrics.registry.get_sample_value("strata_rate_limit_decisions_total", labels)
        return found or 0.0


def shared_counts(port: int, *, timeout_ms: int = 2_000, away_ms: int = 200) -> SharedCounts:
    """Return counts in the Valkey at a port."""
    url = f"redis://127.0.0.1:{port}/0"
    return SharedCounts(SharedConfig(url=url, timeout_ms=timeout_ms, away_ms=away_ms))
