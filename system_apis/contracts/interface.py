"""What any contract system must answer, in our words."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from system_apis.canonical.contracts import Contract
from system_apis.canonical.record import Change, Page
from system_apis.dedupe import DedupeMode


@runtime_checkable
class Contracts(Protocol):
    """A contract lifecycle system: it owns prices, rates and terms."""

    instance: str
    writes: Mapping[str, DedupeMode]

    async def contract(self, contract_id: str) -> Contract:
        """Return one contract, or raise `NotFound`."""

    async def contracts(
        self,
        *,
        number: str | None = None,
        opportunity_number: str | None = None,
        cursor: str | None = None,
    ) -> Page[Contract]:
        """Return contracts in the order they were created, a page at a time."""

    async def changes(self, *, after: int) -> Page[Change]:
        """Return what changed after a sequence number; the last item's sequence is the next."""
