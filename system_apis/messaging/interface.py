"""What every way to tell people something promises; a connector is one file beside this one."""

import unicodedata
from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

LONGEST_SUBJECT = 150
LONGEST_LINE = 600


class Line(Struct, frozen=True):
    """One thing that is told, and where to look for more."""

    text: str
    link: str | None = None


class Message(Struct, frozen=True, kw_only=True):
    """What is told to somebody, in plain words; each connector escapes them in its own way."""

    to: str
    subject: str
    lines: tuple[Line, ...]


class Channel(Protocol):
    """One way to people. None of them knows a key, so that a repeat arrives a second time.

    `addresses` are the firm's settings, by person or client; nobody else names an address. What
    goes to a `private` channel is read by its addressee alone.
    """

    instance: str
    private: bool
    addresses: Mapping[str, str]

    async def send(self, message: Message, *, key: str) -> None:
        """Send a message.

        Raises `TryAgain` when nothing was sent, `Unknown` when it may have been, and
        `Refused` when it never will be, with code `NO_ADDRESS` for somebody unknown.
        """


def one_line(text: str, longest: int) -> str:
    """Return a text without line breaks or control characters, cut at a length."""
    plain = "".join(
        " " if unicodedata.category(each) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else each
        for each in text
    )
    told = " ".join(plain.split())
    return told if len(told) <= longest else f"{told[: longest - 1]}…"
