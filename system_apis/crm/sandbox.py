"""The sandbox firm's CRM, which speaks like Salesforce, behind our interface."""

import re
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct

from governance.vendor_budgets import Allowance
from system_apis.canonical.party import Client
from system_apis.canonical.record import Change, Page
from system_apis.canonical.sales import Opportunity
from system_apis.change_feed import identified
from system_apis.connector import Connection, References, Request, Upstream, ids_of_named
from system_apis.crm.interface import Crm
from system_apis.crm.sandbox_records import Account, Accounts, Events, ProjectLink, Sale, Sales
from system_apis.dedupe import DedupeMode, NativeKey
from system_apis.errors import TryAgain

_USAGE = re.compile(r"api-usage=(\d{1,9})/(\d{1,9})")
_ROOT = "/services/data/v59.0"
T = TypeVar("T", Accounts, Sales)
R = TypeVar("R", Account, Sale)


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the CRM is, and how many records a page asks for."""

    connection: Connection
    page_size: int = 100


def connect(config: Config, upstream: Upstream, references: References) -> Crm:
    """Return the CRM behind an upstream."""
    return SandboxCrm(config, upstream, references)


# https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_api_usage.htm
def allowance(headers: Mapping[str, str]) -> Allowance | None:
    """Return what an answer says of our quota of the day."""
    found = _USAGE.search(headers.get("Sforce-Limit-Info", ""))
    return Allowance(int(found[1]), int(found[2])) if found else None


class SandboxCrm:
    """The sandbox firm's CRM as our processes see it."""

    writes: Mapping[str, DedupeMode] = {
        "link_project": NativeKey(),
        "unlink_project": NativeKey(),
    }

    def __init__(self, config: Config, upstream: Upstream, references: References) -> None:
        self.instance = upstream.instance
        self._page_size = config.page_size
        self._upstream = upstream
        self._references = references

    async def opportunity(self, opportunity_id: str) -> Opportunity:
        """Return one opportunity."""
        record_id = await self._references.record_of("opportunity", opportunity_id)
        sale = await self._one("opportunity", f"Opportunity/{record_id}", record_id, Sale)
        [said] = await self._opportunities([sale])
        return said

    async def opportunities(
        self, *, number: str | None = None, cursor: str | None = None
    ) -> Page[Opportunity]:
        """Return opportunities in the order they were created, a page at a time."""
        soql = self._soql("Opportunity", "Opportunity_Number__c", number)
        page = await self._query("opportunities", soql, cursor, Sales)
        return Page(await self._opportunities(page.records), _cursor(page.next_url))

    async def client(self, client_id: str) -> Client:
        """Return one client."""
        record_id = await self._references.record_of("client", client_id)
        account = await self._one("client", f"Account/{record_id}", record_id, Account)
        [said] = await self._clients([account])
        return said

    async def clients(
        self, *, number: str | None = None, cursor: str | None = None
    ) -> Page[Client]:
        """Return clients in the order they were created, a page at a time."""
        soql = self._soql("Account", "AccountNumber", number)
        page = await self._query("clients", soql, cursor, Accounts)
        return Page(await self._clients(page.records), _cursor(page.next_url))

    async def link_project(self, opportunity_id: str, project_number: str, *, key: str) -> None:
        """Write the project's number on the opportunity, so that sales sees the hand-over."""
        await self._link("link_project", opportunity_id, project_number)

    async def unlink_project(self, opportunity_id: str, *, key: str) -> None:
        """Take a project's number off its opportunity again (compensation)."""
        await self._link("unlink_project", opportunity_id, None)

    async def changes(self, *, after: int) -> Page[Change]:
        """Return what changed after a sequence number; the last item's sequence is the next."""
        reply = await self._upstream.send(
            Request(operation="changes", method="GET", path="/changes", query={"after": str(after)})
        )
        lines = [line for event in reply.read(Events).events for line in event.lines()]
        return Page(await identified(lines, self._references))

    async def _link(self, operation: str, opportunity_id: str, number: str | None) -> None:
        record_id = await self._references.record_of("opportunity", opportunity_id)
        reply = await self._upstream.send(
            Request(
                operation=operation,
                method="PATCH",
                path=f"{_ROOT}/sobjects/Opportunity/{record_id}",
                headers={"Content-Type": "application/json"},
                body=msgspec.json.encode(ProjectLink(number)),
                writes=True,
            )
        )
        if reply.status != 204:
            reply.read(ProjectLink)

    def _soql(self, record: str, column: str, number: str | None) -> str:
        """Return a query; what a caller gives is quoted as Salesforce asks."""
        where = ""
        if number is not None:
            quoted = number.replace("\\", "\\\\").replace("'", "\\'")
            where = f" WHERE {column} = '{quoted}'"
        return f"SELECT FIELDS(ALL) FROM {record}{where} LIMIT {self._page_size}"  # noqa: S608  # quoted above

    async def _query(self, operation: str, soql: str, cursor: str | None, into: type[T]) -> T:
        path, query = f"{_ROOT}/query", {"q": soql}
        if cursor is not None:
            path, query = f"{_ROOT}/query/{quote(cursor, safe='')}", {}
        reply = await self._upstream.send(
            Request(operation=operation, method="GET", path=path, query=query)
        )
        return reply.read(into)

    async def _one(self, operation: str, path: str, record_id: str, into: type[R]) -> R:
        reply = await self._upstream.send(
            Request(operation=operation, method="GET", path=f"{_ROOT}/sobjects/{path}")
        )
        record = reply.read(into)
        if record.id != record_id:
            raise TryAgain(self.instance, f"asked for {record_id}, was given {record.id}")
        return record

    async def _clients(self, accounts: list[Account]) -> list[Client]:
        ids = await self._references.ids_of("client", [each.id for each in accounts])
        parents = await ids_of_named(
            self._references, "client", [each.parent_id for each in accounts]
        )
        return [
            account.canonical(own, self.instance, parent)
            for account, own, parent in zip(accounts, ids, parents, strict=True)
        ]

    async def _opportunities(self, sales: list[Sale]) -> list[Opportunity]:
        ids = await self._references.ids_of("opportunity", [each.id for each in sales])
        clients = await self._references.ids_of("client", [each.account_id for each in sales])
        return [
            sale.canonical(own, client, self.instance)
            for sale, own, client in zip(sales, ids, clients, strict=True)
        ]


def _cursor(next_url: str | None) -> str | None:
    """Return the locator at the end of `nextRecordsUrl`; no caller hands us a whole address."""
    return next_url.rpartition("/")[2] if next_url else None
