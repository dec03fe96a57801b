"""An engine on a store of its own, as the processes' tests need it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.process_apis.workshop import Workshop


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncIterator[Workshop]:
    workshop = Workshop(tmp_path)
    yield workshop
    workshop.close()
