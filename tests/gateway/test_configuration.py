"""Whatever the gateway is configured with is on record when it changes, and only then."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.apis import APIS
from gateway.configuration import configuration
from gateway.firm import Firm, load_firm
from gateway.foundation import lay_foundation
from gateway.settings import Settings, SystemConfig
from governance.audit import AuditRecord
from governance.audit_chain.reading import Question
from governance.policy import RatePlan

NORTHWIND = Path(__file__).parents[2] / "northwind"
POLICIES = [module.POLICY for module in APIS]


@pytest.fixture
def firm() -> Firm:
    """Read the sandbox firm."""
    return load_firm(NORTHWIND)


def started(
    folder: Path,
    firm: Firm,
    *,
    settings: Settings | None = None,
    limit: str = "600/minute",
    keys: bytes = b"first",
) -> list[AuditRecord]:
    """Start with a configuration, and return what was put on record of it."""
    base = lay_foundation(Settings(data_dir=str(folder)))
    first, *others = POLICIES
    policies = [replace(first, rate_plan=RatePlan(limit=limit)), *others]
    wanted = configuration(settings or Settings(), firm, policies, keys)

    async def go() -> list[AuditRecord]:
        known = await base.audit.records(limit=1_000)
        await base.audit.record_changes(wanted)
        after = known[-1].sequence if known else 0
        return await base.audit.records(Question(after=after), limit=1_000)

    told = asyncio.run(go())
    base.close()
    return told


def test_a_first_start_tells_what_there_is_and_a_second_one_nothing(
    tmp_path: Path, firm: Firm
) -> None:
    """Every API's policy is among it: its limits, lifecycle and scopes."""
    first = started(tmp_path, firm)

    second = started(tmp_path, firm)

    assert {policy.path for policy in POLICIES} <= {one.subject for one in first}
    assert {one.stream for one in first} == {"configuration"}
    assert second == []


def test_what_changed_is_told_with_what_it_was(tmp_path: Path, firm: Firm) -> None:
    """A limit, the keys, the firm's people and a setting, each by itself."""
    before = {one.subject: one.after_hash for one in started(tmp_path, firm)}

    told = [
        *started(tmp_path, firm, limit="1/minute"),
        *started(tmp_path, firm, limit="1/minute", keys=b"second"),
        *started(tmp_path, replace(firm, people=firm.people[1:]), limit="1/minute", keys=b"second"),
    ]
    settings = Settings(public_url="https://strata.example")
    public = started(
        tmp_path,
        replace(firm, people=firm.people[1:]),
        settings=settings,
        limit="1/minute",
        keys=b"second",
    )

    assert [(one.action, one.subject) for one in [*told, *public]] == [
        ("policy.changed", POLICIES[0].path),
        ("keys.changed", "signing keys"),
        ("firm.changed", "people"),
        ("settings.changed", "public_url"),
    ]
    assert all(one.before_hash == before[one.subject] != one.after_hash for one in told)


def test_no_secret_is_in_a_hash(tmp_path: Path, firm: Firm) -> None:
    """Another password is no other entry; another address is."""

    def of(url: str, bearer: str) -> Settings:
        config: dict[str, object] = {"connection": {"base_url": url, "bearer": bearer}}
        system = SystemConfig(connector="system_apis.erp.tryton", config=config)
        secrets = {"sandbox_secret": bearer, "redis_url": f"redis://:{bearer}@localhost"}
        return Settings(systems={"erp": {"erp-a": system}}, **secrets)  # type: ignore[arg-type]  # two of its strings

    started(tmp_path, firm, settings=of("https://erp.example", "one"))

    bearer = started(tmp_path, firm, settings=of("https://erp.example", "two"))
    address = started(tmp_path, firm, settings=of("https://elsewhere.example", "two"))

    assert bearer == []
    assert [one.subject for one in address] == ["erp erp-a"]
