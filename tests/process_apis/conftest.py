"""An engine on a store of its own, a firm in the sandbox, and a receiver of what is told."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.process_apis.judged_firm import JudgedFirm, judged_firm
from tests.process_apis.telling import Receiver, Telling, receiver
from tests.process_apis.workshop import Workshop


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncIterator[Workshop]:
    workshop = Workshop(tmp_path)
    yield workshop
    workshop.close()


@pytest.fixture
async def firm(tmp_path: Path, workshop: Workshop) -> AsyncIterator[JudgedFirm]:
    """Run a small firm whose records are right; its feeds are not read yet."""
    async with judged_firm(tmp_path, workshop) as opened:
        yield opened


@pytest.fixture
async def telling(tmp_path: Path) -> AsyncIterator[Telling]:
    telling = Telling(tmp_path)
    yield telling
    telling.store.close()


@pytest.fixture
async def there() -> AsyncIterator[Receiver]:
    async with receiver() as found:
        yield found
