"""The demo as a stranger runs it: a command, its exit code and what it prints."""

import socket
from pathlib import Path

from tests.forked import run_strata


async def demo(data_dir: Path, *arguments: str, **settings: str) -> tuple[int, str, str]:
    """Run `strata demo --once` on a free port, and return its exit code and what it printed."""
    if "--port" not in arguments:
        arguments = (*arguments, "--port", free_port())
    environment = {"STRATA_DATA_DIR": str(data_dir), "PATH": "/usr/bin:/bin", **settings}
    return await run_strata("demo", "--once", *arguments, environment=environment)


def free_port() -> str:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])
