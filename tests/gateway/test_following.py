"""What this process knows of who may call is read again, or the process says that it is old."""

import asyncio
import io
from datetime import UTC, datetime, timedelta

from gateway.following import Following
from governance.key_file import UnsafeKeyFile
from observability.logs import Logs

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def test_a_file_that_cannot_be_read_is_told_and_read_the_next_time() -> None:
    """One failure does not end the reading, and until it is mended what is known grows old."""
    now, reads = [NOW], [0]

    async def refresh() -> None:
        reads[0] += 1
        if reads[0] == 1:
            raise UnsafeKeyFile("the keys can be read by others")

    log = io.BytesIO()
    following = Following([refresh], lambda: now[0], Logs(log))
    running = asyncio.create_task(following.run())
    now[0] += timedelta(seconds=11)
    await asyncio.sleep(0)
    old = await following.is_fresh()
    while reads[0] < 2:
        await asyncio.sleep(0.05)
    fresh = await following.is_fresh()
    following.stop()
    await running

    assert (old, fresh) == (False, True)
    assert b"can be read by others" in log.getvalue()
