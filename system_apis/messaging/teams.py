"""Teams: an Adaptive Card to the webhook of a workflow of a person or a room.

https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
"""

from collections.abc import Mapping

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from system_apis.connector import Connection, Upstream
from system_apis.messaging.interface import LONGEST_LINE, LONGEST_SUBJECT, Line, Message, one_line
from system_apis.messaging.webhook import Reach, elsewhere, post

# A card has at most 28 KB; an escaped letter takes up to six of them, and links take their own.
LARGEST_CARD = 28 * 1024


class Open(Struct, frozen=True, tag="Action.OpenUrl", tag_field="type"):
    """Opens an address when it is touched."""

    url: str


class Run(Struct, frozen=True, tag="TextRun", tag_field="type", rename="camel"):
    """Words as they are: unlike a `TextBlock`, a run has no markdown."""

    text: str
    weight: str | UnsetType = UNSET
    select_action: Open | UnsetType = UNSET


class Paragraph(Struct, frozen=True, tag="RichTextBlock", tag_field="type"):
    """A paragraph of runs."""

    inlines: tuple[Run, ...]


class Card(Struct, frozen=True, tag="AdaptiveCard", tag_field="type"):
    """The card."""

    body: tuple[Paragraph, ...]
    version: str = "1.2"
    schema: str = field(
        name="$schema", default="http://adaptivecards.io/schemas/adaptive-card.json"
    )


class Attachment(Struct, frozen=True, rename="camel"):
    """What carries the card."""

    content: Card
    content_type: str = "application/vnd.microsoft.card.adaptive"
    content_url: None = None


class Payload(Struct, frozen=True, tag="message", tag_field="type"):
    """What the workflow is triggered with."""

    attachments: tuple[Attachment, ...]


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the firm's workflows are, and each person's webhook, which is a secret."""

    connection: Connection
    addresses: Mapping[str, str] = {}


def strangers(config: Config) -> list[str]:
    """Return whose webhook lies elsewhere, and is not called."""
    return elsewhere(config.connection, config.addresses)


def connect(instance: str, config: Config, reach: Reach) -> "Teams":
    """Return a channel; called by the gateway with what the settings say."""
    return Teams(instance, config, reach(config.connection, instance))


class Teams:
    """The webhooks of Teams' workflows; implements `interface.Channel`."""

    private = False

    def __init__(self, instance: str, config: Config, upstream: Upstream) -> None:
        self.instance, self.addresses = instance, config.addresses
        self._upstream = upstream

    async def send(self, message: Message, *, key: str) -> None:
        """Send a message; see `interface.Channel`."""
        await post(self._upstream, self.addresses, message.to, said(message))


def said(message: Message) -> bytes:
    """Return a message as Teams takes it, without its last lines where it is too large."""
    head = Paragraph((Run(one_line(message.subject, LONGEST_SUBJECT), weight="Bolder"),))
    lines = [_paragraph(each) for each in message.lines]
    while True:
        told = msgspec.json.encode(Payload((Attachment(Card((head, *lines))),)))
        if len(told) <= LARGEST_CARD:
            return told
        lines.pop()


def _paragraph(line: Line) -> Paragraph:
    text = Run(one_line(line.text, LONGEST_LINE))
    if line.link is None:
        return Paragraph((text,))
    return Paragraph((text, Run(" Open", select_action=Open(line.link))))
