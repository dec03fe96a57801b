"""Programs that are still there and say nothing, as on a machine that is overrun."""

import asyncio
import os
import signal
from pathlib import Path


async def freeze(pid: int) -> None:
    """Stop a program, and return once every thread of it has stopped: until then it works on."""
    os.kill(pid, signal.SIGSTOP)
    async with asyncio.timeout(5):
        while not _is_stopped(pid):
            await asyncio.sleep(0.001)


def _is_stopped(pid: int) -> bool:
    threads = Path(f"/proc/{pid}/task").glob("*/stat")
    return {each.read_text().rpartition(")")[2].split()[0] for each in threads} == {"T"}
