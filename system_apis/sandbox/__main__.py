"""A process of its own: `python -m system_apis.sandbox [--child] FIRM DATA [PORT [BEGINS]]`.

As a `--child` it ends when its standard input does, so that it never outlives a parent that
was killed. `BEGINS` is the business time of a new data directory, like `2026-10-01T00:00:00Z`.
"""

import asyncio
import contextlib
import sys
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path

from system_apis.sandbox.server import serve


def main(arguments: list[str]) -> None:
    """Serve the firm of a directory until the process is ended."""
    is_child = arguments[0] == "--child"
    arguments = arguments[is_child:]
    firm_dir, data_dir = Path(arguments[0]), Path(arguments[1])
    port = int(arguments[2]) if len(arguments) > 2 else 0
    begins = datetime.fromisoformat(arguments[3]) if len(arguments) > 3 else None
    asyncio.run(_serve(serve(firm_dir, data_dir, port, begins=begins), is_child=is_child))


async def _serve(serving: Coroutine[None, None, None], *, is_child: bool) -> None:
    task = asyncio.create_task(serving)
    if is_child:
        await asyncio.to_thread(sys.stdin.buffer.read)
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    main(sys.argv[1:])
