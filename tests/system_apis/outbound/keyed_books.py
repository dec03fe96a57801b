"""Books that do not know keys, and a firm that writes in them through the guard of effects."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select

from governance.audit import Audit
from system_apis.dedupe import DedupeMode, LookUpFirst
from system_apis.effect_ledger import Effect, effects
from system_apis.effects import Effects, fingerprint
from system_apis.errors import Refused, TryAgain, Unknown
from tests.stores import empty_store

SETTLES = timedelta(seconds=2)
LOOKS = LookUpFirst(find="invoice_by_key", settles_after=SETTLES)
MINUTE = timedelta(minutes=1)
NOTHING_DONE = {
    "turned away": TryAgain("erp", "HTTP 503"),
    "refused": Refused("erp", "the period is closed", code="PERIOD_CLOSED"),
}


class Invoice(Struct, frozen=True):
    """An invoice as the books of these tests have it."""

    id: str
    key: str
    amount: str
    source: str
    legal_entity: str = "NWA-US"


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


class Books:
    """An ERP that does not know keys: what is written twice is there twice.

    `fault` happens to the next write; a `late` write is booked when the test says so.
    """

    def __init__(self) -> None:
        self.invoices: list[Invoice] = []
        self.late: list[Invoice] = []
        self.fault: str | None = None
        self.writes = 0

    async def create(self, key: str, amount: str = "100.00") -> Invoice:
        """Book an invoice."""
        fault, self.fault = self.fault, None
        self.writes += 1
        invoice = Invoice(f"inv-{self.writes}", key, amount, f"erp:{self.writes}")
        await asyncio.sleep(0.01)
        if fault == "hangs":
            await asyncio.sleep(3600)
        if fault in NOTHING_DONE:
            raise NOTHING_DONE[fault]
        if fault == "late":
            self.late.append(invoice)
            raise Unknown("erp", "no answer in time")
        self.invoices.append(invoice)
        self._meddle(fault, invoice)
        if fault == "lost":
            raise Unknown("erp", "reset")
        if fault == "bug":
            raise ZeroDivisionError
        if fault == "killed":
            await asyncio.sleep(3600)
        return invoice

    def _meddle(self, fault: str | None, invoice: Invoice) -> None:
        if fault == "linked":
            self.invoices[-1] = replace(invoice, id="inv-known-before")
        if fault == "twice":
            self.invoices.insert(0, replace(invoice, id="inv-twin", source="erp:twin"))

    async def find(self, key: str) -> Invoice | None:
        """Return the first invoice of a key."""
        if self.fault == "killed looking":
            self.fault = None
            await asyncio.sleep(3600)
        return next((each for each in self.invoices if each.key == key), None)


class Firm:
    """The parts of one test: a store, an audit, the books and the guard in front of them."""

    def __init__(self, path: Path) -> None:
        self.store = empty_store(path / "strata.db")
        self.clock, self.books = Clock(), Books()
        self.audit = Audit(self.store, self.clock, path / "heads.jsonl")
        self.effects = self.restarted()

    def restarted(self) -> Effects:
        """Return a guard that knows nothing but what the store says."""
        return Effects(self.store, self.clock, self.audit, answer_within=timedelta(seconds=5))

    async def invoice(
        self, mode: DedupeMode = LOOKS, *, amount: str = "100.00", guard: Effects | None = None
    ) -> Invoice:
        """Create the invoice of one business key."""
        effect = Effect(
            system="erp",
            instance="erp-a",
            operation="create_invoice",
            key="BE-1",
            input_hash=fingerprint(amount),
        )
        return await (guard or self.effects).once(
            effect,
            mode,
            find=lambda: self.books.find("BE-1"),
            write=lambda: self.books.create("BE-1", amount),
        )

    async def state(self) -> str | None:
        """Return how far the ledger says that the effect has come."""
        return await self.store.read(lambda c: c.execute(select(effects.c.state)).scalar())
