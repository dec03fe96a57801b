"""The firm's systems, connected by their settings and reached over HTTP by address."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from pathlib import Path

import aiohttp
import msgspec
import pytest

from governance.access import acting_as
from governance.audit import Audit
from governance.sensitive_reads import SensitiveReads
from governance.vendor_budgets import Budgets
from observability.metrics import Metrics
from observability.tracing import Tracing
from store.clock import wall_clock
from system_apis.canonical.party import Client
from system_apis.connections import Outside, connect_systems
from system_apis.door import Ungovernable, Warden
from system_apis.effects import Effects
from system_apis.errors import NotFound, Refused, TryAgain, Unknown
from system_apis.sandbox.faults import FaultReport
from system_apis.sandbox.server import SandboxAddress, running_sandbox
from system_apis.systems import Route, SystemKind, Systems
from tests.stores import empty_store
from tests.system_apis.outbound.visited_firm import (
    ALL,
    BILL,
    BILL_LINE,
    DRAFT,
    FIRM,
    NEW_CLIENT,
    RECEIPT,
    ROUTES,
    caller,
    operate,
    settings_of,
    visit,
)


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[SandboxAddress]:
    """Run the sandbox firm, at the end of its month."""
    async with running_sandbox(FIRM, tmp_path / "sandbox", seed=1) as address:
        await operate(address, "clock", {"now": "2026-11-01T00:00:00Z"})
        yield address


@pytest.fixture
async def outside(tmp_path: Path, session: aiohttp.ClientSession) -> AsyncIterator[Outside]:
    """Open what all connections share."""
    store = empty_store(tmp_path / "strata.db")
    audit = Audit(store, wall_clock, tmp_path / "heads.jsonl")
    effects, reads = Effects(store, wall_clock, audit), SensitiveReads(audit, store)
    warden = Warden(effects, Metrics(), Tracing(), reads)
    yield Outside(
        store=store, session=session, warden=warden, budgets=Budgets(Metrics()), clock=wall_clock
    )
    store.close()


@pytest.fixture
def systems(sandbox: SandboxAddress, outside: Outside) -> Systems:
    """Connect every system of the firm."""
    return connect_systems(settings_of(sandbox), ROUTES, outside)


async def test_every_system_is_found_by_what_it_serves(systems: Systems) -> None:
    """A legal entity's books are where the routes say, on each date."""
    before, after = date(2026, 12, 31), date(2027, 1, 1)

    assert systems.erp("NWA-US", on=before).instance == "erp-a"
    assert systems.erp("HAL-UK", on=before).instance == "erp-b"
    assert systems.erp("HAL-UK", on=after).instance == "erp-a"
    assert systems.by_erp_instance("erp-b") is systems.by_instance("erp-b")


async def test_an_entity_that_nobody_serves_needs_a_person(systems: Systems) -> None:
    """A gap in the routes is a refusal that says so."""
    with pytest.raises(Refused) as refused:
        systems.psa("HAL-UK", on=date(2026, 10, 1))
    with pytest.raises(NotFound):
        systems.by_instance("erp-z")

    assert refused.value.code == "NO_ROUTE"


async def test_a_firm_without_an_hr_system_is_told_so_when_it_asks(systems: Systems) -> None:
    """It starts all the same, and has nobody to list."""
    leave = "/system/hr/v1/time-off?legal_entity=NWA-US&start=2026-10-01&end=2026-10-31"
    async with visit(systems, caller(*ALL)) as visitor:
        people = await visitor.get("/system/hr/v1/employees")
        refused = await visitor.get(leave)

    assert (people.status_code, people.json()["items"]) == (200, [])
    assert refused.status_code == 422
    assert "no hr serves NWA-US" in refused.json()["detail"]


@pytest.mark.parametrize(
    "connector", ["interface", "v1", "v2", "opportunities_face", "os.path", "../crm"]
)
async def test_only_a_connector_is_connected(
    sandbox: SandboxAddress, outside: Outside, connector: str
) -> None:
    """A setting's value is the name of a connector's module and of nothing else."""
    settings = [msgspec.structs.replace(each, connector=connector) for each in settings_of(sandbox)]

    with pytest.raises(Ungovernable):
        connect_systems(settings, ROUTES, outside)


async def test_a_setting_that_a_connector_does_not_know_stops_the_start(
    sandbox: SandboxAddress, outside: Outside
) -> None:
    """An unknown key is an error."""
    first, *rest = settings_of(sandbox)
    odd = msgspec.structs.replace(first, config={**first.config, "colour": "red"})

    with pytest.raises(Ungovernable, match=r"systems\.crm\.crm\.config: `colour` is no setting"):
        connect_systems([odd, *rest], ROUTES, outside)


async def test_a_route_to_nowhere_stops_the_start(
    sandbox: SandboxAddress, outside: Outside
) -> None:
    """Every route leads to a system of its kind."""
    nowhere = Route(SystemKind.ERP, "NWA-US", "crm")

    with pytest.raises(Ungovernable, match="NWA-US"):
        connect_systems(settings_of(sandbox), [nowhere], outside)


async def test_records_are_listed_and_read_by_the_ids_of_the_list(systems: Systems) -> None:
    """What a list names can be read one by one, and a known state is 304."""
    async with visit(systems, caller(*ALL)) as visitor:
        for address in (
            "/system/crm/v1/opportunities",
            "/system/crm/v1/clients",
            "/system/crm/v2/opportunities",
            "/system/crm/v2/clients",
            "/system/contracts/v1/contracts",
            "/system/erp/v1/clients",
            "/system/procurement/v1/vendors",
            "/system/procurement/v1/purchase-orders",
        ):
            page = (await visitor.get(address)).json()
            [first, *_] = page["items"]
            read = await visitor.get(f"{address}/{first['id']}")
            tag = {"If-None-Match": read.headers["etag"]}
            known = await visitor.get(f"{address}/{first['id']}", headers=tag)
            by_source = await visitor.get(
                address,
                params={"source": f"{first['source']['instance']}:{first['source']['record_id']}"},
            )

            assert (read.status_code, read.json()) == (200, first), address
            assert (known.status_code, known.content) == (304, b""), address
            assert by_source.json()["items"] == [first], address


async def test_a_caller_sees_the_contracts_of_its_own_entities(systems: Systems) -> None:
    """Another entity's contract is neither listed nor found."""
    async with visit(systems, caller(*ALL)) as visitor:
        everything = (await visitor.get("/system/contracts/v1/contracts")).json()["items"]
    async with visit(systems, caller("NWA-DE")) as visitor:
        own = (await visitor.get("/system/contracts/v1/contracts")).json()["items"]
        hidden = next(each for each in everything if each["legal_entity"] != "NWA-DE")
        answer = await visitor.get(f"/system/contracts/v1/contracts/{hidden['id']}")

    assert {each["legal_entity"] for each in own} == {"NWA-DE"}
    assert answer.status_code == 404


async def test_a_firm_that_runs_no_procurement_is_told_so_when_it_asks(
    sandbox: SandboxAddress, outside: Outside
) -> None:
    """It starts all the same, and a person is pointed at what is missing."""
    others = [each for each in settings_of(sandbox) if each.kind is not SystemKind.PROCUREMENT]
    systems = connect_systems(others, ROUTES, outside)
    with pytest.raises(Refused) as told:
        _ = systems.procurement
    async with visit(systems, caller(*ALL)) as visitor:
        answer = await visitor.get("/system/procurement/v1/vendors")

    assert told.value.code == "NO_ROUTE"
    assert answer.status_code == 422
    assert "runs no procurement system" in answer.json()["detail"]


async def test_a_firm_has_one_procurement_system(sandbox: SandboxAddress, outside: Outside) -> None:
    """Two stop the start."""
    settings = settings_of(sandbox)
    second = msgspec.structs.replace(settings[-1], instance="procurement-2")

    with pytest.raises(Ungovernable, match="procurement"):
        connect_systems([*settings, second], ROUTES, outside)


async def test_an_order_of_another_entity_is_neither_listed_nor_found_nor_received(
    systems: Systems,
) -> None:
    """Its vendor is the whole firm's."""
    orders = "/system/procurement/v1/purchase-orders"
    async with visit(systems, caller(*ALL)) as visitor:
        [order] = (await visitor.get(orders)).json()["items"]
    async with visit(systems, caller("NWA-US")) as visitor:
        listed = await visitor.get(orders)
        read = await visitor.get(f"{orders}/{order['id']}")
        of_number = await visitor.get(
            "/system/procurement/v1/receipts", params={"purchase_order_number": order["number"]}
        )
        received = await visitor.post(
            f"{orders}/{order['id']}/receipts", json=RECEIPT, headers={"Idempotency-Key": "k"}
        )
        vendor = await visitor.get(f"/system/procurement/v1/vendors/{order['vendor_id']}")

    assert order["legal_entity"] == "NWA-DE"
    assert listed.json()["items"] == []
    assert [read.status_code, of_number.status_code, received.status_code] == [404] * 3
    assert vendor.status_code == 200


async def test_a_bill_that_comes_twice_is_refused_and_named(systems: Systems) -> None:
    """Under a key of its own it is another command, and the same bill."""
    async with visit(systems, caller(*ALL)) as visitor:
        [order] = (await visitor.get("/system/procurement/v1/purchase-orders")).json()["items"]
        line = {**BILL_LINE, "purchase_order_number": order["number"]}
        bill = {**BILL, "vendor_id": order["vendor_id"], "lines": [line]}
        first, same, other = [
            await visitor.post(
                "/system/procurement/v1/bills", json=bill, headers={"Idempotency-Key": key}
            )
            for key in ("k-1", "k-1", "k-2")
        ]

    assert first.status_code == 201, first.text
    assert same.json() == first.json()
    assert other.status_code == 422
    assert "DUPLICATE_BILL" in other.json()["detail"]


async def test_a_command_that_is_sent_twice_creates_one_project(systems: Systems) -> None:
    """The caller's idempotency key becomes the business key."""
    headers = {"Idempotency-Key": "k-1"}
    async with visit(systems, caller(*ALL)) as visitor:
        first = await visitor.post("/system/psa/v1/projects", json=DRAFT, headers=headers)
        again = await visitor.post("/system/psa/v1/projects", json=DRAFT, headers=headers)
        other = await visitor.post(
            "/system/psa/v1/projects", json={**DRAFT, "name": "Another"}, headers=headers
        )
        page = await visitor.get("/system/psa/v1/projects", params={"number": "PR-9001"})

    assert first.status_code == 201, first.text
    assert again.json() == first.json()
    assert other.status_code == 409
    assert len(page.json()["items"]) == 1


async def test_nobody_writes_for_an_entity_that_they_do_not_see(systems: Systems) -> None:
    """A draft that names another entity is refused before anything is sent."""
    async with visit(systems, caller("NWA-DE")) as visitor:
        answer = await visitor.post(
            "/system/psa/v1/projects", json=DRAFT, headers={"Idempotency-Key": "k-1"}
        )

    assert answer.status_code == 403


async def test_lists_of_several_systems_are_read_one_after_the_other(systems: Systems) -> None:
    """Following the cursor leads through every ERP and ends."""
    seen: set[str] = set()
    cursor: dict[str, str] = {}
    async with visit(systems, caller(*ALL)) as visitor:
        for _ in range(20):
            page = (await visitor.get("/system/erp/v1/clients", params=cursor)).json()
            seen |= {item["source"]["instance"] for item in page["items"]}
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        odd = await visitor.get("/system/erp/v1/clients", params={"cursor": "bm90aGluZw"})

    assert seen == {"erp-a", "erp-b"}
    assert page["next_cursor"] is None
    assert odd.status_code == 400


@pytest.mark.parametrize(
    "fault",
    [
        "503-before",
        "reset-before",
        "commit-then-reset",
        "commit-then-500",
        "commit-then-garbage",
        "commit-then-truncated",
        "late-commit",
    ],
)
async def test_a_client_is_created_once_whatever_happens_on_the_wire(
    systems: Systems, sandbox: SandboxAddress, fault: str
) -> None:
    """Asking again as the error says leads to one client, on a system that knows no keys."""
    rule = {"kind": fault, "instance": "erp-a", "operation": "POST *", "nth": 1}
    await operate(sandbox, "faults", {"rules": [rule]})
    erp = systems.by_erp_instance("erp-a")

    with acting_as(caller(*ALL)):
        created = await _patiently(lambda: erp.create_client(NEW_CLIENT, key="CL-9001"))
        page = await erp.clients(number="CL-9001")

    assert await _fired(sandbox) == 1
    assert [each.id for each in page.items] == [created.id]


async def _patiently(ask: Callable[[], Awaitable[Client]]) -> Client:
    for _ in range(10):
        try:
            return await ask()
        except Unknown as lost:
            await asyncio.sleep(lost.settles_after.total_seconds() + 0.01)
        except TryAgain as failure:
            await asyncio.sleep(failure.after.total_seconds() + 0.01)
    raise AssertionError("it never ended")


async def _fired(sandbox: SandboxAddress) -> int:
    token = {"Authorization": f"Bearer {sandbox.control_secret}"}
    async with (
        aiohttp.ClientSession() as operator,
        operator.get(f"{sandbox.base_url}/_sandbox/faults", headers=token) as answer,
    ):
        return len(msgspec.json.decode(await answer.read(), type=FaultReport).log)
