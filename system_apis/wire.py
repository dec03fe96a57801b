"""The HTTP end of the way out: one address, one exchange, and nothing that a system may overdo.

Only the configured origin is ever called: no redirect is followed, no cookie is kept, no
proxy is taken from the environment, and an answer is read no further than its cap.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
from msgspec import Struct
from yarl import URL

from system_apis.connector import Request
from system_apis.phases import Exchange, watching

LARGEST_ANSWER = 10 * 1024 * 1024
LONGEST_PAUSE = timedelta(hours=1)
_CHUNK = 64 * 1024


class AnswerTooLarge(Exception):
    """A system sent more than we read."""


class Answer(Struct, frozen=True):
    """What came back over the wire, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def open_session() -> aiohttp.ClientSession:
    """Return the one HTTP client that a process shares among its systems; the caller closes it."""
    session = aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=60),
        trust_env=False,
        trace_configs=[watching()],
    )
    # aiohttp repeats a PUT or DELETE by itself when its connection dies, and has no public
    # switch for it. A write that may have arrived is repeated by nobody but `effects.py`.
    session._retry_connection = False
    return session


def address(base_url: str) -> URL:
    """Return a system's base URL, or raise `ValueError` when it is none that we would call."""
    base = URL(base_url)
    if base.scheme not in {"http", "https"} or not base.host:
        raise ValueError(f"{base_url} is not an http or https address")
    if base.user or base.password or base.query_string or base.fragment:
        raise ValueError("a base URL has no user, password, query or fragment")
    return base


def target(base: URL, request: Request) -> URL:
    """Return where a request goes: under the base URL, or the same origin when it is absolute.

    Raises `ValueError` for any other place, such as a `next` link to another host.
    """
    if any(ord(character) <= 32 or character == "\\" for character in request.path):
        raise ValueError("a path has no blanks and no backslashes")
    if request.path.startswith("/"):
        root = str(base).rstrip("/")
        url = URL(root + request.path)
    else:
        url = URL(request.path)
    if not url.absolute or url.origin() != base.origin() or url.user or url.password:
        raise ValueError("only the configured system is called")
    outside = url.path != base.path and not url.path.startswith(base.path.rstrip("/") + "/")
    if outside or ".." in url.path.replace("\\", "/").split("/"):
        raise ValueError("only what is under the base URL is called")
    return url.update_query(request.query) if request.query else url


async def exchange(
    session: aiohttp.ClientSession,
    url: URL,
    request: Request,
    headers: Mapping[str, str],
    timed: Exchange,
) -> Answer:
    """Send one request and read its whole answer, up to the cap."""
    async with session.request(
        request.method,
        url,
        headers=headers,
        data=request.body,
        allow_redirects=False,
        raise_for_status=False,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=5),
        trace_request_ctx=timed,
    ) as response:
        parts = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            parts += chunk
            if len(parts) > LARGEST_ANSWER:
                raise AnswerTooLarge(f"more than {LARGEST_ANSWER} bytes")
        return Answer(response.status, response.headers.copy(), bytes(parts))


def pause_asked_for(headers: Mapping[str, str], now: datetime) -> timedelta:
    """Return what `Retry-After` asks for in seconds or as a date: none when absent, at most 1 h."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        seconds = min(int(text[:9]), int(LONGEST_PAUSE.total_seconds()))
        return timedelta(seconds=seconds)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return timedelta()
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta()), LONGEST_PAUSE)
