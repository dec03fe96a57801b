"""A gateway for whoever follows the README."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from msgspec import Struct

from tests.documentation.pages import ROOT

STARTED_WITHIN_SECONDS = 60
PROGRAMS = Path(sys.executable).parent


class Reader(Struct, frozen=True):
    """Somebody at a shell in the project's folder, beside a gateway that runs."""

    port: int
    environment: dict[str, str]

    @property
    def address(self) -> str:
        """Where the gateway is."""
        return f"http://127.0.0.1:{self.port}"

    def here(self, text: str) -> str:
        """Return a text with this gateway's port and this environment's program in it."""
        program = str(PROGRAMS / "strata").replace(" ", "\\ ")
        return text.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}").replace(
            ".venv/bin/strata", program
        )

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a script in bash, which stops at the first command that fails."""
        return subprocess.run(  # noqa: S603  # it runs what our own README says
            ["bash", "-euo", "pipefail", "-c", script],  # noqa: S607  the bash of whoever runs the tests
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Start a gateway with the sandbox firm on an empty data directory, for one module."""
    data_dir = tmp_path_factory.mktemp("readme")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STRATA_")}
    reader = Reader(port, kept | {"STRATA_DATA_DIR": str(data_dir / "data")})
    with (data_dir / "log").open("wb") as log:
        gateway = subprocess.Popen(  # noqa: S603  # our own program
            [PROGRAMS / "strata", "serve", "--port", str(port)],
            cwd=ROOT,
            env=reader.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait_until_ready(reader, gateway, data_dir / "log")
            yield reader
        finally:
            _end(gateway)


def _wait_until_ready(reader: Reader, gateway: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + STARTED_WITHIN_SECONDS
    while time.monotonic() < give_up and gateway.poll() is None:
        try:
            with urlopen(f"{reader.address}/ready", timeout=5):  # noqa: S310  # our own gateway
                return
        except (URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    pytest.fail(f"the gateway did not start: {log.read_text()[-2000:]}")


def _end(gateway: subprocess.Popen[bytes]) -> None:
    """Stop the gateway, and whatever it started and left behind."""
    gateway.terminate()
    try:
        gateway.wait(30)
    finally:
        try:
            os.killpg(gateway.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        else:
            gateway.wait()
