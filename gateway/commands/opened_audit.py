"""The audit of a data directory, opened for a command, also beside a gateway that runs there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from msgspec import Struct
from sqlalchemy.exc import DatabaseError

from gateway.commands.audit_telling import LEAVE_IT
from gateway.configuration import typist
from gateway.foundation import heads_file
from gateway.settings import Settings
from governance.audit import Audit, AuditEntry
from governance.audit_chain.reading import in_streams
from governance.audit_chain.streams import Stream
from governance.key_file import UnsafeKeyFile
from store.clock import wall_clock
from store.database import Store

STREAM = click.Choice([stream.value for stream in Stream])


class Opened(Struct, frozen=True):
    """The audit, and the store that it is in."""

    store: Store
    audit: Audit


@contextmanager
def opened(settings: Settings) -> Iterator[Opened]:
    """Open the audit, or say why there is none, and close it after."""
    data_dir = Path(settings.data_dir).resolve()
    path = data_dir / "strata.sqlite"
    if not path.exists():
        raise click.ClickException(f"there is no audit in {data_dir}; set STRATA_DATA_DIR")
    store = Store(path)
    heads = heads_file(settings)
    try:
        with store.engine.connect() as connection:
            if not in_streams(connection):
                reason = f"{path} is of an older version"
                raise click.ClickException(f"{reason}: start the gateway, which upgrades it")
        yield Opened(store, Audit(store, wall_clock, heads, keys=data_dir / "keys"))
    except (DatabaseError, UnsafeKeyFile) as error:
        raise _unusable(data_dir, error) from error
    except OSError as error:
        if error.filename != str(heads):
            raise
        raise _unusable(data_dir, error) from error
    finally:
        store.close()


def _unusable(data_dir: Path, error: Exception) -> click.ClickException:
    why = error.orig if isinstance(error, DatabaseError) else error
    return click.ClickException(f"the audit in {data_dir} cannot be used: {why}\n{LEAVE_IT}")


def by_operator(action: str, subject: str, reason: str | None = None) -> AuditEntry:
    """Return the entry of what is done at the machine, by whoever the machine says it is."""
    return AuditEntry(
        actor=typist(),
        client_id="strata",
        action=action,
        subject=subject,
        reason=reason,
    )
