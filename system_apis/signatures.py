"""How systems sign the messages that they send us: each scheme over the raw bytes, HMAC-SHA256.

A connector names its system's scheme; nothing in a message chooses another. Every expected
signature is compared with every given one in constant time.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from msgspec import Struct

TOLERANCE = timedelta(seconds=300)
SHORTEST_KEY = 24
_MOMENT = re.compile(r"[0-9]{1,15}\Z")
# A full stop would let the end of an id pass for the moment that follows it.
_ID = re.compile(r"[A-Za-z0-9_:/+=-]{1,128}\Z")


class NotGenuine(Exception):
    """A message is not signed as its source signs, or was not signed just now."""


class UnusableSecret(Exception):
    """A secret is no key of its scheme, or is too short to be one."""


class Message(Struct, frozen=True, kw_only=True):
    """A message as it came in: where it was sent to, its headers in small letters, its bytes."""

    uri: str
    headers: Mapping[str, str]
    body: bytes


class Scheme(Protocol):
    """How one system signs."""

    def key(self, secret: str) -> bytes:
        """Return the key that a secret stands for, or raise `UnusableSecret`."""

    def check(self, message: Message, keys: Sequence[bytes], now: datetime) -> None:
        """Raise `NotGenuine` unless one of the keys signed this very message just now."""

    def id_of(self, message: Message) -> str | None:
        """Return the id that a message was signed with, if the scheme signs one."""


class StandardWebhooks(Struct, frozen=True):
    """Id, moment and body under each of a list of signatures."""

    # https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

    def key(self, secret: str) -> bytes:
        """Return the bytes behind `whsec_`."""
        try:
            return _long_enough(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
        except binascii.Error:
            raise UnusableSecret("is no base64, with or without whsec_ before it") from None

    def check(self, message: Message, keys: Sequence[bytes], now: datetime) -> None:
        """Hold the signatures of version 1 against ours; others are of no account."""
        moment = _said(message, "webhook-timestamp")
        _check_moment(moment, now, per_second=1)
        signed = b".".join([self.id_of(message).encode(), moment.encode(), message.body])
        listed = _said(message, "webhook-signature").split(" ")
        given = [each.removeprefix("v1,") for each in listed if each.startswith("v1,")]
        _check_any((_base64(key, signed) for key in keys), given)

    def id_of(self, message: Message) -> str:
        """Return the message's id, which is the same each time it is sent again."""
        found = _said(message, "webhook-id")
        if not _ID.match(found):
            raise NotGenuine("webhook-id is not of its form")
        return found


class Timestamped(Struct, frozen=True):
    """Moment and body, in one header: `t=1700000000,v1=5257a8…`, as Stripe has it."""

    # https://docs.stripe.com/webhooks#verify-manually
    header: str

    def key(self, secret: str) -> bytes:
        """Return the secret as it is."""
        return _long_enough(secret.encode())

    def check(self, message: Message, keys: Sequence[bytes], now: datetime) -> None:
        """Hold every `v1` against ours; other versions are of no account."""
        parts = [each.partition("=")[::2] for each in _said(message, self.header).split(",")]
        moments = [value for name, value in parts if name == "t"]
        if len(moments) != 1:
            raise NotGenuine(f"{self.header} does not say one moment")
        _check_moment(moments[0], now, per_second=1)
        signed = moments[0].encode() + b"." + message.body
        given = [value for name, value in parts if name == "v1"]
        _check_any((_hex(key, signed) for key in keys), given)

    def id_of(self, _: Message) -> None:
        """Return nothing: what identifies the message is in its body."""


class OfBody(Struct, frozen=True):
    """The body alone: `sha256=5257a8…`, as GitHub has it. Repeats are told by the body's id."""

    # https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    header: str

    def key(self, secret: str) -> bytes:
        """Return the secret as it is."""
        return _long_enough(secret.encode())

    def check(self, message: Message, keys: Sequence[bytes], _: datetime) -> None:
        """Hold the one signature against ours; the scheme says no moment."""
        said = _said(message, self.header)
        if not said.startswith("sha256="):
            raise NotGenuine(f"{self.header} is not of its form")
        _check_any((_hex(key, message.body) for key in keys), [said.removeprefix("sha256=")])

    def id_of(self, _: Message) -> None:
        """Return nothing: what identifies the message is in its body."""


class OfRequest(Struct, frozen=True):
    """Method, address, body and a moment in milliseconds, as HubSpot's third version has it."""

    # https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests
    header: str
    moment: str

    def key(self, secret: str) -> bytes:
        """Return the secret as it is."""
        return _long_enough(secret.encode())

    def check(self, message: Message, keys: Sequence[bytes], now: datetime) -> None:
        """Hold the one signature against ours."""
        moment = _said(message, self.moment)
        _check_moment(moment, now, per_second=1000)
        signed = b"".join([b"POST", message.uri.encode(), message.body, moment.encode()])
        _check_any((_base64(key, signed) for key in keys), [_said(message, self.header)])

    def id_of(self, _: Message) -> None:
        """Return nothing: what identifies the message is in its body."""


def _said(message: Message, name: str) -> str:
    found = message.headers.get(name, "")
    if not found.isascii() or not found:
        raise NotGenuine(f"{name} is missing or not of its form")
    return found


def _check_moment(said: str, now: datetime, *, per_second: int) -> None:
    if not _MOMENT.match(said):
        raise NotGenuine("the moment is not of its form")
    age = now.astimezone(UTC).timestamp() - int(said) / per_second
    if abs(age) > TOLERANCE.total_seconds():
        raise NotGenuine("it was not signed just now")


def _check_any(expected: Iterable[str], given: Sequence[str]) -> None:
    """Compare everything with everything, whatever was found before."""
    same = [
        hmac.compare_digest(ours.encode(), theirs.encode()) for ours in expected for theirs in given
    ]
    if not any(same):
        raise NotGenuine("no signature of its source is on it")


def _base64(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def _hex(key: bytes, signed: bytes) -> str:
    return hmac.digest(key, signed, "sha256").hex()


def _long_enough(key: bytes) -> bytes:
    if len(key) < SHORTEST_KEY:
        raise UnusableSecret(f"is shorter than {SHORTEST_KEY} bytes")
    return key
