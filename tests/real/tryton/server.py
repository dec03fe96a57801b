"""A Tryton server of a test's own: a copy of the snapshot, a free port, its own time."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from system_apis.connector import Connection
from system_apis.erp.tryton import Config
from system_apis.tryton.books import Company
from tests.installed import Unavailable
from tests.real.tryton.business_time import BusinessTime
from tests.real.tryton.installation import CONFIG, DATABASE, HERE, environment, python, snapshot

PATIENCE_SECONDS = 120.0
MONTH_END = datetime(2026, 10, 31, 12, tzinfo=UTC)


class Seeded(Struct, frozen=True):
    """What the seed tells of the books that it made."""

    database: str
    rest_key: str
    clerk_key: str
    rpc_user: str
    rpc_password: str
    companies: dict[str, Company]


class Tryton(Struct, frozen=True):
    """A server that answers; `time` moves its clock if it was started with a business time."""

    base_url: str
    seeded: Seeded
    process_id: int
    time: BusinessTime | None

    def config(self) -> Config:
        """Return the settings with which our connector reaches this server."""
        return Config(
            connection=Connection(base_url=self.base_url, timeout_ms=30_000, concurrency=1),
            database=self.seeded.database,
            rest_key=self.seeded.rest_key,
            rpc_user=self.seeded.rpc_user,
            rpc_password=self.seeded.rpc_password,
            companies=self.seeded.companies,
        )


@contextmanager
def running_tryton(
    directory: Path, *, business_time: datetime | None = MONTH_END, firm: Path = HERE / "firm.json"
) -> Iterator[Tryton]:
    """Serve a fresh copy of a firm's books out of a directory, until the block ends.

    Tryton takes no documents of the future and warns of due dates that are past, so its
    time is the business time; None is the machine's own.
    """
    books = snapshot(firm)
    shutil.copy(books / f"{DATABASE}.sqlite", directory)
    lives_in = BusinessTime(directory, business_time) if business_time else None
    settings = {
        "TRYTOND_CONFIG": str(CONFIG),
        "TRYTOND_DATABASE__PATH": str(directory),
        "TRYTOND_DATABASE_NAMES": DATABASE,
        **(lives_in.settings() if lives_in else {}),
    }
    port_file = directory / "port"
    command = [python(environment()), str(HERE / "serve.py"), str(port_file)]
    with (directory / "trytond.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own script in Tryton's environment
            command, env={**os.environ, **settings}, stdin=subprocess.PIPE, stdout=log, stderr=log
        )
    try:
        yield Tryton(
            base_url=f"http://127.0.0.1:{_port(process, port_file)}",
            seeded=msgspec.json.decode((books / "seeded.json").read_bytes(), type=Seeded),
            process_id=process.pid,
            time=lives_in,
        )
    finally:
        _stop(process)


def _port(process: subprocess.Popen[bytes], port_file: Path) -> int:
    gives_up = time.monotonic() + PATIENCE_SECONDS
    while not port_file.exists():
        if process.poll() is not None or time.monotonic() > gives_up:
            words = port_file.with_name("trytond.log").read_text()[-2000:]
            raise Unavailable(f"Tryton did not start: {words}")
        time.sleep(0.05)
    return int(port_file.read_text())


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin:
        process.stdin.close()
