"""What everything stands on: store, audit, clocks, metrics, traces and logs."""

from pathlib import Path

from msgspec import Struct

from gateway.settings import Profile, Settings
from governance.audit import Audit
from governance.lives import Life
from governance.quality.findings import QualityFindings
from governance.quality.scores import QualityScores
from governance.sensitive_reads import SensitiveReads
from governance.timekeeping import Timekeeper
from observability.health import Health
from observability.log_file import LogFile
from observability.logs import Logs
from observability.metrics import Metrics
from observability.tracing import Tracing
from store.clock import BusinessClock, wall_clock
from store.database import Store
from store.migration import migrate


class Foundation(Struct, frozen=True, kw_only=True):
    """The parts that every layer shares, made once."""

    data_dir: Path
    store: Store
    audit: Audit
    sensitive_reads: SensitiveReads
    clock: BusinessClock
    timekeeper: Timekeeper
    metrics: Metrics
    tracing: Tracing
    logs: Logs
    health: Health
    quality: QualityFindings
    quality_scores: QualityScores
    life: Life

    @property
    def keys(self) -> Path:
        """Where keys and secrets are."""
        return self.data_dir / "keys"

    def close(self) -> None:
        """Flush and close."""
        self.tracing.close()
        self.store.close()
        self.life.close()
        self.logs.close()


def lay_foundation(settings: Settings) -> Foundation:
    """Open the data directory, with its database at the newest schema."""
    data_dir = Path(settings.data_dir).resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    store = Store(data_dir / "strata.sqlite")
    migrate(store)
    logs = Logs(_log_file(settings))
    audit = Audit(
        store,
        wall_clock,
        heads_file(settings),
        keys=data_dir / "keys",
        late=lambda error: logs.events.error("the audit's heads come late", reason=str(error)),
    )
    clock, metrics = BusinessClock(), Metrics()
    quality = QualityFindings(store, audit, clock.now, metrics)
    return Foundation(
        data_dir=data_dir,
        store=store,
        audit=audit,
        sensitive_reads=SensitiveReads(audit, store),
        clock=clock,
        timekeeper=Timekeeper(
            clock, store, audit, wall_clock, settable=settings.profile is Profile.SANDBOX
        ),
        metrics=metrics,
        tracing=Tracing(
            settings.tracing,
            dropped=lambda reason, count: metrics.spans_dropped.labels(reason).inc(count),
            said=lambda what: logs.events.warning("traces are lost", reason=what),
        ),
        logs=logs,
        health=Health(),
        quality=quality,
        quality_scores=QualityScores(store, quality, clock.now),
        life=Life(data_dir / "lives"),
    )


def heads_file(settings: Settings) -> Path:
    """Return where the audit's heads are: beside the database, unless the settings say where."""
    if settings.audit.heads_file is not None:
        return Path(settings.audit.heads_file).resolve()
    return Path(settings.data_dir).resolve() / "audit-heads.jsonl"


def _log_file(settings: Settings) -> LogFile | None:
    """Open the log file; without one the log goes to standard output."""
    if settings.log_file is None:
        return None
    return LogFile(
        Path(settings.log_file), megabytes=settings.log_megabytes, kept=settings.logs_kept
    )
