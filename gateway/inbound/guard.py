"""The first stage: what is not a well-formed request of a fair size goes no further."""

import re
from functools import lru_cache

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send
from litestar.types.asgi_types import HTTPScope

from gateway.inbound.body import CLOSE, BoundedBody
from gateway.inbound.stage import Door, Exchange, Governance, Head, exchange_of_now
from gateway.problem_types import Slug
from gateway.problems import Fault, Refusal
from governance.forwarding import FORWARDED, FORWARDED_FOR

_SAYS_A_BODY = frozenset({b"content-length", b"transfer-encoding"})
_SINGLE = _SAYS_A_BODY | {b"content-type", b"content-encoding", b"idempotency-key", b"if-match"}
_SAYS_WHENCE = frozenset({FORWARDED_FOR, FORWARDED})
_ASKED_FOR = _SINGLE | _SAYS_WHENCE | {b"host", b"authorization", b"traceparent", b"tracestate"}
_HOST = re.compile(rb"(?P<name>[a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?\Z", re.IGNORECASE)
_JSON = re.compile(rb'application/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?\Z', re.IGNORECASE)
_EVENT = re.compile(
    rb'application/cloudevents\+json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?\Z', re.IGNORECASE
)
_HOSTILE = re.compile("[\x00-\x1f\x7f\\\\\ufffd]")
_UPWARD = re.compile("/\\.{1,2}(/|\\Z)")
_BODYLESS = frozenset({"GET", "HEAD"})


class Guard:
    """Begin the exchange, and let `Problems` answer a request that is refused here.

    A refusal is handed on rather than raised, so that it is traced and counted like any other.
    """

    def __init__(self, inner: ASGIApp, governance: Governance) -> None:
        self._inner, self._door = inner, governance.door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge the request by its head, and bound its body."""
        if scope["type"] != ScopeType.HTTP:
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        exchange = Exchange()
        exchange_of_now.set(exchange)
        try:
            exchange.has_body = _check(scope, exchange.head, self._door)
        except Refusal as refusal:
            exchange.refusal = refusal
        if exchange.has_body:
            receive = BoundedBody(receive, self._door)
        await self._inner(scope, receive, send)


def _check(scope: HTTPScope, head: Head, door: Door) -> bool:
    """Note what the head says, and return whether there is a body, or raise `Refusal`."""
    raw = scope["headers"]
    headers = raw if isinstance(raw, list) else list(raw)
    if len(headers) > door.headers:
        raise Refusal(Slug.HEADERS_TOO_LARGE, headers=CLOSE)
    size, odd = _read(headers, head)
    if size > door.header_bytes:
        raise Refusal(Slug.HEADERS_TOO_LARGE, headers=CLOSE)
    _check_address(scope, door)
    if odd is not None:
        raise odd
    _check_host(head.get(b"host", []), door)
    return not head.keys().isdisjoint(_SAYS_A_BODY) and _check_body(scope, head, door)


def _read(headers: list[tuple[bytes, bytes]], head: Head) -> tuple[int, Refusal | None]:
    """Note the headers that stages ask for; return the size of all, and what is odd about one.

    An underscore is a twin in disguise.
    """
    size, odd = 0, None
    for name, value in headers:
        size += len(name) + len(value)
        if name not in _ASKED_FOR:
            if b"_" in name:
                odd = odd or _bad_header(name, "A header's name has hyphens, not underscores.")
        elif name not in head:
            head[name] = [value]
        else:
            head[name].append(value)
            if name in _SINGLE:
                odd = odd or _bad_header(name, "Send this header once.")
    return size, odd


def _check_address(scope: HTTPScope, door: Door) -> None:
    if len(scope["path"]) > door.path_bytes or len(scope["query_string"]) > door.query_bytes:
        raise Refusal(Slug.BAD_REQUEST, "The address is too long.")
    path = scope["path"]
    if _HOSTILE.search(path) or ("/." in path and _UPWARD.search(path)):
        raise Refusal(Slug.BAD_REQUEST, "The path has characters that no address here has.")


def _check_host(hosts: list[bytes], door: Door) -> None:
    if len(hosts) != 1:
        raise _bad_header(b"host", "Send exactly one Host header.")
    host = _name_of(hosts[0])
    if host is None:
        raise _bad_header(b"host", "Send a host name, with a port if there is one.")
    if host not in door.hosts:
        raise Refusal(Slug.BAD_HOST, headers=CLOSE)


@lru_cache(256)
def _name_of(host: bytes) -> str | None:
    found = _HOST.match(host)
    return found["name"].decode().lower() if found else None


def _check_body(scope: HTTPScope, head: Head, door: Door) -> bool:
    length = head.get(b"content-length", [b"0"])[0]
    if not length.isdigit() or len(length) > 18:
        raise _bad_header(b"content-length", "Send the number of bytes.")
    chunked = b"transfer-encoding" in head
    if int(length) > door.body_bytes:
        raise Refusal(Slug.TOO_LARGE, headers=CLOSE)
    if chunked and (b"content-length" in head or scope["http_version"] == "1.0"):
        raise _bad_header(b"transfer-encoding", "Say the body's length in one way.")
    if not chunked and int(length) == 0:
        return False
    if scope["method"] in _BODYLESS:
        raise Refusal(Slug.BAD_REQUEST, f"A {scope['method']} request has no body.", headers=CLOSE)
    kind = head.get(b"content-type", [b""])[0]
    event = _EVENT.match(kind) and scope["path"].startswith(door.events)
    if b"content-encoding" in head or not (
        _JSON.match(kind) or event or scope["path"] in door.forms
    ):
        raise Refusal(Slug.UNSUPPORTED_MEDIA_TYPE, headers=CLOSE)
    return True


def _bad_header(name: bytes, remedy: str) -> Refusal:
    shown = name.decode("latin-1")
    fault = Fault(detail="This header is not as it must be.", remedy=remedy, header=shown)
    return Refusal(Slug.BAD_REQUEST, faults=(fault,), headers=CLOSE)
