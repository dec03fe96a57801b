"""Slack: a message to the incoming webhook of a person or a room.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
https://docs.slack.dev/messaging/formatting-message-text
"""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from system_apis.connector import Connection, Upstream
from system_apis.messaging.interface import LONGEST_SUBJECT, Line, Message, one_line
from system_apis.messaging.webhook import Reach, elsewhere, post

# Slack takes 50 blocks; one is the header.
_MOST_LINES = 49
# A section takes 3,000 letters; an escaped one is up to five, and the link takes its own.
_LONGEST_LINE = 400


class Text(Struct, frozen=True):
    """A text object; only `mrkdwn` may hold a link, and its words are escaped."""

    type: str
    text: str


class Block(Struct, frozen=True):
    """A header or a section."""

    type: str
    text: Text


class Payload(Struct, frozen=True):
    """What the webhook takes; `text` is what a notification shows."""

    text: str
    blocks: tuple[Block, ...]


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where Slack is, and the path of each person's webhook, which is a secret."""

    connection: Connection = Connection(base_url="https://hooks.slack.com")
    addresses: Mapping[str, str] = {}


def strangers(config: Config) -> list[str]:
    """Return whose webhook lies elsewhere, and is not called."""
    return elsewhere(config.connection, config.addresses)


def connect(instance: str, config: Config, reach: Reach) -> "Slack":
    """Return a channel; called by the gateway with what the settings say."""
    return Slack(instance, config, reach(config.connection, instance))


class Slack:
    """Slack's incoming webhooks; implements `interface.Channel`."""

    private = False

    def __init__(self, instance: str, config: Config, upstream: Upstream) -> None:
        self.instance, self.addresses = instance, config.addresses
        self._upstream = upstream

    async def send(self, message: Message, *, key: str) -> None:
        """Send a message; see `interface.Channel`."""
        await post(self._upstream, self.addresses, message.to, msgspec.json.encode(said(message)))


def said(message: Message) -> Payload:
    """Return a message as Slack takes it."""
    subject = one_line(message.subject, LONGEST_SUBJECT)
    lines = tuple(
        Block("section", Text("mrkdwn", _section(each))) for each in message.lines[:_MOST_LINES]
    )
    return Payload(_escaped(subject), (Block("header", Text("plain_text", subject)), *lines))


def _section(line: Line) -> str:
    text = _escaped(one_line(line.text, _LONGEST_LINE))
    return f"{text} <{_escaped(line.link)}|Open>" if line.link else text


def _escaped(text: str) -> str:
    """Return a text that mentions nobody and links nowhere."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
