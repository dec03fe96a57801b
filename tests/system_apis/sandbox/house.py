"""A running sandbox firm in a test: its operator's side, and our connectors to its systems."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import aiohttp
import msgspec
from msgspec import Struct, field

from observability.metrics import Metrics
from observability.tracing import Tracing
from store.clock import wall_clock
from store.database import Store
from system_apis.canonical.money import Rounding
from system_apis.connector import Connection
from system_apis.contracts import sandbox as contracts_sandbox
from system_apis.contracts.interface import Contracts
from system_apis.crm import sandbox as crm_sandbox
from system_apis.crm.interface import Crm
from system_apis.cross_references import StoredReferences
from system_apis.erp import sandbox as erp_sandbox
from system_apis.erp.interface import Erp
from system_apis.hr import sandbox as hr_sandbox
from system_apis.hr.interface import Hr
from system_apis.patience import Patience
from system_apis.procurement import sandbox as procurement_sandbox
from system_apis.procurement.interface import Procurement
from system_apis.psa import sandbox as psa_sandbox
from system_apis.psa.interface import Psa
from system_apis.sandbox.server import SandboxAddress, running_sandbox
from system_apis.upstream import HttpUpstream
from system_apis.wire import open_session
from tests.stores import empty_store

NORTHWIND = Path(__file__).parents[3] / "northwind"
MONTH_END = "2026-10-31T23:59:59Z"


class FaultCounts(Struct):
    """What the operator is told of the faults."""

    calls: int
    fired: dict[str, int]


class LedgerRow(Struct, rename="camel"):
    """What a checker wants to know of any record."""

    external_id: str | None = None
    external_ref_num: str | None = field(name="external-ref-num", default=None)
    tran_id: str | None = None
    status: str | None = None
    items: list[object] = []


class Truth(Struct):
    """Every record of every system, as the systems keep them."""

    instances: dict[str, dict[str, list[LedgerRow]]]


class House:
    """The sandbox, reached as an operator and through our connectors; nothing is repeated."""

    def __init__(
        self,
        address: SandboxAddress,
        session: aiohttp.ClientSession,
        store: Store,
        page_size: int,
        timeout_ms: int,
    ) -> None:
        self.address, self._timeout_ms = address, timeout_ms
        self.session = session
        self.store = store
        self.references: dict[str, StoredReferences] = {}
        self._page_size = page_size

    async def set(self, what: str, setting: Mapping[str, object]) -> bytes:
        """Set the clock, the faults or a period."""
        async with self.session.put(
            f"{self.address.base_url}/_sandbox/{what}",
            data=msgspec.json.encode(setting),
            headers=self._secret,
        ) as reply:
            assert reply.status == 200, await reply.text()
            return await reply.read()

    async def ask(self, what: str) -> bytes:
        """Ask the operator's side."""
        url = f"{self.address.base_url}/_sandbox/{what}"
        async with self.session.get(url, headers=self._secret) as reply:
            assert reply.status == 200
            return await reply.read()

    async def at(self, moment: str) -> None:
        """Let the business time be this moment."""
        await self.set("clock", {"now": moment})

    async def fail(self, kind: str, operation: str, **plan: object) -> None:
        """Let the next call of an operation go wrong."""
        rule = {"operation": operation, "nth": 1, "kind": kind}
        await self.set("faults", {"rules": [rule], **plan})

    async def fired(self) -> dict[str, int]:
        """Return how often each fault was played."""
        return msgspec.json.decode(await self.ask("faults"), type=FaultCounts).fired

    async def calls(self) -> int:
        """Return how many calls the systems have had."""
        return msgspec.json.decode(await self.ask("faults"), type=FaultCounts).calls

    async def truth(self, instance: str, record_type: str) -> list[LedgerRow]:
        """Return a system's records past all connectors."""
        return msgspec.json.decode(await self.ask("ledger"), type=Truth).instances[instance][
            record_type
        ]

    def crm(self, instance: str = "crm") -> Crm:
        """Return the firm's CRM."""
        config = crm_sandbox.Config(self._connection(instance), self._page_size)
        return crm_sandbox.connect(config, *self._way("crm", instance))

    def psa(self, instance: str = "psa") -> Psa:
        """Return the firm's PSA."""
        config = psa_sandbox.Config(self._connection(instance), self._page_size)
        return psa_sandbox.connect(config, *self._way("psa", instance))

    def contracts(self, instance: str = "contracts") -> Contracts:
        """Return the firm's contract system."""
        config = contracts_sandbox.Config(self._connection(instance), self._page_size)
        return contracts_sandbox.connect(config, *self._way("contracts", instance))

    def procurement(self, instance: str = "procurement") -> Procurement:
        """Return the firm's procurement system."""
        size = min(self._page_size, 50)
        config = procurement_sandbox.Config(self._connection(instance), size)
        return procurement_sandbox.connect(config, *self._way("procurement", instance))

    def erp(self, instance: str = "erp-a", rounding: Rounding = Rounding.HALF_UP) -> Erp:
        """Return one of the firm's ERPs."""
        config = erp_sandbox.Config(self._connection(instance), rounding, self._page_size)
        return erp_sandbox.connect(config, *self._way("erp", instance))

    def hr(self, instance: str = "hr") -> Hr:
        """Return the firm's HR system."""
        config = hr_sandbox.Config(self._connection(instance), self._page_size)
        return hr_sandbox.connect(config, *self._way("hr", instance))

    @property
    def _secret(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.address.control_secret}"}

    def _connection(self, instance: str) -> Connection:
        return Connection(base_url=self.address.of(instance), timeout_ms=self._timeout_ms)

    def _way(self, system: str, instance: str) -> tuple[HttpUpstream, StoredReferences]:
        once = Patience(tries=1, circuit_failures=1_000_000)
        upstream = HttpUpstream(
            self._connection(instance), system, instance, self.session, Metrics(), Tracing(), once
        )
        new = StoredReferences(self.store, system, instance, wall_clock)
        return upstream, self.references.setdefault(instance, new)


@asynccontextmanager
async def house_of(
    firm_dir: Path,
    directory: Path,
    *,
    page_size: int = 100,
    timeout_ms: int = 800,
    begins: datetime | None = None,
) -> AsyncIterator[House]:
    """Run the sandbox of a firm with a directory of its own."""
    store = empty_store(directory / "references.sqlite")
    sandbox = running_sandbox(firm_dir, directory / "sandbox", begins=begins)
    async with sandbox as address, open_session() as http:
        yield House(address, http, store, page_size, timeout_ms)
    store.close()
