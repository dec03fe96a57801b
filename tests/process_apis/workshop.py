"""An engine on a store of its own, as the processes' tests need it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import ModuleType

from governance.audit import Audit
from observability.metrics import Metrics
from observability.tracing import Tracing
from process_apis.commands import Commands
from process_apis.durable.patience import Patience
from process_apis.engagements import Engagements
from process_apis.engine import Engine, Process
from process_apis.exceptions.queue import ExceptionQueue
from process_apis.exceptions.seen import SeenCases
from process_apis.projects_named import ProjectsNamed
from store.clock import Clocks, wall_clock
from tests.stores import empty_store


class Workshop:
    """A data directory in which engines can be opened, one after another."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.store = empty_store(data_dir / "strata.sqlite")
        self.audit = Audit(self.store, wall_clock, data_dir / "heads.jsonl")
        self.commands = Commands(self.store)
        self.exceptions = ExceptionQueue(self.store, self.audit)
        self.engagements = Engagements(self.store, self.audit)
        projects = ProjectsNamed(self.store, self.commands)
        self.seen_cases = SeenCases(self.exceptions, self.engagements, projects.of)
        self.tracing = Tracing()
        self.wall = wall_clock

    @asynccontextmanager
    async def engine(
        self,
        *processes: Process,
        tries: int = 3,
        journaled: Sequence[ModuleType] = (),
        entities: frozenset[str] = frozenset({"US"}),
    ) -> AsyncIterator[Engine]:
        engine = Engine(
            self.data_dir,
            self.commands,
            self.exceptions,
            list(journaled),
            Clocks(business=wall_clock, wall=self.wall),
            tracing=self.tracing,
            metrics=Metrics(),
            entities=entities,
        )
        patience = Patience(tries=tries, first_wait=timedelta(milliseconds=5), factor=2)
        await engine.launch(list(processes), patience)
        try:
            yield engine
        finally:
            await engine.close()

    def close(self) -> None:
        self.store.close()
