"""What every side stands on: one data directory with its register of projects and its keys."""

from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import asdict
from sqlalchemy import insert

from gateway.firm import Firm, load_firm
from gateway.foundation import lay_foundation
from gateway.identity import authorization_server
from gateway.people import Wish, holder_of
from gateway.settings import Settings
from governance.audit import Audit
from observability.tracing import Config as TracingConfig
from process_apis.engagements import Engagement, Engagements, EngagementStatus, engagements
from store.clock import wall_clock
from store.database import Store

NORTHWIND = Path(__file__).resolve().parents[2] / "northwind"
PROJECTS = 1_000
NUMBER = "P-500"
ADDRESS = f"/experience/delivery/v1/projects/{NUMBER}"
SAMPLED = 0.01
_THEN = datetime(2026, 9, 1, 9, 30, tzinfo=UTC)


def settings_of(data_dir: Path, sink: str | None = None, *, kept: float = SAMPLED) -> Settings:
    """Return the settings of a gateway on a data directory, some of its spans sent to a sink."""
    return Settings(
        data_dir=str(data_dir),
        firm=str(NORTHWIND),
        log_file=str(data_dir / "access.log"),
        tracing=TracingConfig(sample_ratio=kept, otlp_endpoint=sink),
    )


def laid_ground(data_dir: Path) -> Firm:
    """Make a data directory with a thousand projects, and return the firm they belong to."""
    settings = settings_of(data_dir)
    firm = load_firm(NORTHWIND)
    base = lay_foundation(settings)
    rows = [asdict(_project(number, firm)) for number in range(PROJECTS)]
    with base.store.engine.begin() as connection:
        connection.execute(insert(engagements), rows)
    base.close()
    return firm


def access_token(data_dir: Path, firm: Firm) -> str:
    """Return a fresh token of somebody who may read every company's projects."""
    server = authorization_server(settings_of(data_dir), firm, data_dir / "keys")
    return server.issue(holder_of(Wish(who="executive"), firm))


class Remembered(Engagements):
    """The register with its one answer remembered: what is left to measure is the gateway."""

    def __init__(self, store: Store, audit: Audit, known: Engagement) -> None:
        super().__init__(store, audit)
        self._known = known

    async def find(self, project_number: str) -> Engagement | None:
        """Return the one project."""
        return self._known if project_number == self._known.project_number else None


async def register(store: Store, data_dir: Path, kind: str) -> Engagements:
    """Return the register of projects: read from the store each time, or remembered."""
    audit = Audit(store, wall_clock, data_dir / "heads.jsonl")
    stored = Engagements(store, audit)
    if kind == "store":
        return stored
    known = await stored.find(NUMBER)
    assert known is not None
    return Remembered(store, audit, known)


def _project(number: int, firm: Firm) -> Engagement:
    entity = firm.entities[0]
    serial = f"01J9ZC3K6ZD0W5Y9Q8R7S{number:05d}"
    return Engagement(
        project_number=f"P-{number}",
        name="Claims platform, phase two",
        opportunity_id=f"op_{serial}",
        contract_id=f"co_{serial}",
        contract_number=f"CT-{number}",
        legal_entity=entity.id,
        client_id=f"cl_{serial}",
        client_number=f"CL-{number}",
        client_name="Example Health Partners",
        currency=entity.currency,
        billing_model="time_and_materials",
        project_manager="U-17",
        command_key=f"project-setup:{number}",
        status=EngagementStatus.ACTIVE,
        project_id=f"pr_{serial}",
        agreed_at=_THEN,
        opened_at=_THEN,
        activated_at=_THEN,
    )
