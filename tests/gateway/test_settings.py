"""Settings: a file, the environment on top, and no unknown key."""

from pathlib import Path

import pytest

from gateway.settings import Profile, UnreadableSettings, load_settings


def test_without_file_and_environment_the_sandbox_is_served(tmp_path: Path) -> None:
    """A newcomer sets nothing."""
    settings = load_settings({}, tmp_path / "strata.toml")

    assert settings.profile is Profile.SANDBOX
    assert settings.port == 8000


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """`STRATA_A__B` is `a.b`."""
    path = tmp_path / "strata.toml"
    path.write_text('port = 9000\nfirm = "elsewhere"\n[tracing]\nsample_ratio = 0.5\n')

    settings = load_settings({"STRATA_PORT": "9001", "STRATA_TRACING__SAMPLE_RATIO": "1"}, path)

    assert (settings.port, settings.firm, settings.tracing.sample_ratio) == (9001, "elsewhere", 1)


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"STRATA_PROT": "9000"}, "unknown field `prot`; is `port` meant"),
        ({"STRATA_ROUNDS_SECONDS": "0"}, "rounds_seconds"),
        ({"STRATA_PORT": "many"}, r"at `\$.port`; correct this value"),
        ({"STRATA_PROFILE": "staging"}, "profile"),
        ({"STRATA_RATE_LIMITS__STRANGERS": "often"}, "'often' is no rate limit"),
        ({"STRATA_PORT": "1", "STRATA_PORT__X": "2"}, "PORT__X"),
        ({"STRATA_SYSTEMS__ERP__A__CONECTOR": "tryton"}, "`conector`.+; take it out"),
    ],
)
def test_an_unknown_key_or_value_is_an_error_that_names_it(
    tmp_path: Path, environment: dict[str, str], told: str
) -> None:
    """A typing error does not pass in silence."""
    with pytest.raises(UnreadableSettings, match=told):
        load_settings(environment, tmp_path / "strata.toml")


def test_a_system_names_its_connector_and_what_that_takes(tmp_path: Path) -> None:
    """The connector's own settings are read when the connector is known."""
    path = tmp_path / "strata.toml"
    path.write_text(
        '[systems.erp.erp-a]\nconnector = "tryton"\n[systems.erp.erp-a.config]\ndatabase = "psa"\n'
    )

    settings = load_settings({}, path)

    assert settings.systems["erp"]["erp-a"].connector == "tryton"
    assert settings.systems["erp"]["erp-a"].config == {"database": "psa"}


@pytest.mark.parametrize("text", [b"port = ", b"[tracing", b"\xff\xfe", b"port = 1\nport = 2"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, text: bytes) -> None:
    """An operator who made a slip sees the line, not a traceback."""
    path = tmp_path / "strata.toml"
    path.write_bytes(text)

    with pytest.raises(UnreadableSettings, match=r"strata.toml is no TOML file"):
        load_settings({}, path)


def test_a_directory_of_that_name_is_named(tmp_path: Path) -> None:
    """The same for what is no file at all."""
    with pytest.raises(UnreadableSettings, match="no TOML file"):
        load_settings({}, tmp_path)


@pytest.mark.parametrize("network", ["10.0.0.1/8", "proxy.firm.example", "10.0.0.0/33", ""])
def test_a_proxy_is_trusted_by_its_network(tmp_path: Path, network: str) -> None:
    """What is no network is an error that says how one is written."""
    path = tmp_path / "strata.toml"
    path.write_text(f'trusted_proxies = ["{network}"]\n')

    with pytest.raises(UnreadableSettings, match=r"trusted_proxies: .* write 10\.0\.0\.0/8 or"):
        load_settings({}, path)
