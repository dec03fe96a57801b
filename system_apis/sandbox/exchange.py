"""What passes between the HTTP face of the sandbox and the systems behind it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct

from system_apis.sandbox.books import Books

T = TypeVar("T")
_with_numbers = msgspec.json.Encoder(decimal_format="number")
_with_texts = msgspec.json.Encoder(decimal_format="string")


class Refusal(Exception):
    """The system says no; each kind words it in its own shape."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class Call(Struct, frozen=True, kw_only=True):
    """One request; `half` asks a system to stop half-way, as a crash would."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    now: datetime
    half: bool = False

    def read(self, into: type[T]) -> T:
        """Return the body as a record, or refuse it."""
        try:
            return msgspec.json.decode(self.body, type=into)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Refusal(400, "INVALID_CONTENT", str(error)) from error

    def number(self, name: str, default: int) -> int:
        """Return a whole number from the query, or refuse it."""
        text = self.query.get(name, str(default))
        if not (text.isascii() and text.isdigit()) or len(text) > 9:
            raise Refusal(400, "INVALID_PARAMETER", f"{name} is no number")
        return int(text)


class Answer(Struct, frozen=True, kw_only=True):
    """One answer; `record` is the id that it speaks of."""

    body: bytes = b""
    status: int = 200
    record: str | None = None


class Route(Struct, frozen=True):
    """One address of a system; `name` is what a fault plan calls it."""

    name: str
    method: str
    path: str
    answer: Callable[[Call], Answer]


class SandboxSystem(Protocol):
    """One system of the sandbox firm: its books, its addresses, its way to say no."""

    books: Books

    def routes(self) -> list[Route]:
        """Return every address of the system."""

    def refusal(self, refusal: Refusal) -> bytes:
        """Return a refusal in the system's own words."""


def numbers(reply: object) -> bytes:
    """Return a reply whose decimals are JSON numbers."""
    return _with_numbers.encode(reply)


def texts(reply: object) -> bytes:
    """Return a reply whose decimals are JSON strings."""
    return _with_texts.encode(reply)


def whole(value: Decimal) -> int:
    """Return a decimal that is a whole number as one."""
    if value != value.to_integral_value():
        raise ValueError(f"{value} is no whole number")
    return int(value)
