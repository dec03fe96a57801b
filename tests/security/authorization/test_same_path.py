"""What is hidden goes the way of what is not there: as many reads, and as long (AZ-07)."""

from bisect import bisect_right
from collections.abc import AsyncIterator
from pathlib import Path
from time import perf_counter

import msgspec
import pytest
from msgspec import Struct
from sqlalchemy import event

from gateway.apis import APIS
from gateway.firm import load_firm
from gateway.sandbox import sandbox_systems
from governance.policy import Layer
from governance.roles import ALL_SCOPES
from governance.sensitive_reads import SensitiveReads
from governance.vendor_budgets import Budgets
from store.clock import wall_clock
from system_apis.connections import Outside, connect_systems
from system_apis.door import Warden
from system_apis.effects import Effects
from system_apis.sandbox.server import running_sandbox
from system_apis.wire import open_session
from tests.gateway.house import Caller, House, running
from tests.stories.programs import NORTHWIND

SYSTEMS = [api for api in APIS if api.POLICY.layer is Layer.SYSTEM]
LISTS = {
    "a contract": "/system/contracts/v1/contracts",
    "an invoice": "/system/erp/v1/invoices",
    "an employee": "/system/hr/v1/employees",
}
PAIRS, CALLS_OF_A_CLIENT = 2_000, 200
# Of 2,000 and 2,000 times of one kind, the curves lie 0.06 apart once in a thousand times.
APART = 0.12


class Asking(Struct, frozen=True):
    """Somebody of another company, and the gateway's parts."""

    house: House
    caller: Caller

    async def refused(self, path: str, client: str = "robot") -> float:
        """Ask for what is not theirs, and return after how many seconds they were told."""
        token = _token(self.house, "NWA-DE", client)
        began = perf_counter()
        answer = await self.caller.send("GET", path, token=token)
        took = perf_counter() - began
        assert answer.status == 404
        return took

    async def statements(self, path: str) -> int:
        """Return how many statements the store ran to refuse a read."""
        seen: list[str] = []

        def note(*told: object) -> None:
            seen.append(str(told[2]))

        event.listen(self.house.store.engine, "before_cursor_execute", note)
        await self.refused(path)
        event.remove(self.house.store.engine, "before_cursor_execute", note)
        return len(seen)

    async def calls(self) -> float:
        """Return how many calls the systems have had."""
        [family] = self.house.governance.metrics.upstream_duration.collect()
        return sum(each.value for each in family.samples if each.name.endswith("_count"))


@pytest.fixture
async def asking(tmp_path: Path) -> AsyncIterator[Asking]:
    """The system APIs on the sandbox's systems, and nothing that runs by itself."""
    house, firm = House(tmp_path), load_firm(NORTHWIND)
    metrics = house.governance.metrics
    async with (
        running_sandbox(NORTHWIND, tmp_path / "sandbox", seed=1) as sandbox,
        open_session() as session,
    ):
        warden = Warden(
            Effects(house.store, wall_clock, house.audit),
            metrics,
            house.governance.tracing,
            SensitiveReads(house.audit, house.store),
        )
        outside = Outside(
            store=house.store,
            session=session,
            warden=warden,
            budgets=Budgets(metrics),
            clock=wall_clock,
        )
        systems = sandbox_systems(firm, sandbox.base_url)
        house.more["systems"] = connect_systems(systems, firm.routes(), outside)
        async with running(house.app(*SYSTEMS), house) as caller:
            yield Asking(house, caller)
    await house.close()


@pytest.mark.parametrize("kind", LISTS)
async def test_az_07_what_is_hidden_takes_the_reads_of_what_is_not_there(
    asking: Asking, kind: str
) -> None:
    """As many statements in the store, and no call to a system."""
    hidden, missing = await _paths(asking, LISTS[kind])
    before = await asking.calls()

    taken = [await asking.statements(path) for path in (hidden, missing)]

    assert taken[0] == taken[1] > 0
    assert await asking.calls() == before


@pytest.mark.soak
@pytest.mark.parametrize("kind", LISTS)
async def test_az_07_how_long_it_takes_tells_nothing(asking: Asking, kind: str) -> None:
    """Of two thousand pairs, in turn, the times lie as close as those of one kind do."""
    hidden, missing = await _paths(asking, LISTS[kind])
    took: dict[str, list[float]] = {hidden: [], missing: []}
    for turn in range(PAIRS):
        client = f"client-{turn // CALLS_OF_A_CLIENT}"
        for path in (hidden, missing) if turn % 2 else (missing, hidden):
            took[path].append(await asking.refused(path, client))

    assert _apart(took[hidden], took[missing]) < APART


def test_az_07_times_that_differ_would_be_seen() -> None:
    """A tenth of a millisecond more on a millisecond that varies by as much is too much."""
    one = [1.0 + (turn * 37 % 100) / 500 for turn in range(PAIRS)]

    assert _apart(one, [each + 0.1 for each in one]) > APART
    assert _apart(one, list(reversed(one))) == 0


async def _paths(asking: Asking, listed: str) -> tuple[str, str]:
    """Return the address of a record that was met, and of one that there is not."""
    token = _token(asking.house, "NWA-US", "robot")
    answer = await asking.caller.send("GET", f"{listed}?legal_entity=NWA-US", token=token)
    if answer.status != 200:
        answer = await asking.caller.send("GET", listed, token=token)
    found = msgspec.json.decode(answer.body)["items"][0]
    known = found["id"]
    return f"{listed}/{known}", f"{listed}/{known[:-1]}{'0' if known[-1] != '0' else '1'}"


def _token(house: House, entity: str, client: str) -> str:
    return house.token(client_id=client, scopes=ALL_SCOPES, entities=frozenset({entity}))


def _apart(one: list[float], other: list[float]) -> float:
    """Return the greatest distance of two distributions (Kolmogorov and Smirnov's)."""
    ones, others = sorted(one), sorted(other)
    return max(
        abs(bisect_right(ones, each) / len(ones) - bisect_right(others, each) / len(others))
        for each in [*ones, *others]
    )
