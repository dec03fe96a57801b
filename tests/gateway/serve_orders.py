"""The orders API in a process of its own: `python -m tests.gateway.serve_orders FOLDER PORT`."""

import asyncio
import sys
from pathlib import Path

from litestar import MediaType, Response, get

from gateway import server
from tests.gateway.house import House
from tests.gateway.orders import note_order, orders_api, place_order, read_order


@get("/orders", opt={"operation": "list"})
async def slow_orders() -> Response[str]:
    """Return after a while."""
    await asyncio.sleep(1.5)
    return Response("done", media_type=MediaType.TEXT)


def main(folder: str, port: str) -> None:
    """Print a token and serve until told to stop."""
    house = House(Path(folder))
    api = orders_api(handlers=[slow_orders, read_order, place_order, note_order])
    print(house.token(), flush=True)
    config = server.Config(port=int(port), unready_seconds=1, drain_seconds=10)
    server.serve(house.app(api), config, house.governance.health)


if __name__ == "__main__":
    main(*sys.argv[1:])
