"""What a firm wrote wrong in its settings is found before the start, by its key and with a way out.

Each of these passed `strata doctor` once, and failed at the start or never.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from gateway.commands.doctor import doctor
from gateway.doctor import NotFit, Severity, check_start, examine
from gateway.firm import load_firm
from gateway.settings import EgressConfig, Profile, Settings, SystemConfig
from governance.policy import RatePlan, Share
from governance.rate_limits import Config as RateLimits
from observability.exporting import Wire
from observability.tracing import Config as TracingConfig
from system_apis.messaging.channels import ChannelSettings
from system_apis.systems import Route, SystemKind
from system_apis.webhooks import WebhookSecret
from tests.stories.programs import NORTHWIND

Change = Callable[[Settings, Path], Settings]
ROUTES = tuple(load_firm(NORTHWIND).routes())
CRM = "/system/crm/v2"
PATH = "/services/T0/B0/x"
GOOD, SHORT = "whsec_" + "a2V5" * 10, "whsec_a2V5"
MAIL = ChannelSettings("smtp", {"host": "mail.firm.example", "sender": "ar@firm.example"})
TRYTON: dict[str, object] = {
    "database": "books",
    "rest_key": "k",
    "rpc_user": "u",
    "rpc_password": "p",
    "companies": {},
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A sandbox gateway whose settings have nothing wrong."""
    return Settings(data_dir=str(tmp_path / "data"), firm=str(NORTHWIND))


def _erp(connector: str = "sandbox", **connection: object) -> dict[str, dict[str, SystemConfig]]:
    reached = {"base_url": "https://erp.firm.example", **connection}
    taken = {**(TRYTON if connector == "tryton" else {}), "connection": reached}
    return {"erp": {"erp-b": SystemConfig(connector, taken)}}


def _routed(settings: Settings, route: Route) -> Settings:
    return replace(settings, routes=(*ROUTES, route))


def _signed(secret: str) -> dict[str, dict[str, SystemConfig]]:
    reached: dict[str, object] = {"connection": {"base_url": "https://crm.firm.example"}}
    return {"crm": {"crm": SystemConfig("sandbox", reached, (WebhookSecret(secret),))}}


def _secrets(settings: Settings, folder: Path, text: str, mode: int = 0o600) -> Settings:
    path = folder / "secrets.toml"
    path.write_text(text)
    path.chmod(mode)
    return replace(settings, systems=_signed(GOOD), webhook_secrets_file=str(path))


def _plans(**plans: RatePlan) -> RateLimits:
    return RateLimits(plans={CRM if name == "crm" else f"/{name}": plans[name] for name in plans})


def _slack(**config: object) -> dict[str, ChannelSettings]:
    return {"chat": ChannelSettings("slack", config)}


STOPS: dict[str, tuple[str, str, Change]] = {
    "a kind that is none": (
        "systems.erpp",
        "is `erp` meant?",
        lambda s, _: replace(s, systems={"erpp": _erp()["erp"]}),
    ),
    "a connector that is none": (
        "systems.erp.erp-b.connector",
        "is `sandbox` meant?",
        lambda s, _: replace(s, systems=_erp("sandbocks")),
    ),
    "a connector of another kind": (
        "systems.crm.crm.connector",
        "name one of sandbox",
        lambda s, _: replace(s, systems={"crm": {"crm": SystemConfig("tryton")}}),
    ),
    "no connection": (
        "systems.erp.erp-b.config",
        "write it there",
        lambda s, _: replace(s, systems={"erp": {"erp-b": SystemConfig("sandbox")}}),
    ),
    "no address": (
        "systems.erp.erp-b.config.connection",
        "write it there",
        lambda s, _: replace(
            s, systems={"erp": {"erp-b": SystemConfig("sandbox", {"connection": {}})}}
        ),
    ),
    "an address that is none": (
        "systems.erp.erp-b.config.connection.base_url",
        "write the address",
        lambda s, _: replace(s, systems=_erp(base_url="erp.firm.example")),
    ),
    "an option that is none": (
        "systems.erp.erp-b.config.connection",
        "take it out, or correct its name",
        lambda s, _: replace(s, systems=_erp(timeout=5)),
    ),
    "a patience that is none": (
        "systems.erp.erp-b.config.connection.timeout_ms",
        "write at least 1 there",
        lambda s, _: replace(s, systems=_erp(timeout_ms=0)),
    ),
    "a credential of another kind": (
        "systems.erp.erp-b.config",
        "correct it",
        lambda s, _: replace(s, systems=_erp("tryton", bearer="k")),
    ),
    "a company that a connector is not told of": (
        "systems.erp.erp-b.config",
        "say how it knows them",
        lambda s, _: replace(s, systems=_erp("tryton")),
    ),
    "a name that two systems have": (
        "systems",
        "call one of them otherwise",
        lambda s, _: replace(s, systems={"psa": {"erp-b": _erp()["erp"]["erp-b"]}, **_erp()}),
    ),
    "two of a kind that a firm has one of": (
        "systems.crm",
        "take out all but one",
        lambda s, _: replace(s, systems={"crm": {"crm-2": _signed(GOOD)["crm"]["crm"]}}),
    ),
    "a route to nowhere": (
        "routes",
        "name one of erp-a, erp-b under `systems`",
        lambda s, _: _routed(s, Route(SystemKind.ERP, "NWA-US", "erp-c")),
    ),
    "a route of nobody": (
        "routes",
        "is `NWA-US` meant?",
        lambda s, _: _routed(s, Route(SystemKind.ERP, "NWA-USA", "erp-a")),
    ),
    "a secret that is too short": (
        "systems.crm.crm.webhook_secrets",
        "write the secret as the system shows it",
        lambda s, _: replace(s, systems=_signed(SHORT)),
    ),
    "a file of secrets that is not there": (
        "webhook_secrets_file",
        "put the file right",
        lambda s, folder: replace(s, webhook_secrets_file=str(folder / "nowhere")),
    ),
    "a file of secrets that others can read": (
        "webhook_secrets_file",
        "put the file right",
        lambda s, folder: _secrets(s, folder, f'crm = [{{ secret = "{GOOD}" }}]', 0o644),
    ),
    "a file of secrets of a system that has none": (
        "webhook_secrets_file",
        "put the file right",
        lambda s, folder: _secrets(s, folder, f'hr = [{{ secret = "{GOOD}" }}]'),
    ),
    "a file of secrets that are none": (
        "webhook_secrets_file",
        "put the file right",
        lambda s, folder: _secrets(s, folder, f'crm = [{{ secret = "{SHORT}" }}]'),
    ),
    "a channel's connector that is none": (
        "channels.post.connector",
        "name one of sandbox, slack, smtp, teams",
        lambda s, _: replace(s, channels={"post": ChannelSettings("pigeon")}),
    ),
    "a channel without a sender": (
        "channels.post.config",
        "write it there",
        lambda s, _: replace(s, channels={"post": ChannelSettings("smtp", {"host": "m.example"})}),
    ),
    "a channel whose file cannot be read": (
        "channels.post.config",
        "let our user read it",
        lambda s, folder: replace(
            s,
            channels={
                "post": ChannelSettings("smtp", {**MAIL.config, "ca_file": str(folder / "ca.pem")})
            },
        ),
    ),
    "a channel's address that is none": (
        "channels.chat.config.connection.base_url",
        "write the address",
        lambda s, _: replace(s, channels=_slack(connection={"base_url": "hooks"})),
    ),
    "letters by no channel": (
        "letters",
        "name one of post of `channels`, or take it out",
        lambda s, _: replace(s, letters="mail", channels={"post": MAIL}),
    ),
    "letters into a room": (
        "letters",
        "name one of `channels`, or take it out",
        lambda s, _: replace(s, letters="chat", channels=_slack()),
    ),
    "a rate plan of no API": (
        'rate_limits.plans."/system/crm/v9"',
        "is `/system/crm/v2` meant?",
        lambda s, _: replace(s, rate_limits=_plans(**{"system/crm/v9": RatePlan()})),
    ),
    "a rate plan of no operation": (
        f'rate_limits.plans."{CRM}".operations',
        "is `client` meant?",
        lambda s, _: replace(s, rate_limits=_plans(crm=RatePlan(operations={"clien": Share()}))),
    ),
    "a limit that is none": (
        f'rate_limits.plans."{CRM}"',
        "write limits like 600/minute",
        lambda s, _: replace(s, rate_limits=_plans(crm=RatePlan("many"))),
    ),
    "a store that is none": (
        "redis_url",
        "correct the address",
        lambda s, _: replace(s, redis_url="127.0.0.1:6379"),
    ),
    "a host that is an address": (
        "egress.internal_hosts",
        "name hosts only",
        lambda s, _: replace(s, egress=EgressConfig(internal_hosts=("user@erp",))),
    ),
    "a sandbox that is no address": (
        "sandbox_url",
        "`strata sandbox`",
        lambda s, _: replace(s, sandbox_url="sandbox"),
    ),
}
WARNINGS: dict[str, tuple[str, str, Change]] = {
    "a hook that lies elsewhere": (
        "channels.chat.config.addresses",
        "correct it",
        lambda s, _: replace(s, channels=_slack(addresses={"U-PM1": "https://x.example/a"})),
    ),
    "a hook of nobody": (
        "channels.chat.config.addresses",
        "the firm's file",
        lambda s, _: replace(s, channels=_slack(addresses={"U-NOBODY": PATH})),
    ),
    "companies without books": (
        "routes",
        "route it",
        lambda s, _: replace(s, routes=tuple(each for each in ROUTES if each.instance != "erp-a")),
    ),
    "a client of two owners": (
        "rate_limits.owners",
        "leave it under one of them",
        lambda s, _: replace(s, rate_limits=RateLimits(owners={"a": ("c",), "b": ("c",)})),
    ),
    "a receiver that is no address": (
        "tracing.otlp_endpoint",
        "say it like http://127.0.0.1:4317",
        lambda s, _: replace(
            s, tracing=TracingConfig(otlp_endpoint="tempo:4317", otlp_protocol=Wire.GRPC)
        ),
    ),
}


def _told(settings: Settings) -> list[tuple[str, Severity]]:
    return [(each.about, each.severity) for each in examine(settings)]


def test_settings_that_are_right_have_no_finding(settings: Settings, tmp_path: Path) -> None:
    """All that the next ones have wrong, written right."""
    right = _secrets(settings, tmp_path, f'crm = [{{ secret = "{GOOD}" }}]')
    right = replace(
        right,
        systems={**right.systems, **_erp(timeout_ms="500")},
        channels={"post": MAIL, **_slack(addresses={"U-PM1": PATH})},
        letters="post",
        rate_limits=_plans(crm=RatePlan("10/minute", operations={"client": Share(cost=2)})),
        redis_url="redis://127.0.0.1:6379/0",
        egress=EgressConfig(internal_hosts=("erp.firm.example",)),
        routes=(*ROUTES, Route(SystemKind.ERP, "NWA-US", "erp-b")),
    )

    assert _told(right) == []


@pytest.mark.parametrize("fault", STOPS)
def test_what_is_written_wrong_stops_the_start(
    settings: Settings, tmp_path: Path, fault: str
) -> None:
    """It is told once, by the key that it stands under, with what to do; no secret is told."""
    about, remedy, change = STOPS[fault]
    changed = change(settings, tmp_path)
    with pytest.raises(NotFit) as refused:
        check_start(changed)
    [found] = examine(changed)
    printed = CliRunner().invoke(doctor, ["--json"], obj=changed)

    assert (found.about, found.severity) == (about, Severity.STOP)
    assert remedy in found.remedy
    assert f"{about}: {found.what}; {found.remedy}" in str(refused.value)
    assert [each["about"] for each in json.loads(printed.stdout)["findings"]] == [about]
    assert SHORT not in printed.stdout


@pytest.mark.parametrize("doubt", WARNINGS)
def test_what_is_of_no_use_is_told_and_starts(
    settings: Settings, tmp_path: Path, doubt: str
) -> None:
    """Somebody hears nothing, or is counted otherwise; everybody else is served."""
    about, remedy, change = WARNINGS[doubt]
    changed = change(settings, tmp_path)
    check_start(changed)
    [found] = examine(changed)

    assert (found.about, found.severity) == (about, Severity.WARN)
    assert remedy in found.remedy


def test_several_faults_are_told_at_once(settings: Settings) -> None:
    """Nobody mends one, starts, and finds the next."""
    wrong = replace(settings, systems=_erp("sandbocks"), letters="mail", redis_url="redis")

    assert [about for about, _ in _told(wrong)] == [
        "systems.erp.erp-b.connector",
        "letters",
        "redis_url",
    ]


def test_in_production_every_system_of_the_firm_is_to_be_named(settings: Settings) -> None:
    """No sandbox is started there for the others."""
    real = replace(settings, profile=Profile.PRODUCTION, systems=_erp())
    stops = [about for about, severity in _told(real) if severity is Severity.STOP]

    assert stops == [
        "systems.crm.crm",
        "systems.contracts.contracts",
        "systems.psa.psa",
        "systems.psa.psa-uk",
        "systems.erp.erp-a",
        "systems.hr.hr",
        "systems.procurement.procurement",
    ]
