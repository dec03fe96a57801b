"""The HTTP server: uvicorn with what it lacks, patience that ends and a stop that is announced."""

import asyncio
import contextlib
import resource
import signal
import socket
from collections.abc import Iterator
from types import FrameType

import uvicorn
from litestar.types import ASGIApp
from msgspec import Struct

from gateway.connection import PatientProtocol
from observability.health import Health

# So long a request that could not end may take to say so.
_LAST_WORD_SECONDS = 1.0
# So long a client that knows nothing yet of the end may ask once more. [P]
_LAST_REQUEST_SECONDS, _LOOK_SECONDS = 0.25, 0.01


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the gateway listens, and how long it waits for whom."""

    host: str = "127.0.0.1"
    port: int = 8000
    head_seconds: int = 10
    take_seconds: int = 30
    keep_alive_seconds: int = 15
    unready_seconds: int = 0
    drain_seconds: int = 20


def http_server(app: ASGIApp, config: Config, health: Health) -> "GatewayServer":
    """Return a server of an application that is ready to be run."""
    return GatewayServer(
        uvicorn.Config(
            app,
            host=config.host,
            port=config.port,
            http=_protocol(config),
            ws="none",
            loop="uvloop",
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_level="warning",
            timeout_keep_alive=config.keep_alive_seconds,
            timeout_graceful_shutdown=config.drain_seconds,
        ),
        health,
        config.unready_seconds,
    )


def serve(app: ASGIApp, config: Config, health: Health) -> None:
    """Serve until the process is told to stop, with as many connections as the system lets it."""
    hold_many_files()
    http_server(app, config, health).run()


def hold_many_files() -> None:
    """Let this process hold as many open files as it may ask for, and not the few of a log-in."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class GatewayServer(uvicorn.Server):
    """A server that is unready for a while before it stops, so that no new work is lost."""

    def __init__(self, config: uvicorn.Config, health: Health, unready_seconds: int) -> None:
        super().__init__(config)
        self._health, self._unready_seconds = health, unready_seconds
        self._told = False

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on a signal, and let whoever runs the server clean up after it.

        Uvicorn's own raises the signal again when it has stopped, which ends the process.
        """
        signals = (signal.SIGINT, signal.SIGTERM)
        before = {each: signal.signal(each, self.handle_exit) for each in signals}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Say that no more work should come, then stop.

        Told again, wait no longer to be left alone; and then not for what is under way either.
        """
        self._health.stop()
        if self._told or self._unready_seconds == 0:
            self.force_exit = self.should_exit
            super().handle_exit(sig, frame)
            return
        self._told = True
        loop = asyncio.get_running_loop()
        loop.call_later(self._unready_seconds, self._stop)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, and let each request that cannot be waited for tell its caller so."""
        if not self.force_exit:
            await self._hear_last_requests()
        await super().shutdown(sockets)
        unended = set(self.server_state.tasks)
        if self.force_exit:
            for each in unended:
                each.cancel()
        if unended:
            await asyncio.wait(unended, timeout=_LAST_WORD_SECONDS)

    async def _hear_last_requests(self) -> None:
        """Take no new connection, and hang up on each old one behind an answer.

        Uvicorn's own closes those at once that are idle, and with them what was just sent there.
        """
        for each in self.servers:
            each.close()
        clock = asyncio.get_running_loop().time
        until = clock() + _LAST_REQUEST_SECONDS
        while self.server_state.connections and clock() < until:
            for connection in list(self.server_state.connections):
                if isinstance(connection, PatientProtocol):
                    connection.finish()
            await asyncio.sleep(_LOOK_SECONDS)

    def _stop(self) -> None:
        self.should_exit = True


def _protocol(config: Config) -> type[PatientProtocol]:
    """Return the protocol of connections with this server's patience."""

    class Connection(PatientProtocol):
        """A connection of this server."""

        head_seconds = config.head_seconds
        take_seconds = config.take_seconds

    return Connection
