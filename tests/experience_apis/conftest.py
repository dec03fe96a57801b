"""Northwind's October, played once for all tests that look at it."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from rich.console import Console

from gateway.demo.play import Stage, play, set_stage
from gateway.settings import Settings
from tests.firms.demo import free_port


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def month(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """The firm's month after its end, still served."""
    directory: Path = tmp_path_factory.mktemp("month")
    settings = Settings(data_dir=str(directory), port=int(free_port()))
    async with set_stage(settings) as stage:
        await play(stage, Console(file=io.StringIO()))
        yield stage
