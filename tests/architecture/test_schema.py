"""The tables that the code declares are the tables that the migrations make."""

from importlib import import_module
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from governance.audit_chain.entries import audit
from store.database import Store, metadata
from store.migration import migrate
from tests.architecture.house import dotted, modules


def test_the_migrations_make_exactly_the_declared_tables(tmp_path: Path) -> None:
    """A fresh database differs in nothing from what the code expects of it."""
    for path in modules("system_apis", "process_apis", "governance"):
        if "metadata" in path.read_text():
            import_module(dotted(path))
    store = Store(tmp_path / "strata.sqlite")
    migrate(store)

    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    store.close()

    assert audit.name in metadata.tables
    assert differences == []


def test_a_second_start_migrates_nothing(tmp_path: Path) -> None:
    """Migrating twice is migrating once."""
    store = Store(tmp_path / "strata.sqlite")

    migrate(store)
    migrate(store)

    with store.engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    store.close()

    assert revision is not None
