"""The records that processes share, as each of them opens them on one database."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from governance.audit import Audit
from governance.authorization_server.codes import Codes
from governance.authorization_server.server import Records
from governance.authorization_server.spent import SpentOnce
from governance.revocations import KeptRevocations
from governance.withdrawals import Withdrawals
from tests.stores import empty_store

PARTNER = "https://login.partner.example"
ISSUER = "https://strata.example"


class Shared:
    """One process's view of the records of a folder."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self.store = empty_store(folder / "strata.sqlite")
        self.audit = Audit(self.store, clock, folder / "heads.jsonl")
        self.revocations = KeptRevocations(self.store, self.audit, clock)
        self.withdrawals = Withdrawals(self.store, self.audit, clock, ISSUER, [PARTNER])
        self.spent = SpentOnce(self.store, clock)
        self.codes = Codes(self.store, self.audit, self.revocations, clock)

    @property
    def records(self) -> Records:
        """The records as the authorization server takes them."""
        return Records(
            revocations=self.revocations,
            withdrawals=self.withdrawals,
            spent=self.spent,
            codes=self.codes,
            note=lambda entry: None,
        )

    async def told(self) -> list[tuple[str, str, str | None]]:
        """Return what the audit says: who, what and why."""
        return [(each.actor, each.action, each.reason) for each in await self.audit.records()]
