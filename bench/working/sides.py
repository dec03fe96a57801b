"""The sides: a Strata process on its engine, and a workflow on bare DBOS."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import sqlalchemy
from dbos import DBOS, DBOSConfig, SetWorkflowID
from msgspec import Struct
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from governance.audit import Audit
from observability.metrics import Metrics
from observability.tracing import Config as TracingConfig
from observability.tracing import Tracing
from process_apis.commands import Commands
from process_apis.engine import Engine, Process, step
from process_apis.events.set_up import ProjectActivated
from process_apis.exceptions.queue import ExceptionQueue
from store.clock import Clocks, wall_clock
from store.database import Store
from store.migration import migrate
from working.six_steps import SIX

Start = Callable[[int], Awaitable[object]]


class Side(Struct, frozen=True):
    """A way to run workflows: what starts one, and what was done besides the workflow."""

    start: Start
    besides: Callable[[], Awaitable[dict[str, int]]]


@asynccontextmanager
async def strata(data_dir: Path) -> AsyncIterator[Side]:
    """Run the steps as a Strata process: governed, with its command register and metrics."""
    store = Store(data_dir / "strata.sqlite")
    migrate(store)
    commands, metrics = Commands(store), Metrics()
    spans = InMemorySpanExporter()
    engine = Engine(
        data_dir,
        commands,
        ExceptionQueue(store, Audit(store, wall_clock, data_dir / "heads.jsonl")),
        [],
        Clocks(business=wall_clock, wall=wall_clock),
        tracing=Tracing(TracingConfig(sample_ratio=0.01), spans),
        metrics=metrics,
        entities=frozenset({"ONE"}),
    )

    async def run(event: ProjectActivated) -> None:
        number = 0
        for each in SIX:
            number = await step(each, number)

    process = Process(name="six", on=ProjectActivated, run=run, scopes=frozenset())
    await engine.launch([process])

    async def start(number: int) -> object:
        event = ProjectActivated(project_number=f"P-{number}", legal_entity="ONE")
        return await engine.start(event, by="bench")

    async def besides() -> dict[str, int]:
        done = sqlalchemy.text("SELECT count(*) FROM commands WHERE status = 'done'")
        return {
            "commands done": await store.read(lambda it: int(it.execute(done).scalar_one())),
            "spans kept": len(spans.get_finished_spans()),
        }

    yield Side(start, besides)
    await engine.close()
    store.close()


@asynccontextmanager
async def dbos(data_dir: Path) -> AsyncIterator[Side]:
    """Run the steps as a workflow on DBOS alone, with the journal settings that Strata has."""
    path = data_dir / "journal.sqlite"
    write_ahead = sqlalchemy.create_engine(f"sqlite:///{path}")
    with write_ahead.connect() as connection:
        connection.execute(sqlalchemy.text("PRAGMA journal_mode=WAL"))
    write_ahead.dispose()
    config: DBOSConfig = {
        "name": "bare",
        "system_database_url": f"sqlite:///{path}",
        "sys_db_pool_size": 1,
        "application_version": "1",
        "executor_id": "bare",
        "log_level": "ERROR",
    }
    DBOS(config=config)

    @DBOS.workflow(name="six")
    async def six(number: int) -> int:
        for each in SIX:
            number = await DBOS.run_step_async({"name": each.__name__}, each, number)
        return number

    DBOS.launch()

    async def start(number: int) -> object:
        with SetWorkflowID(f"six-{number}"):
            return await DBOS.start_workflow_async(six, 0)

    async def besides() -> dict[str, int]:
        return {}

    yield Side(start, besides)
    await asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=0)


SIDES = {"strata": strata, "dbos": dbos}
