"""An empty store, a clock to turn, and an audit that seals every five entries."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from governance.audit import Audit
from store.database import Store
from tests.governance.audited import Clock
from tests.stores import empty_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open an empty store."""
    opened = empty_store(tmp_path / "strata.db")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    """Set a clock to a Monday noon."""
    return Clock()


@pytest.fixture
def heads(tmp_path: Path) -> Path:
    """Return where the heads are."""
    return tmp_path / "audit-heads.jsonl"


@pytest.fixture
def chain(store: Store, clock: Clock, heads: Path) -> Audit:
    """Begin an audit whose heads are sealed every five entries."""
    return Audit(store, clock, heads, every=5)
