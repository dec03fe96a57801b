"""An index that hides an entry from whoever searches is found, though the entry is still there."""

import sqlite3
from pathlib import Path

import pytest

from governance.audit import Audit
from governance.audit_chain.reading import Question, verify
from governance.audit_chain.walk import Extent
from store.database import Store
from tests.governance.audited import in_turns

HIDING = "CREATE INDEX audit_by_subject ON audit (subject, sequence) WHERE subject <> 'INV-1'"
RENAME = "UPDATE sqlite_schema SET sql = ? WHERE name = 'audit_by_subject'"


def _hide(path: Path) -> None:
    """Build the index without some entries, and have it say that it has them all."""
    connection = sqlite3.connect(path, isolation_level=None)
    [told] = connection.execute(
        "SELECT sql FROM sqlite_schema WHERE name = 'audit_by_subject'"
    ).fetchone()
    connection.execute("DROP INDEX audit_by_subject")
    connection.execute(HIDING)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(RENAME, (told,))
    version = connection.execute("PRAGMA schema_version").fetchone()[0]
    connection.execute(f"PRAGMA schema_version = {version + 1}")
    connection.close()


@pytest.mark.parametrize("extent", [Extent(), Extent(first=5), Extent(stream="effects")])
async def test_an_entry_that_an_index_hides_is_missed(
    chain: Audit, store: Store, tmp_path: Path, extent: Extent
) -> None:
    """Every chain is whole, and yet a search for one invoice finds nothing."""
    await in_turns(chain, 3)
    before = await chain.records(Question(subject="INV-1"))
    _hide(tmp_path / "strata.db")
    hidden = await chain.records(Question(subject="INV-1"))
    with store.engine.connect() as connection:
        verdict = verify(connection, chain.heads(), extent=extent)

    assert (len(before), hidden) == (3, [])
    assert [each.stream for each in verdict.faults] == [None]
    assert "audit_by_subject" in verdict.faults[0].reason
