"""What any CRM must answer, in our words."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from system_apis.canonical.party import Client
from system_apis.canonical.record import Change, Page
from system_apis.canonical.sales import Opportunity
from system_apis.dedupe import DedupeMode


@runtime_checkable
class Crm(Protocol):
    """A customer relationship management system.

    Reads raise `NotFound` for an id it does not have, and `TryAgain` when it is away.
    """

    instance: str
    writes: Mapping[str, DedupeMode]

    async def opportunity(self, opportunity_id: str) -> Opportunity:
        """Return one opportunity."""

    async def opportunities(
        self, *, number: str | None = None, cursor: str | None = None
    ) -> Page[Opportunity]:
        """Return opportunities in the order they were created, a page at a time."""

    async def client(self, client_id: str) -> Client:
        """Return one client."""

    async def clients(
        self, *, number: str | None = None, cursor: str | None = None
    ) -> Page[Client]:
        """Return clients in the order they were created, a page at a time."""

    async def link_project(self, opportunity_id: str, project_number: str, *, key: str) -> None:
        """Write the project's number on the opportunity, so that sales sees the hand-over."""

    async def unlink_project(self, opportunity_id: str, *, key: str) -> None:
        """Take a project's number off its opportunity again (compensation)."""

    async def changes(self, *, after: int) -> Page[Change]:
        """Return what changed after a sequence number; the last item's sequence is the next."""
