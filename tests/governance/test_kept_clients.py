"""A client that several operators change at once."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from governance.audit import Audit, AuditEntry
from governance.authorization_server.client_records import ClientWish, KeptClients, UnfitClient
from store.database import Store

T = TypeVar("T")
WISH = ClientWish(client_id="reporter", roles=frozenset({"integrator"}))


class Beaten(Store):
    """A store on which somebody else's unit of work comes before ours."""

    meanwhile: Callable[[], object] | None = None

    def write_waiting(self, work: Callable[[Connection], T]) -> T:
        """Run what comes in between, and then a unit of work."""
        between, self.meanwhile = self.meanwhile, None
        if between:
            between()
        return super().write_waiting(work)


def _entry(action: str) -> AuditEntry:
    return AuditEntry(actor="os:0", client_id="strata", action=action, subject="reporter")


def test_a_client_that_is_removed_while_it_is_rotated_stays_removed(
    store: Store, tmp_path: Path, chain: Audit
) -> None:
    """Who rotates it is told that there is none."""
    beaten = Beaten(tmp_path / "strata.db")
    kept = KeptClients(beaten, chain)
    kept.add(WISH, _entry("clients.add"))
    beaten.meanwhile = lambda: kept.remove("reporter", _entry("clients.remove"))

    with pytest.raises(UnfitClient, match="not registered"):
        kept.rotate("reporter", None, _entry("clients.rotate"))

    assert KeptClients(store, chain).listed() == []
    beaten.close()
