"""Everything that the gateway and the firm's systems hold, as hashes that can be compared."""

import hashlib
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import aiohttp

from system_apis.sandbox.server import SandboxAddress

_NOT_STATE = {
    "audit",
    "idempotency_keys",
    "alembic_version",
    "api_usage",
    "failing_operations",
    "lifecycle_notices",
    "model_freshness",
}
# Of an effect that the system refused there is a line, and nothing else.
_CHANGES = "SELECT * FROM effects WHERE state <> 'refused'"


class Holdings:
    """Reads the gateway's own tables past the gateway, and asks the sandbox's operator's side."""

    def __init__(
        self, data_dir: Path, sandbox: SandboxAddress, session: aiohttp.ClientSession
    ) -> None:
        self._path = f"file:{data_dir / 'strata.sqlite'}?mode=ro"
        self._sandbox, self._session = sandbox, session

    async def summed(self) -> dict[str, str]:
        """Return a hash of each of the gateway's own tables, and of all that the systems hold."""
        headers = {"authorization": f"Bearer {self._sandbox.control_secret}"}
        address = f"{self._sandbox.base_url}/_sandbox/digest"
        async with self._session.get(address, headers=headers) as reply:
            systems = await reply.text()
        return {**self._own(), "systems": systems}

    def audited(self) -> int:
        """Return how many entries the audit has."""
        with closing(sqlite3.connect(self._path, uri=True)) as store:
            return int(store.execute("SELECT count(*) FROM audit").fetchone()[0])

    def sensitive_reads(self) -> list[tuple[str, str]]:
        """Return who was shown what is sensitive, oldest first."""
        query = "SELECT actor, action FROM audit WHERE stream = 'sensitive_reads' ORDER BY sequence"
        with closing(sqlite3.connect(self._path, uri=True)) as store:
            return [(str(actor), str(action)) for actor, action in store.execute(query)]

    def _own(self) -> dict[str, str]:
        with closing(sqlite3.connect(self._path, uri=True)) as store:
            found = store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            names = sorted({row[0] for row in found} - _NOT_STATE)
            return {name: _hash(store.execute(_rows_of(name))) for name in names}


def _rows_of(table: str) -> str:
    if table == "effects":
        return _CHANGES
    return f'SELECT * FROM "{table}"'  # noqa: S608  a table's name, as the database tells it


def _hash(rows: Iterable[tuple[object, ...]]) -> str:
    return hashlib.sha256(repr(sorted(map(repr, rows))).encode()).hexdigest()
