"""The connector under test, connected to a server by the same parts that the gateway uses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from observability.metrics import Metrics
from observability.tracing import Tracing
from store.clock import wall_clock
from system_apis.cross_references import StoredReferences
from system_apis.erp.interface import Erp
from system_apis.erp.tryton import Config, connect
from system_apis.upstream import HttpUpstream
from system_apis.wire import open_session
from tests.real.tryton.server import Tryton
from tests.stores import empty_store

INSTANCE = "erp-a"


@asynccontextmanager
async def tryton_erp(
    tryton: Tryton, directory: Path, config: Config | None = None
) -> AsyncIterator[Erp]:
    """Connect to a running Tryton as the gateway would; cross references go to a directory."""
    config = config or tryton.config()
    store = empty_store(directory / "references.sqlite")
    async with open_session() as session:
        upstream = HttpUpstream(config.connection, "erp", INSTANCE, session, Metrics(), Tracing())
        references = StoredReferences(store, "erp", INSTANCE, wall_clock)
        yield connect(config, upstream, references)
    store.close()
