"""`strata doctor` says what a machine has wrong, and how it is mended."""

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from aiohttp import web
from msgspec.structs import replace

from gateway.doctor import Severity, examine, examine_others
from gateway.settings import (
    AuditConfig,
    Settings,
    SystemConfig,
    UnreadableSettings,
    load_settings,
)
from observability.exporting import Wire
from observability.tracing import Config as TracingConfig
from store.clock import wall_clock
from store.migration import revisions
from tests.stores import put_migrated
from tests.stories.programs import NORTHWIND


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A gateway whose database is as this version wants it; nobody listens at its port."""
    put_migrated(tmp_path / "strata.sqlite")
    return Settings(data_dir=str(tmp_path), firm=str(NORTHWIND), port=1)


def _at_revision(settings: Settings, revision: str) -> None:
    with closing(sqlite3.connect(Path(settings.data_dir) / "strata.sqlite")) as store, store:
        store.execute("UPDATE alembic_version SET version_num = ?", (revision,))


async def _found(settings: Settings) -> list[tuple[str, Severity]]:
    found = [*examine(settings), *await examine_others(settings)]
    return [(each.about, each.severity) for each in found]


async def test_a_sound_machine_has_nothing_wrong(settings: Settings) -> None:
    """Nothing is told where nothing is wrong."""
    assert await _found(settings) == []


async def test_a_database_of_another_version_is_told(settings: Settings) -> None:
    """An older one is brought up to date at the next start; of a newer one nothing starts."""
    _at_revision(settings, revisions()[0])
    older = await _found(settings)
    _at_revision(settings, "9999")
    newer = await _found(settings)

    assert older == [("data_dir", Severity.WARN)]
    assert newer == [("data_dir", Severity.STOP)]


async def test_a_database_that_is_none_stops_the_start(settings: Settings) -> None:
    """A file that was overwritten is not written to."""
    (Path(settings.data_dir) / "strata.sqlite").write_bytes(b"no database " * 100)

    assert await _found(settings) == [("data_dir", Severity.STOP)]


async def test_a_first_start_that_was_cut_off_can_be_made_again(settings: Settings) -> None:
    """The database is there, and nothing in it yet."""
    path = Path(settings.data_dir) / "strata.sqlite"
    path.write_bytes(b"")

    assert await _found(settings) == []


async def test_a_clock_that_is_behind_its_own_records_is_told(settings: Settings) -> None:
    """The database was written tomorrow."""
    tomorrow = wall_clock().timestamp() + 86_400
    os.utime(Path(settings.data_dir) / "strata.sqlite", (tomorrow, tomorrow))

    assert await _found(settings) == [("clock", Severity.WARN)]


async def test_a_port_that_is_taken_and_a_receiver_that_is_away_are_told(
    settings: Settings,
) -> None:
    """When the doctor may ask; a receiver that takes spans is not told, one by another way is."""
    async with _receiver() as port:
        here, nowhere = f"http://127.0.0.1:{port}", "http://127.0.0.1:1"
        takes = await _found(replace(settings, port=port, tracing=_sent(here)))
        others = [
            await _found(replace(settings, tracing=each))
            for each in (_sent(nowhere), _sent(here, Wire.GRPC), _sent("127.0.0.1:4318"))
        ]

    assert takes == [("port", Severity.WARN)]
    assert others == [[("tracing.otlp_endpoint", Severity.WARN)]] * 3


@pytest.mark.parametrize(
    ("log", "heads", "told"),
    [
        ("no/where", ".", ["log_file", "audit.heads_file"]),
        (".", "strata.sqlite/heads", ["log_file", "audit.heads_file"]),
        ("written", "a/new/folder/heads", []),
    ],
)
async def test_a_log_or_heads_that_cannot_be_written_stop_the_start(
    settings: Settings, log: str, heads: str, told: list[str]
) -> None:
    """A folder that is missing, one where a file should be, a file where a folder should be."""
    folder = Path(settings.data_dir)
    where = AuditConfig(heads_file=str(folder / heads))
    found = await _found(replace(settings, log_file=str(folder / log), audit=where))

    assert found == [(each, Severity.STOP) for each in told]


async def test_a_host_that_is_another_machine_is_told(settings: Settings) -> None:
    """Nobody could listen there."""
    assert await _found(replace(settings, host="203.0.113.9")) == [("host", Severity.STOP)]


async def test_systems_that_nobody_answers_for_are_told(settings: Settings) -> None:
    """Each by its setting; one that answers is not told, and what is no address is told once."""
    away = "http://127.0.0.1:1"
    async with _receiver() as port:
        here = f"http://127.0.0.1:{port}"
        reached = {"a": _reached(here), "b": _reached(away), "c": _reached("x")}
        found = await _found(replace(settings, sandbox_url=away, systems={"erp": reached}))

    assert found == [
        ("systems.erp.c.config.connection.base_url", Severity.STOP),
        ("systems.erp.b", Severity.WARN),
        ("sandbox_url", Severity.WARN),
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "99999"), ("TRACING__SAMPLE_RATIO", "7"), ("TRACING__SLOW_MS", "-1")],
)
def test_a_number_that_means_nothing_is_no_setting(tmp_path: Path, name: str, value: str) -> None:
    """Before, another port was listened at, and every trace or none was kept."""
    with pytest.raises(UnreadableSettings, match=name.lower().replace("__", r"\.|")):
        load_settings({f"STRATA_{name}": value}, tmp_path / "strata.toml")


def _reached(address: str) -> SystemConfig:
    return SystemConfig(connector="sandbox", config={"connection": {"base_url": address}})


def _sent(address: str, wire: Wire = Wire.HTTP) -> TracingConfig:
    return TracingConfig(otlp_endpoint=address, otlp_protocol=wire)


@asynccontextmanager
async def _receiver() -> AsyncIterator[int]:
    """Take whatever is posted, at the port that is yielded."""

    async def take(_: web.Request) -> web.Response:
        return web.Response(content_type="application/x-protobuf")

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
