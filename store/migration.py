"""Bringing a database to the schema that this version of Strata needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from store.database import Store, hold


def revisions() -> list[str]:
    """Return the revisions that this version knows, the first one before the rest."""
    walked = ScriptDirectory.from_config(_config()).walk_revisions()
    return [each.revision for each in walked][::-1]


def migrate(store: Store) -> None:
    """Run every migration that a database has not seen yet: all of them, or none."""
    config = _config()
    with store.engine.begin() as connection:
        hold(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
