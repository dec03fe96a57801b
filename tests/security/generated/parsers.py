"""Everything that reads bytes of strangers, with the errors that it may raise."""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.decoding import canonical, decode
from gateway.problems import Refusal
from gateway.settings import UnreadableSettings, load_settings
from governance.authorization_server.token_request import UnreadableCredentials, read_basic
from governance.compact_token import read
from governance.forwarding import TrustedProxies
from governance.pages import NoSuchPage, cursor_at, place_at
from governance.quality.listing import FindingPlace
from governance.rate_plans import read_limit
from governance.tokens import InvalidToken, bearer
from observability.trace_context import parse_traceparent
from system_apis.answers import read_cursor
from system_apis.canonical.money import Money
from tests.gateway.orders import Line, Order
from tests.security.tokens.forge import b64


class Parser(Struct, frozen=True):
    """What reads, what it may raise, and something that it takes."""

    reads: Callable[[bytes], object]
    raises: tuple[type[Exception], ...]
    good: bytes

    def tried(self, raw: bytes) -> None:
        """Read some bytes; anything but a value or a declared error rises."""
        with suppress(*self.raises):
            self.reads(raw)


def _text(raw: bytes) -> str:
    return raw.decode("latin-1")


def _settings(raw: bytes) -> object:
    with tempfile.NamedTemporaryFile(suffix=".toml") as file:
        file.write(raw)
        file.flush()
        return load_settings({}, Path(file.name))


def _money(raw: bytes) -> object:
    return msgspec.convert({"amount": _text(raw), "currency": "USD"}, Money).value


def _environment(raw: bytes) -> object:
    name, _, value = _text(raw).partition("=")
    return load_settings({f"STRATA_{name}": value}, Path("/nowhere"))


ORDER = b'{"number":"O-1","total":{"amount":"10.00","currency":"USD"},"lines":[]}'
LINE = b'{"text":"x","amount":{"amount":"1.00","currency":"USD"},"hours":"7.5"}'
HEADER = '{"alg":"ES256","kid":"k","typ":"at+jwt"}'
CLAIMS = (
    '{"iss":"https://a.example","sub":"U-1","aud":"https://b.example","exp":200,"iat":100,'
    '"jti":"t","client_id":"c"}'
)
TOKEN = f"{b64(HEADER)}.{b64(CLAIMS)}.{b64(bytes(64))}".encode()
PROXIES = TrustedProxies(["10.0.0.0/8"])
PARSERS: dict[str, Parser] = {
    "a body": Parser(lambda raw: decode(raw, Order), (Refusal,), ORDER),
    "a body with decimals": Parser(lambda raw: decode(raw, Line), (Refusal,), LINE),
    "a command": Parser(canonical, (Refusal,), ORDER),
    "an amount": Parser(_money, (msgspec.ValidationError,), b"10.00"),
    "a compact token": Parser(lambda raw: read(_text(raw)), (ValueError,), TOKEN),
    "a header with a token": Parser(
        lambda raw: bearer([_text(raw)]), (InvalidToken,), b"Bearer a.b.c"
    ),
    "a header with a password": Parser(
        lambda raw: read_basic(_text(raw)), (UnreadableCredentials,), b"Basic cm9ib3Q6eA=="
    ),
    "a cursor": Parser(lambda raw: read_cursor(_text(raw)), (NoSuchPage,), b"WyJjcm0iLCIxIl0"),
    "a place in a list": Parser(
        lambda raw: place_at(_text(raw), FindingPlace),
        (NoSuchPage,),
        cursor_at(FindingPlace(datetime(2026, 10, 31, tzinfo=UTC), "dqf_1")).encode(),
    ),
    "a traceparent": Parser(
        lambda raw: parse_traceparent(_text(raw)),
        (),
        b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ),
    "a limit": Parser(lambda raw: read_limit("a", "", _text(raw)), (ValueError,), b"600/minute"),
    "a proxy's list": Parser(
        lambda raw: PROXIES.origin("10.0.0.1", {b"x-forwarded-for": [raw]}), (), b"1.1.1.1, [::1]:9"
    ),
    "a proxy's element": Parser(
        lambda raw: PROXIES.origin("10.0.0.1", {b"forwarded": [raw]}), (), b'for="[::1]:9";by=_x'
    ),
    "settings": Parser(
        _settings, (UnreadableSettings,), b"port = 1\n[tracing]\nsample_ratio = 1\n"
    ),
    "a setting of the environment": Parser(_environment, (UnreadableSettings,), b"PORT=1"),
}


def is_exact(raw: bytes) -> bool:
    """Whether a body that is taken says its decimals to the letter."""
    try:
        line = decode(raw, Line)
    except Refusal:
        return True
    assert isinstance(line, Line)
    told = msgspec.json.decode(raw)
    return line.hours is None or line.hours == Decimal(told["hours"])
