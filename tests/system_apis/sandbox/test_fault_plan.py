"""A fault plan says which calls go wrong, and the operator is told what was played."""

import pytest

from system_apis.dedupe import LookUpFirst
from system_apis.sandbox.faults import LONGEST_PROCESSING_SECONDS, FaultPlan
from tests.system_apis.sandbox.house import House


def test_no_plan_settles_later_than_the_connectors_are_told() -> None:
    """The declared bound is a bound."""
    with pytest.raises(ValueError, match="settles"):
        FaultPlan(late_seconds=LONGEST_PROCESSING_SECONDS + 0.1)


async def test_the_connector_waits_as_long_as_the_sandbox_may_work(house: House) -> None:
    """What the connector declares is what the sandbox keeps to."""
    waits = {
        mode.settles_after.total_seconds()
        for mode in house.erp().writes.values()
        if isinstance(mode, LookUpFirst)
    }

    assert waits == {LONGEST_PROCESSING_SECONDS}


async def test_the_same_seed_plays_the_same_faults(house: House) -> None:
    """A failing run can be played again from its seed."""

    async def play(seed: int) -> bytes:
        await house.set(
            "faults",
            {"seed": seed, "rate": "0.5", "kinds": ["503-before", "commit-then-500", "429-date"]},
        )
        for _ in range(20):
            async with house.session.get(f"{house.address.of('erp-a')}/record/v1/job") as reply:
                await reply.read()
        return await house.ask("faults")

    first, again, other = await play(7), await play(7), await play(8)

    assert first == again
    assert b"503-before" in first
    assert first != other


async def test_a_rule_speaks_of_the_nth_call_of_one_instance(house: House) -> None:
    """Other calls and other instances go well."""
    rule = {"instance": "erp-b", "operation": "client*", "nth": 2, "kind": "503-before"}
    await house.set("faults", {"rules": [rule]})
    statuses = []
    for instance in ("erp-b", "erp-a", "erp-b", "erp-b"):
        async with house.session.get(f"{house.address.of(instance)}/record/v1/customer") as reply:
            statuses.append(reply.status)

    assert statuses == [200, 200, 503, 200]


async def test_the_operators_side_asks_for_its_secret(house: House) -> None:
    """Only `health` answers everybody."""
    base = f"{house.address.base_url}/_sandbox"
    statuses = {}
    for what in ("health", "ledger", "clock", "faults", "digest"):
        async with house.session.get(f"{base}/{what}") as reply:
            statuses[what] = reply.status

    assert statuses.pop("health") == 200
    assert set(statuses.values()) == {401}
