"""The orders API by itself: `python -m tests.gateway.serve_orders FOLDER PORT DRAIN SECONDS`.

Orders are listed, and noted, after so many seconds.
"""

import asyncio
import sys
from pathlib import Path

from litestar import MediaType, Response, get, post

from gateway import server
from tests.gateway.house import House
from tests.gateway.orders import orders_api, place_order, read_order


def main(folder: str, port: str, drain: str, seconds: str) -> None:
    """Print a token and serve until told to stop."""

    @get("/orders", opt={"operation": "list"})
    async def slow_orders() -> Response[str]:
        """Return after a while."""
        await asyncio.sleep(float(seconds))
        return Response("done", media_type=MediaType.TEXT)

    @post("/notes", opt={"operation": "note"})
    async def slow_note() -> Response[str]:
        """Note after a while."""
        await asyncio.sleep(float(seconds))
        return Response("done", media_type=MediaType.TEXT)

    house = House(Path(folder))
    api = orders_api(handlers=[slow_orders, read_order, place_order, slow_note])
    print(house.token(), flush=True)
    config = server.Config(port=int(port), unready_seconds=1, drain_seconds=int(drain))
    server.serve(house.app(api), config, house.governance.health)


if __name__ == "__main__":
    main(*sys.argv[1:])
