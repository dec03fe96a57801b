"""What the commands that change who may call stand on: the store, the audit, and who types."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from gateway.commands.opened_audit import by_operator
from gateway.foundation import heads_file
from gateway.settings import Settings
from governance.audit import Audit, AuditEntry
from store.clock import wall_clock
from store.database import Store
from store.migration import migrate


class Register(Struct, frozen=True):
    """The records of a data directory, open beside the gateway that may run on it."""

    store: Store
    audit: Audit
    keys: Path

    def entry(self, action: str, subject: str, reason: str | None = None) -> AuditEntry:
        """Return the audit entry of something that whoever types did."""
        return by_operator(action, subject, reason)

    def record(self, entry: AuditEntry) -> None:
        """Write an entry by itself."""
        asyncio.run(self.audit.record(entry))


@contextmanager
def open_register(settings: Settings) -> Iterator[Register]:
    """Open the records for as long as the block runs."""
    data_dir = Path(settings.data_dir).resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    store = Store(data_dir / "strata.sqlite")
    try:
        migrate(store)
        keys = data_dir / "keys"
        audit = Audit(store, wall_clock, heads_file(settings), keys=keys)
        yield Register(store, audit, keys)
        asyncio.run(audit.anchor_if_due())
    finally:
        store.close()
