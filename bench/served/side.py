"""A side: how many of its traces are kept, where they go, and which stages it lacks."""

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from reading.ground import NORTHWIND

from gateway.app import AROUND_ALL, AROUND_EACH, WayIn
from gateway.settings import Settings
from governance.policy import RatePlan
from governance.rate_limits import Config as RateLimits
from observability.tracing import Config as TracingConfig

API = "/experience/delivery/v1"
NUMBER = "P-1001"
ADDRESS = f"{API}/projects/{NUMBER}"
# One issuer for all sides, so that one token opens each of them.
PUBLIC_URL = "http://127.0.0.1:8000"
# The sides stand still while another is loaded: they look at the systems when they start.
SELDOM_SECONDS = 3_600.0


class Task(Struct, frozen=True, kw_only=True):
    """What to serve, where, and on which systems."""

    data_dir: str
    port: int
    sandbox_url: str
    sink: str | None = None
    kept: float = 0.0
    lacks: tuple[str, ...] = ()
    rounds_seconds: float = SELDOM_SECONDS


def settings_of(task: Task) -> Settings:
    """Return the settings of a side, under a limit that is counted, not hit."""
    return Settings(
        data_dir=task.data_dir,
        firm=str(NORTHWIND),
        port=task.port,
        public_url=PUBLIC_URL,
        sandbox_url=task.sandbox_url,
        log_file=str(Path(task.data_dir) / "access.log"),
        rounds_seconds=task.rounds_seconds,
        rate_limits=RateLimits(plans={API: RatePlan(limit="1000000000/minute")}),
        tracing=TracingConfig(sample_ratio=task.kept, otlp_endpoint=task.sink),
    )


def way_in(lacks: Sequence[str]) -> WayIn:
    """Return the way in without the stages of these names."""
    return WayIn(
        around_all=[each for each in AROUND_ALL if each.__name__ not in lacks],
        around_each=[each for each in AROUND_EACH if each.__name__ not in lacks],
    )
