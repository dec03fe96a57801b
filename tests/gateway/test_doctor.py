"""`strata doctor`: what is wrong is found before the start, and stops it where it must."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from gateway.commands.doctor import doctor
from gateway.commands.serving import serve
from gateway.doctor import NotFit, Severity, check_start, examine, examine_others
from gateway.settings import AuditConfig, Profile, Settings, SystemConfig
from governance.identity_providers.config import Config as IssuerConfig
from tests.stories.programs import NORTHWIND

PROVIDER = IssuerConfig(name="firm", url="https://login.firm.example", audiences=("strata",))
Change = Callable[[Settings], Settings]
Told = list[tuple[str, Severity]]
# No connector of some kinds is but the sandbox's; each test but one is about something else.
STANDS_IN = ("systems", Severity.WARN)
REACHED = {
    "crm": ["crm"],
    "contracts": ["contracts"],
    "psa": ["psa", "psa-uk"],
    "erp": ["erp-a", "erp-b"],
    "hr": ["hr"],
    "procurement": ["procurement"],
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A production gateway that has nothing wrong but systems that the sandbox stands for."""
    keys = tmp_path / "data" / "keys"
    keys.mkdir(parents=True, mode=0o700)
    return Settings(
        profile=Profile.PRODUCTION,
        data_dir=str(tmp_path / "data"),
        firm=str(NORTHWIND),
        public_url="https://gateway.firm.example",
        systems={kind: {each: _at(each) for each in names} for kind, names in REACHED.items()},
        issuers=(PROVIDER,),
        audit=AuditConfig(heads_file=str(tmp_path / "another-disk" / "heads.jsonl")),
    )


def _at(instance: str, scheme: str = "https") -> SystemConfig:
    connection = {"base_url": f"{scheme}://{instance}.firm.example"}
    return SystemConfig("sandbox", {"connection": connection})


def told(settings: Settings) -> Told:
    """Return what is found beside the systems that the sandbox stands for."""
    found = [(each.about, each.severity) for each in examine(settings)]
    return [each for each in found if each != STANDS_IN]


def _keys_file(settings: Settings, name: str, mode: int) -> Settings:
    path = Path(settings.data_dir) / "keys" / name
    path.write_text("{}")
    path.chmod(mode)
    return settings


STOPS: dict[str, tuple[str, Change]] = {
    "http": ("public_url", lambda s: replace(s, public_url="http://gateway.firm.example")),
    "a person in it": ("public_url", lambda s: replace(s, public_url="https://a:b@firm.example")),
    "no address": ("public_url", lambda s: replace(s, public_url="gateway")),
    "sandbox messages": ("sandbox_webhooks", lambda s: replace(s, sandbox_webhooks=True)),
    "sandbox secret": ("sandbox_secret", lambda s: replace(s, sandbox_secret="word")),
    "sandbox word": ("data_dir", lambda s: _keys_file(s, "sandbox-word.secret", 0o600)),
    "sandbox client": ("data_dir", lambda s: _keys_file(s, "integrator.secret", 0o600)),
    "open key": ("data_dir", lambda s: _keys_file(s, "signing-keys.json", 0o640)),
    "damaged key": ("data_dir", lambda s: _keys_file(s, "signing-keys.json", 0o600)),
    "no firm": ("firm", lambda s: replace(s, firm="nowhere")),
    "no store": ("redis_url", lambda s: replace(s, redis_url="http://127.0.0.1:1")),
    "no directory": ("data_dir", lambda s: replace(s, data_dir=str(NORTHWIND / "fixture.json"))),
}
WARNINGS: dict[str, tuple[str, Change]] = {
    "loopback": ("public_url", lambda s: replace(s, public_url="http://127.0.0.1:8000")),
    "no url": ("public_url", lambda s: replace(s, public_url=None)),
    "everybody a proxy": (
        "trusted_proxies",
        lambda s: replace(s, trusted_proxies=("10.0.0.0/8", "0.0.0.0/0")),
    ),
    "half the world a proxy": (
        "trusted_proxies",
        lambda s: replace(s, trusted_proxies=("fd00::/32", "8000::/1")),
    ),
    "nobody comes": ("issuers", lambda s: replace(s, issuers=())),
    "an open way": (
        "systems.hr.hr.config.connection.base_url",
        lambda s: replace(s, systems={**s.systems, "hr": {"hr": _at("hr", "http")}}),
    ),
    "heads beside": ("audit.heads_file", lambda s: replace(s, audit=AuditConfig())),
}


def test_a_gateway_that_is_set_up_well_has_no_finding(settings: Settings) -> None:
    """Otherwise the next ones say nothing."""
    assert told(settings) == []
    check_start(settings)


def test_systems_that_the_sandbox_stands_for_are_told_and_start(settings: Settings) -> None:
    """By a connector, and where a sandbox is named for all that has none."""
    played = replace(settings, systems={}, sandbox_url="http://127.0.0.1:1")
    check_start(played)

    for each in (settings, played):
        assert [(one.about, one.severity) for one in examine(each)] == [STANDS_IN]


@pytest.mark.parametrize("fault", STOPS)
def test_cf_what_makes_a_start_unsafe_stops_it(settings: Settings, fault: str) -> None:
    """By the same words in the report and at the start, with what to do."""
    about, change = STOPS[fault]
    changed = change(settings)
    with pytest.raises(NotFit) as refused:
        check_start(changed)

    assert told(changed) == [(about, Severity.STOP)]
    [found] = [each for each in examine(changed) if each.severity is Severity.STOP]
    assert found.what in str(refused.value)
    assert found.remedy in str(refused.value)
    assert found.why


@pytest.mark.parametrize("doubt", WARNINGS)
def test_what_is_only_doubtful_is_told_and_starts(settings: Settings, doubt: str) -> None:
    """An operator may know why it is so."""
    about, change = WARNINGS[doubt]
    changed = change(settings)
    check_start(changed)

    assert told(changed) == [(about, Severity.WARN)]


def test_a_sandbox_may_be_a_sandbox(settings: Settings) -> None:
    """What is forbidden in production is its everyday."""
    played = replace(settings, profile=Profile.SANDBOX, sandbox_secret="word", systems={})

    assert examine(_keys_file(played, "sandbox-word.secret", 0o600)) == []


def test_the_command_exits_1_only_for_what_stops(settings: Settings) -> None:
    """Programs read the findings as JSON, people as lines."""
    runner = CliRunner()
    fine = runner.invoke(doctor, ["--json"], obj=replace(settings, public_url=None))
    stops = runner.invoke(doctor, [], obj=replace(settings, sandbox_secret="word"))

    assert (fine.exit_code, stops.exit_code) == (0, 1)
    assert {each["severity"] for each in json.loads(fine.stdout)["findings"]} == {"warn"}
    assert "STOP sandbox_secret: the sandbox's secret is set" in stops.stdout


def test_the_gateway_does_not_start_where_the_doctor_says_stop(settings: Settings) -> None:
    """In production nobody has to remember to ask first."""
    unsafe = replace(settings, sandbox_secret="word")
    answer = CliRunner().invoke(serve, [], obj=unsafe)

    assert isinstance(answer.exception, NotFit)
    assert not (Path(settings.data_dir) / "strata.sqlite").exists()


async def test_a_store_that_does_not_answer_is_told_when_asked(settings: Settings) -> None:
    """Nobody listens at port 1; what is no address is told without asking."""
    alone = replace(settings, issuers=(), systems={}, sandbox_url="x")
    away = await examine_others(replace(alone, redis_url="redis://127.0.0.1:1"))
    odd = await examine_others(replace(alone, redis_url="http://127.0.0.1:1"))

    assert [(each.about, each.severity) for each in away] == [("redis_url", Severity.WARN)]
    assert odd == []


async def test_a_provider_without_keys_is_told_when_asked(settings: Settings) -> None:
    """One that nobody answers for, and one that lies where none is asked."""
    away = replace(PROVIDER, name="away", url="http://127.0.0.1:1", internal_hosts=("127.0.0.1",))
    inside = replace(PROVIDER, name="inside", url="http://10.0.0.7")
    played = replace(settings, profile=Profile.SANDBOX, systems={}, issuers=(away, inside))
    found = await examine_others(played)

    assert [(each.about, each.severity) for each in found] == [
        ("issuers.away", Severity.WARN),
        ("issuers.inside", Severity.WARN),
    ]
