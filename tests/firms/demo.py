"""The demo as a stranger runs it: a command, its exit code and what it prints."""

import asyncio
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


async def demo(data_dir: Path, *arguments: str) -> tuple[int, str, str]:
    """Run `strata demo --once` on a free port, and return its exit code and what it printed."""
    if "--port" not in arguments:
        arguments = (*arguments, "--port", free_port())
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from gateway.cli import main; main()",
        "demo",
        "--once",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"STRATA_DATA_DIR": str(data_dir), "PATH": "/usr/bin:/bin"},
        cwd=ROOT,
    )
    out, err = await asyncio.wait_for(child.communicate(), 280)
    assert child.returncode is not None
    return child.returncode, out.decode(), err.decode()


def free_port() -> str:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])
