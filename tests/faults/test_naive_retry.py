"""A negative control: without the guard of effects the checker sees the invoice twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import aiohttp
import pytest

from gateway.firm import load_firm
from gateway.sandbox import sandbox_systems
from governance.access import Caller, acting_as
from governance.audit import Audit
from governance.sensitive_reads import SensitiveReads
from governance.vendor_budgets import Budgets
from observability.metrics import Metrics
from observability.tracing import Tracing
from store.clock import wall_clock
from system_apis.canonical.billing import InvoiceDraft, InvoiceLine, LedgerProjectDraft, LineKind
from system_apis.canonical.money import Money, Price
from system_apis.connections import Outside, connect_systems
from system_apis.dedupe import DedupeMode
from system_apis.door import Warden
from system_apis.effect_ledger import Effect
from system_apis.effects import Effects, Find, Wholeness, Write
from system_apis.erp.interface import Erp
from system_apis.errors import Refused, TryAgain, Unknown
from system_apis.wire import open_session
from tests.stores import empty_store
from tests.stories.books import Operator, done_twice
from tests.stories.programs import NORTHWIND, sandbox_program

T = TypeVar("T")
ON = date(2026, 10, 31)
CLERK = Caller(
    subject="clerk",
    client_id="clerk",
    scopes=frozenset({"system:erp:read", "system:erp:write"}),
    entities=frozenset({"NWA-US"}),
)
TRIES = 40


class NaiveRetry(Effects):
    """What most integrations do: when no answer comes, say it again."""

    async def once(
        self,
        effect: Effect,
        mode: DedupeMode,
        *,
        find: Find[T] | None,
        write: Write[T],
        wholeness: Wholeness[T] | None = None,
    ) -> T:
        """Write until there is an answer."""
        try:
            return await write()
        except (Unknown, TryAgain):
            return await write()


@asynccontextmanager
async def _connected(folder: Path, guard: type[Effects]) -> AsyncIterator[tuple[Erp, Operator]]:
    """Connect to Northwind's ERP with one guard or the other in front of its writes."""
    firm = load_firm(NORTHWIND)
    store = empty_store(folder / "strata.sqlite")
    audit = Audit(store, wall_clock, folder / "heads.jsonl")
    async with (
        sandbox_program(NORTHWIND, folder / "sandbox") as address,
        open_session() as session,
        aiohttp.ClientSession() as ours,
    ):
        outside = Outside(
            store=store,
            session=session,
            warden=Warden(
                guard(store, wall_clock, audit),
                Metrics(),
                Tracing(),
                SensitiveReads(audit, store),
            ),
            budgets=Budgets(Metrics()),
            clock=wall_clock,
        )
        systems = connect_systems(sandbox_systems(firm, address.base_url), firm.routes(), outside)
        with acting_as(CLERK):
            yield systems.erp("NWA-US", on=ON), Operator(address, ours)
    store.close()


async def _write(erp: Erp, draft: InvoiceDraft) -> str:
    """Write an invoice as a process does, trying again; return with what code it was stopped."""
    for _ in range(TRIES):
        try:
            await erp.create_invoice(draft, key="INV:control")
        except (Unknown, TryAgain):
            await asyncio.sleep(0.25)
        except Refused as stopped:
            return stopped.code
        else:
            return "written"
    return "given up"


@pytest.mark.parametrize(
    ("guard", "ending", "found"),
    [
        (NaiveRetry, "DUPLICATE_EFFECT", ["erp-a: 2 x invoice INV:control"]),
        (Effects, "written", []),
    ],
    ids=["naive", "guarded"],
)
async def test_the_checker_finds_what_a_naive_retry_writes_twice(
    tmp_path: Path, guard: type[Effects], ending: str, found: list[str]
) -> None:
    """One lost answer is enough for two invoices, unless each effect is looked up first."""
    async with _connected(tmp_path, guard) as (erp, operator):
        client = (await erp.clients(number="CUST-1001")).items[0]
        project = LedgerProjectDraft(
            number="P-9", name="Control", legal_entity="NWA-US", client_number=client.number
        )
        await erp.create_ledger_project(project, key="ledger-project:P-9")
        lost = {"operation": "create_invoice", "nth": 1, "kind": "commit-then-reset"}
        await operator.fail(rules=[lost])

        ended = await _write(erp, _draft(client.number))

        played = (await operator.faults()).log
        twice = done_twice(await operator.books())

    assert len(played) == 1
    assert ended == ending
    assert twice == found


def _draft(client: str) -> InvoiceDraft:
    net = Money("100.00", "USD")
    line = InvoiceLine(
        kind=LineKind.TIME,
        description="one hour",
        quantity=Decimal(1),
        unit_price=Price("100", "USD"),
        net=net,
    )
    return InvoiceDraft(
        legal_entity="NWA-US",
        client_number=client,
        project_number="P-9",
        currency="USD",
        issue_date=ON,
        due_date=date(2026, 11, 30),
        purchase_order=None,
        tax_category="E",
        tax_rate=Decimal(0),
        lines=(line,),
        net=net,
        tax=Money.zero("USD"),
        gross=net,
    )
