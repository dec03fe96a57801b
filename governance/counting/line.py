"""One line to Redis or Valkey: what is asked within one turn of the loop is sent together.

A client library's call costs 60 to 120 µs of CPU, most of it for what is not needed here: a
pool, retries, commands of every kind. This line writes one command and reads one answer
(`bench/deciding.py` says what that is worth).
"""

import asyncio
import ssl
from collections import deque
from urllib.parse import urlsplit

import hiredis
from msgspec import Struct
from redis.asyncio.connection import SSLConnection, parse_url

from governance.counting.asks import StoreAway

Answer = asyncio.Future[object]
_PORT = 6379
_READ = {"host", "port", "db", "username", "password", "connection_class"}
_GRACE_SECONDS = 0.005


class Address(Struct, frozen=True):
    """Where a store is, and who we are there; read from `redis://user:word@host:port/number`."""

    host: str
    port: int
    number: int
    user: str | None
    word: str | None
    tls: bool

    @classmethod
    def read(cls, url: str) -> "Address":
        """Return the address that a URL says, or raise `ValueError`."""
        parts, path = parse_url(url), urlsplit(url).path.strip("/")
        if "host" not in parts or set(parts) - _READ or str(parts.get("db", "")) != path:
            raise ValueError("a store's address is redis:// or rediss://host:port/number")
        return cls(
            host=parts["host"],
            port=parts.get("port", _PORT),
            number=parts.get("db", 0),
            user=parts.get("username"),
            word=parts.get("password"),
            tls=parts.get("connection_class") is SSLConnection,
        )


class Line(asyncio.Protocol):
    """An open connection; when an answer is late or the other end leaves, all of it is lost."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader()
        self._waiting: deque[tuple[Answer, float]] = deque()
        self._unsent: list[bytes] = []
        self._watch: asyncio.TimerHandle | None = None
        self._was_late = False
        self._gone = asyncio.Event()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport  # type: ignore[assignment]  # a stream's transport is one

    @property
    def is_open(self) -> bool:
        """Whether something can be asked."""
        return self._transport is not None and not self._transport.is_closing()

    def ask(self, *words: str | int) -> Answer:
        """Return what will be answered; an error of the store is a `hiredis.ReplyError`."""
        answer: Answer = self._loop.create_future()
        if not self.is_open:
            answer.set_exception(StoreAway("the line is cut"))
            return answer
        if not self._unsent:
            self._loop.call_soon(self._send)
        # Its signature speaks of one word; it takes any number.
        self._unsent.append(hiredis.pack_command(words))  # type: ignore[arg-type]  # see above
        self._waiting.append((answer, self._loop.time() + self._seconds))
        if self._watch is None:
            self._watch = self._loop.call_later(self._seconds, self._look)
        return answer

    def data_received(self, data: bytes) -> None:
        """Hand every answer to whoever waits for it, in the order of asking."""
        self._was_late = False
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not False:
            answer, _ = self._waiting.popleft()
            if answer.done():
                continue
            if isinstance(reply, hiredis.ReplyError):
                answer.set_exception(reply)
            else:
                answer.set_result(reply)

    def connection_lost(self, _: Exception | None) -> None:
        """Tell all who wait that there will be no answer."""
        self._transport = None
        self._gone.set()
        if self._watch is not None:
            self._watch.cancel()
        while self._waiting:
            answer, _until = self._waiting.popleft()
            if not answer.done():
                answer.set_exception(StoreAway("the line was cut"))

    def cut(self) -> None:
        """Give the connection up; who waits is told within the loop's next turn."""
        if self._transport is not None:
            self._transport.abort()

    async def close(self) -> None:
        """Give the connection up and wait until it is gone."""
        if self._transport is not None:
            self.cut()
            await self._gone.wait()

    def _send(self) -> None:
        unsent, self._unsent = self._unsent, []
        if self._transport is not None:
            self._transport.write(b"".join(unsent))

    def _look(self) -> None:
        """Give the line up when the oldest answer is late, and not only unread in a busy loop."""
        self._watch = None
        if not self._waiting:
            return
        left = self._waiting[0][1] - self._loop.time()
        if left <= 0 and self._was_late:
            self.cut()
            return
        self._was_late = left <= 0
        self._watch = self._loop.call_later(max(left, _GRACE_SECONDS), self._look)


async def open_line(address: Address, seconds: float) -> Line:
    """Return a line on which we are known and answered, or raise `StoreAway`."""
    loop = asyncio.get_running_loop()
    tls = ssl.create_default_context() if address.tls else None
    line, known = Line(seconds), False
    try:
        async with asyncio.timeout(seconds):
            await loop.create_connection(lambda: line, address.host, address.port, ssl=tls)
            if address.word is not None:
                names = [address.user] if address.user else []
                await line.ask("AUTH", *names, address.word)
            if address.number:
                await line.ask("SELECT", address.number)
            await line.ask("PING")
        known = True
    except (OSError, TimeoutError, hiredis.ReplyError) as error:
        raise StoreAway(str(error)) from error
    finally:
        if not known:
            await line.close()
    return line
