"""Two versions of the CRM's API beside each other, on one CRM: the old one leaves by its dates."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from governance.access import Caller as Somebody
from governance.access import acting_as
from governance.policy import Stage
from governance.sensitive_reads import SensitiveReads
from governance.stages import midnight
from governance.usage import UsageQuestion, Used
from governance.vendor_budgets import Budgets
from store.clock import wall_clock
from system_apis.canonical.party import Address, Client
from system_apis.canonical.record import Page
from system_apis.connections import Outside, connect_systems
from system_apis.connectors import SystemSettings
from system_apis.crm import v1, v2
from system_apis.crm.v2 import ClientRecord, PostalAddress
from system_apis.door import Warden
from system_apis.effects import Effects
from system_apis.sandbox.server import running_sandbox
from system_apis.systems import Route, SystemKind, Systems
from system_apis.wire import open_session
from tests.gateway.house import Answer, Caller, House, running
from tests.stories.programs import NORTHWIND

SCOPES = frozenset({"system:crm:read", "system:crm:write"})
OLD, NEW = "/system/crm/v1", "/system/crm/v2"
LIFE = v1.POLICY.lifecycle
[OFF, _] = LIFE.brownouts
TODAY = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture
async def caller(house: House, tmp_path: Path) -> AsyncIterator[Caller]:
    """Somebody at a gateway with both versions of the CRM's API, on the sandbox's CRM."""
    async with (
        running_sandbox(NORTHWIND, tmp_path / "sandbox", seed=1) as sandbox,
        open_session() as session,
    ):
        effects = Effects(house.store, wall_clock, house.audit)
        governance = house.governance
        warden = Warden(
            effects,
            governance.metrics,
            governance.tracing,
            SensitiveReads(house.audit, house.store),
            governance.usage.count_own,
        )
        budgets = Budgets(governance.metrics)
        outside = Outside(
            store=house.store, session=session, warden=warden, budgets=budgets, clock=wall_clock
        )
        settings = [
            SystemSettings(
                kind=SystemKind(kind),
                instance=kind,
                connector="sandbox",
                config={"connection": {"base_url": sandbox.of(kind)}},
            )
            for kind in ("crm", "contracts")
        ]
        routes = [Route(SystemKind.CRM, "NWA-US", "crm")]
        house.more["systems"] = connect_systems(settings, routes, outside)
        house.wall.set(TODAY)
        async with running(house.app(v1, v2), house) as found:
            found.token = house.token(scopes=SCOPES)
            yield found


async def at(
    caller: Caller, house: House, moment: datetime, *paths: str, method: str = "GET"
) -> list[Answer]:
    """Send a request to each of some addresses at a moment."""
    house.wall.set(moment)
    token = house.token(scopes=SCOPES)
    return [await caller.send(method, path, token=token) for path in paths]


async def test_both_versions_say_the_same_of_a_client_each_in_its_words(caller: Caller) -> None:
    """The new one has the address in its parts; all else agrees, ids included."""
    old = await caller.send("GET", f"{OLD}/clients")
    new = await caller.send("GET", f"{NEW}/clients")

    before = msgspec.json.decode(old.body, type=Page[Client])
    after = msgspec.json.decode(new.body, type=Page[ClientRecord])
    shared = set(Client.__struct_fields__) - {"billing_address"}
    assert shared == set(ClientRecord.__struct_fields__) - {"billing_address"}
    for one, other in zip(before.items, after.items, strict=True):
        assert {name: getattr(one, name) for name in shared} == {
            name: getattr(other, name) for name in shared
        }
    assert before.next_cursor == after.next_cursor
    [contoso] = [each for each in after.items if each.number == "CL-1"]
    assert contoso.billing_address is not None
    assert contoso.billing_address.lines == ("1 Harbor St",)


def test_an_address_is_split_into_what_an_envelope_needs() -> None:
    """Each line of the street is one, and the region is the country's subdivision."""
    address = Address("1 Harbor St,\r\nSuite 4\n", "Boston", "02101", "US", "MA")

    parts = PostalAddress.of(address)

    assert parts == PostalAddress(("1 Harbor St", "Suite 4"), "02101", "Boston", "US", "MA")


async def test_the_old_version_tells_its_end_and_the_new_one_has_none(caller: Caller) -> None:
    """Every answer of the old one names both dates and where to go; those who still call count."""
    old = await caller.send("GET", f"{OLD}/opportunities")
    new = await caller.send("GET", f"{NEW}/opportunities")

    assert (old.status, new.status, old.body == new.body) == (200, 200, True)
    assert old.headers["deprecation"] == f"@{int(datetime(2026, 11, 27, tzinfo=UTC).timestamp())}"
    assert old.headers["sunset"] == "Tue, 30 Nov 2027 00:00:00 GMT"
    assert f'<{NEW}>; rel="successor-version"' in old.headers["link"]
    assert not {"deprecation", "sunset", "link"} & new.headers.keys()


async def test_the_old_version_is_off_in_its_brownouts_and_gone_after_its_sunset(
    caller: Caller, house: House
) -> None:
    """503 with the end of the brownout, then 200 again, then 410; the new one answers always."""
    assert LIFE.sunset_on is not None
    paths = (f"{OLD}/clients", f"{NEW}/clients")
    off = await at(caller, house, OFF.starts + timedelta(minutes=5), *paths)
    back = await at(caller, house, OFF.ends, *paths)
    gone = await at(caller, house, midnight(LIFE.sunset_on), *paths)

    assert [each.status for each in off] == [503, 200]
    assert [each.status for each in back] == [200, 200]
    assert [each.status for each in gone] == [410, 200]
    assert 595 <= int(off[0].headers["retry-after"]) <= 600
    assert f'<{NEW}>; rel="successor-version"' in gone[0].headers["link"]
    assert gone[0].slug == "version-retired"


async def test_a_write_by_a_version_that_is_off_is_not_done(caller: Caller, house: House) -> None:
    """In a brownout nothing reaches the CRM, and the same key works where it is not off."""
    [page] = await at(caller, house, TODAY, f"{NEW}/opportunities")
    [first, *_] = msgspec.json.decode(page.body)["items"]
    house.wall.set(OFF.starts)
    answers = [
        await caller.send(
            "POST",
            f"{base}/opportunities/{first['id']}/project",
            body=b'{"project_number":"P-9"}',
            headers={"idempotency-key": "key-1"},
            token=house.token(scopes=SCOPES),
        )
        for base in (OLD, NEW)
    ]

    assert [each.status for each in answers] == [503, 204]


@pytest.mark.parametrize("name", v1.POLICY.operations)
def test_the_old_version_is_checked_no_less_than_the_new_one(name: str) -> None:
    """Scope, tenant rule, key and limit are the same in both."""
    assert v1.POLICY.operations[name] == v2.POLICY.operations[name]
    assert v1.POLICY.operations.keys() == v2.POLICY.operations.keys()
    assert v1.POLICY.rate_plan == v2.POLICY.rate_plan
    assert v1.POLICY.data_class is v2.POLICY.data_class


@pytest.mark.parametrize("scopes", [frozenset({"system:erp:read"}), None])
async def test_who_may_not_ask_the_new_version_may_not_ask_the_old_one(
    caller: Caller, house: House, scopes: frozenset[str] | None
) -> None:
    """Neither without the scope, nor without a token, nor once it is gone."""
    assert LIFE.sunset_on is not None
    token = None if scopes is None else house.token(scopes=scopes)
    statuses = [(await caller.send("GET", f"{b}/clients", token=token)).status for b in (OLD, NEW)]
    house.wall.set(midnight(LIFE.sunset_on))
    late = None if scopes is None else house.token(scopes=scopes)
    gone = await caller.send("GET", f"{OLD}/clients", token=late)

    assert statuses == [401 if scopes is None else 403] * 2
    assert gone.status == statuses[0]


async def test_a_caller_that_names_fields_gets_no_more_and_is_counted_for_them(
    caller: Caller, house: House
) -> None:
    """One who wants two fields is known to use those two; one who names none uses the whole."""
    [first, *_] = msgspec.json.decode((await caller.send("GET", f"{NEW}/clients")).body)["items"]
    part = await caller.send("GET", f"{NEW}/clients/{first['id']}?fields=number,legal_name")
    whole = await caller.send("GET", f"{NEW}/clients/{first['id']}")
    odd = await caller.send("GET", f"{NEW}/clients/{first['id']}?fields=number,cost_rate")
    await house.governance.usage.flush()
    rows = await house.governance.usage.rows(UsageQuestion(since=TODAY.date()))

    assert msgspec.json.decode(part.body) == {
        "number": first["number"],
        "legal_name": first["legal_name"],
    }
    assert msgspec.json.decode(whole.body) == first
    assert (odd.status, [each.parameter for each in odd.problem.errors]) == (400, ["fields"])
    counted = {Used(r.api, r.operation, r.consumer, r.field): r.calls for r in rows}
    assert counted == {
        Used(NEW, "clients", "robot", "*"): 1,
        Used(NEW, "client", "robot", "number"): 2,
        Used(NEW, "client", "robot", "legal_name"): 1,
        Used(NEW, "client", "robot", "*"): 1,
    }


async def test_who_still_calls_what_ends_is_told_once_a_week_and_stage(
    caller: Caller, house: House
) -> None:
    """One notice for each consumer, stage and week, in the list and in the log."""
    later = [TODAY + timedelta(days=days) for days in (0, 0, 1, 7)]
    for moment in (*later, OFF.starts):
        await at(caller, house, moment, f"{OLD}/clients", f"{NEW}/clients")
        await house.governance.usage.flush()

    notices, _ = await house.governance.usage.notices()
    assert [(each.api, each.consumer, each.stage, each.week) for each in notices] == [
        (OLD, "robot", Stage.BROWNOUT, "2027-W42"),
        (OLD, "robot", Stage.DEPRECATED, "2026-W50"),
        (OLD, "robot", Stage.DEPRECATED, "2026-W49"),
    ]
    assert {(each.successor, each.sunset_on) for each in notices} == {(NEW, LIFE.sunset_on)}
    assert house.log.getvalue().count(b"a version that ends is still called") == 3
    registry = house.governance.metrics.registry
    labels = {"api": OLD, "version": "1", "consumer": "robot"}
    assert registry.get_sample_value("strata_deprecated_calls_total", labels) == 5


async def test_our_own_processes_are_consumers_too(caller: Caller, house: House) -> None:
    """What a process reads through the interface is counted for it, under the newest version."""
    assert caller.token
    systems = house.more["systems"]
    assert isinstance(systems, Systems)
    process = Somebody(subject="process:x", client_id="process:x", scopes=SCOPES)

    with acting_as(process):
        await systems.crm.clients()
    await house.governance.usage.flush()

    [row] = await house.governance.usage.rows(
        UsageQuestion(since=TODAY.date(), consumer="process:x")
    )
    assert (row.api, row.operation, row.field, row.calls) == (NEW, "clients", "*", 1)


@pytest.mark.parametrize("header", ["accept-version", "api-version", "x-api-version"])
async def test_the_address_alone_says_which_version(caller: Caller, header: str) -> None:
    """No header leads to another version than the address, and an unknown one is none."""
    plain = await caller.send("GET", f"{NEW}/clients")
    asked = await caller.send("GET", f"{NEW}/clients", headers={header: "1"})
    never = await caller.send("GET", "/system/crm/v3/clients", headers={header: "1"})

    assert asked.body == plain.body
    assert "deprecation" not in asked.headers
    assert never.status == 404
