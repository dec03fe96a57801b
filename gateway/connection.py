"""One connection of a client: uvicorn's, with what it lacks against slow and ambiguous requests."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.problem_types import KINDS, Slug
from gateway.problems import MEDIA_TYPE, Fault, Refusal, problem_answer

# A head of fair size is far smaller; more than this is not even gathered.
_MOST_HEAD = 131_072
_VERSIONS = frozenset({"1.0", "1.1"})


class PatientProtocol(HttpToolsProtocol):
    """A connection that is closed when a head does not come, or an answer is not taken, in time.

    The first line names a path, never another server; what comes behind a body is no header;
    and what is no HTTP is refused with a problem document like everything else.
    """

    head_seconds: float = 10
    take_seconds: float = 30
    _waiting: asyncio.TimerHandle | None = None
    _taking: asyncio.TimerHandle | None = None
    _gathered = 0
    _in_head = False
    _is_last = False

    def finish(self) -> None:
        """Answer what is being asked, or is asked once more, and hang up behind the answer."""
        self._is_last = True
        if self.cycle is not None:
            self.cycle.keep_alive = False

    def connection_made(
        self,
        transport: asyncio.Transport,  # type: ignore[override]  # as uvicorn's own says it
    ) -> None:
        """Wait for the first head."""
        super().connection_made(transport)
        self._waiting = self.loop.call_later(self.head_seconds, transport.close)

    def data_received(self, data: bytes) -> None:
        """Read on, but gather no head without end."""
        head = self._waiting
        super().data_received(data)
        same_head = self._waiting is not None and self._waiting is head
        self._gathered = self._gathered + len(data) if same_head else 0
        if self._gathered > _MOST_HEAD and not self.transport.is_closing():
            self._refuse(Refusal(Slug.HEADERS_TOO_LARGE))

    def on_message_begin(self) -> None:
        """Wait for the head that has begun."""
        super().on_message_begin()
        self._wait_no_more()
        self._in_head = True
        self._waiting = self.loop.call_later(self.head_seconds, self.transport.close)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note a header; what comes behind the body (a trailer) is none."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Wait no more, and go on with a request for a path of ours."""
        self._wait_no_more()
        self._in_head = False
        if not self.url.startswith(b"/"):
            # Uvicorn would drop the server that is named here, and believe the Host header.
            raise ValueError("the address is no path")
        if self.parser.get_http_version() not in _VERSIONS:
            raise ValueError("this is neither HTTP/1.1 nor HTTP/1.0")
        super().on_headers_complete()
        if self._is_last:
            self.cycle.keep_alive = False

    def pause_writing(self) -> None:
        """Wait for the client to take what was written."""
        super().pause_writing()
        self._take_no_more()
        self._taking = self.loop.call_later(self.take_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Wait no more."""
        super().resume_writing()
        self._take_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._take_no_more()
        super().connection_lost(exc)
        self._wait_no_more()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP request; behind an answer that has begun, hang up."""
        answering = self.cycle and self.cycle.response_started and not self.cycle.response_complete
        if answering or self.transport.is_closing():
            self.transport.close()
            return
        fault = Fault(detail="This is no HTTP request.", remedy="Send one as RFC 9112 has it.")
        self._refuse(Refusal(Slug.BAD_REQUEST, fault.detail, faults=(fault,)))

    def _refuse(self, refusal: Refusal) -> None:
        """Answer past the stages, which know no request yet, and hang up."""
        answer = problem_answer(refusal)
        headers = {
            "content-type": MEDIA_TYPE,
            "content-length": str(len(answer.body)),
            "connection": "close",
            "x-content-type-options": "nosniff",
            **answer.headers,
        }
        told = [f"{name}: {value}" for name, value in headers.items()]
        lines = [f"HTTP/1.1 {answer.status} {KINDS[refusal.slug].title}", *told, "", ""]
        self.transport.write("\r\n".join(lines).encode() + answer.body)
        self.transport.close()

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _take_no_more(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None
