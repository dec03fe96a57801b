"""Real products for the stories: a test that cannot have one skips loudly, and fails in CI."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from system_apis.erp.interface import Erp
from tests.installed import had
from tests.real.tryton.business_time import library
from tests.real.tryton.clerk import Clerk, clerk_at
from tests.real.tryton.connected import tryton_erp
from tests.real.tryton.installation import snapshot
from tests.real.tryton.server import Tryton, running_tryton


@pytest.fixture(scope="session")
def serve_tryton() -> Callable[[Path], AbstractContextManager[Tryton]]:
    """Return what serves fresh books at the month's end, or leave the test with the reason."""
    had(snapshot), had(library)
    return running_tryton


@pytest.fixture(scope="session")
def tryton(
    serve_tryton: Callable[[Path], AbstractContextManager[Tryton]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Tryton]:
    """Serve books that all stories of this worker share; each has its own clients in them."""
    with serve_tryton(tmp_path_factory.mktemp("books of all")) as running:
        yield running


@pytest.fixture
async def erp(tryton: Tryton, tmp_path: Path) -> AsyncIterator[Erp]:
    """Connect to the shared books."""
    async with tryton_erp(tryton, tmp_path) as connected:
        yield connected


@pytest.fixture
def clerk(tryton: Tryton) -> Iterator[Clerk]:
    """Seat a bookkeeper at the shared books."""
    with clerk_at(tryton) as seated:
        yield seated


@pytest.fixture
def own_tryton(
    serve_tryton: Callable[[Path], AbstractContextManager[Tryton]], tmp_path: Path
) -> Iterator[Tryton]:
    """Serve books that one story has for itself, because it closes or dates them."""
    with serve_tryton(tmp_path) as running:
        yield running


@pytest.fixture
async def own_erp(own_tryton: Tryton, tmp_path: Path) -> AsyncIterator[Erp]:
    """Connect to a story's own books."""
    async with tryton_erp(own_tryton, tmp_path) as connected:
        yield connected
