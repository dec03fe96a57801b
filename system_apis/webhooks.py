"""Webhooks of a system instance: who may send them, how they are signed, what they hint at.

Beside a connector's `x.py` there may be an `x_webhooks.py` with one name, `WEBHOOKS`: its
system's scheme, and how the system's own words are read. A system without one may be spoken
for by the firm's own programs, which sign as Standard Webhooks has it and send CloudEvents or
plain JSON.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from system_apis.change_feed import FeedLine
from system_apis.signatures import Message, Scheme, StandardWebhooks

# People are shown what a sender chose.
Short = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=256,
        pattern=r"\A[^\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]+\Z",
    ),
]


class UnreadableHint(Exception):
    """A message is genuine and says nothing that we understand."""


class Hint(Struct, frozen=True, kw_only=True):
    """What a message hints at, under the names that CloudEvents 1.0 has.

    `sequence` is the place in the system's change feed where the change is told as well.
    """

    id: Short
    type: Short
    subject: Short | None = None
    sequence: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None


class Webhooks(Struct, frozen=True, kw_only=True):
    """How one kind of system signs, and how its message is read: the id is the signed one."""

    scheme: Scheme
    read: Callable[[bytes, str | None], Hint]


class WebhookSecret(Struct, frozen=True, forbid_unknown_fields=True):
    """A secret that a source signs with, good `until` a moment while another takes its place."""

    secret: str
    until: Annotated[datetime, Meta(tz=True)] | None = None


class Key(Struct, frozen=True):
    """What a source signs with, good `until` a moment if that is said."""

    key: bytes
    until: datetime | None


class WebhookSource:
    """One system instance that may tell us of changes."""

    def __init__(self, instance: str, webhooks: Webhooks, secrets: Sequence[WebhookSecret]) -> None:
        self.instance, self._webhooks = instance, webhooks
        self._keys = self.keys_of(secrets)

    def keys_of(self, secrets: Sequence[WebhookSecret]) -> list[Key]:
        """Return the keys that secrets stand for, or raise `UnusableSecret`."""
        return [Key(self._webhooks.scheme.key(each.secret), each.until) for each in secrets]

    def trust(self, keys: list[Key]) -> None:
        """Trust these keys from now on, and no others."""
        self._keys = keys

    def check(self, message: Message, now: datetime) -> str | None:
        """Return the id that is signed, if one is.

        Raises `NotGenuine` unless the source signed this very message just now.
        """
        good = [each.key for each in self._keys if each.until is None or now < each.until]
        self._webhooks.scheme.check(message, good, now)
        return self._webhooks.scheme.id_of(message)

    def read(self, body: bytes, signed_id: str | None) -> Hint:
        """Return what the body of a genuine message hints at, or raise `UnreadableHint`.

        What kind of body it is is told by itself, for it is signed, and by no header.
        """
        try:
            is_event = msgspec.json.decode(body, type=_Peek).specversion is not None
            hint = (cloud_event if is_event else self._webhooks.read)(body, signed_id)
            return msgspec.convert(msgspec.to_builtins(hint), Hint)
        except (msgspec.MsgspecError, ValueError, RecursionError, LookupError) as error:
            raise UnreadableHint(str(error)) from error


class _Peek(Struct, frozen=True):
    specversion: str | None = None


class _CloudEvent(Struct, frozen=True, kw_only=True):
    specversion: Annotated[str, Meta(pattern=r"\A1\.0\Z")]
    id: Short
    source: Short
    type: Short
    subject: Short | None = None
    sequence: Annotated[str, Meta(pattern=r"\A[0-9]{1,18}\Z")] | None = None


class _Plain(Struct, frozen=True):
    type: Short


def cloud_event(body: bytes, _: str | None) -> Hint:
    """Return the attributes of a CloudEvent in structured mode; its own id tells it apart."""
    # https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
    said = msgspec.json.decode(body, type=_CloudEvent)
    return Hint(
        id=said.id,
        type=said.type,
        subject=said.subject,
        sequence=None if said.sequence is None else int(said.sequence),
    )


def plain(body: bytes, signed_id: str | None) -> Hint:
    """Return what a Standard Webhooks body says: its type, under the id that it was signed with."""
    if signed_id is None:
        raise LookupError("no id is signed")
    return Hint(id=signed_id, type=msgspec.json.decode(body, type=_Plain).type)


def of_feed_line(line: FeedLine) -> Hint:
    """Return what a line of a change feed hints at when it is sent instead of asked for."""
    return Hint(
        id=str(line.sequence),
        type=f"{line.record_type}.changed",
        subject=line.record_id,
        sequence=line.sequence,
    )


OWN_PROGRAMS = Webhooks(scheme=StandardWebhooks(), read=plain)
