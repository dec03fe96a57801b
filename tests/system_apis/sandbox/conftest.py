"""The Northwind sandbox, fresh for each test, at the end of its month."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.system_apis.sandbox.house import MONTH_END, NORTHWIND, House, house_of


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Run Northwind's systems at the end of October, and wait for them on a busy machine too."""
    async with house_of(NORTHWIND, tmp_path, timeout_ms=5_000) as opened:
        await opened.at(MONTH_END)
        yield opened
