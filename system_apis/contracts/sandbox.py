"""The sandbox firm's contract system behind our interface."""

from collections.abc import Mapping

from msgspec import Struct

from system_apis.canonical.contracts import Contract
from system_apis.canonical.record import Change, Page
from system_apis.change_feed import FeedLine, identified
from system_apis.connector import Connection, References, Request, Upstream
from system_apis.contracts.interface import Contracts
from system_apis.contracts.sandbox_records import ActivityLog, Agreement, Agreements
from system_apis.dedupe import DedupeMode
from system_apis.errors import TryAgain

_PATH = "/api/v2/agreements"


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the contract system is, and how many agreements a page asks for."""

    connection: Connection
    page_size: int = 50


def connect(config: Config, upstream: Upstream, references: References) -> Contracts:
    """Return the contract system behind an upstream."""
    return SandboxContracts(config, upstream, references)


class SandboxContracts:
    """The sandbox firm's contract system as our processes see it."""

    writes: Mapping[str, DedupeMode] = {}

    def __init__(self, config: Config, upstream: Upstream, references: References) -> None:
        self.instance = upstream.instance
        self._page_size = config.page_size
        self._upstream = upstream
        self._references = references

    async def contract(self, contract_id: str) -> Contract:
        """Return one contract, or raise `NotFound`."""
        record_id = await self._references.record_of("contract", contract_id)
        reply = await self._upstream.send(
            Request(operation="contract", method="GET", path=f"{_PATH}/{record_id}")
        )
        agreement = reply.read(Agreement)
        if agreement.agreement_id != record_id:
            raise TryAgain(
                self.instance, f"asked for {record_id}, was given {agreement.agreement_id}"
            )
        [said] = await self._canonical([agreement])
        return said

    async def contracts(
        self,
        *,
        number: str | None = None,
        opportunity_number: str | None = None,
        cursor: str | None = None,
    ) -> Page[Contract]:
        """Return contracts in the order they were created, a page at a time."""
        asked = {
            "agreementNumber": number,
            "opportunityRef": opportunity_number,
            "pageToken": cursor,
            "pageSize": str(self._page_size),
        }
        query = {name: value for name, value in asked.items() if value is not None}
        reply = await self._upstream.send(
            Request(operation="contracts", method="GET", path=_PATH, query=query)
        )
        page = reply.read(Agreements)
        return Page(await self._canonical(page.agreements), page.next_page_token)

    async def changes(self, *, after: int) -> Page[Change]:
        """Return what changed after a sequence number; the last item's sequence is the next."""
        reply = await self._upstream.send(
            Request(operation="changes", method="GET", path="/changes", query={"after": str(after)})
        )
        lines = [
            FeedLine(each.position, "contract", each.object_id, each.revision, each.occurred_at)
            for each in reply.read(ActivityLog).activities
        ]
        return Page(await identified(lines, self._references))

    async def _canonical(self, agreements: list[Agreement]) -> list[Contract]:
        ids = await self._references.ids_of("contract", [a.agreement_id for a in agreements])
        clients = await self._references.ids_of("client", [a.client_ref for a in agreements])
        return [
            agreement.canonical(own, client, self.instance)
            for agreement, own, client in zip(agreements, ids, clients, strict=True)
        ]
