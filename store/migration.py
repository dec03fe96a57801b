"""Bringing a database to the schema that this version of Strata needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from store.database import Store, hold


def migrate(store: Store) -> None:
    """Run every migration that a database has not seen yet: all of them, or none."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with store.engine.begin() as connection:
        hold(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
