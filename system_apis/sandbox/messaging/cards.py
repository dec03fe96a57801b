"""What the webhook of a Teams workflow takes, and what it says no to.

https://adaptivecards.io/explorer/AdaptiveCard.html
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct, field

from system_apis.sandbox.exchange import Refusal

_LARGEST = 28 * 1024


class Open(Struct, frozen=True, forbid_unknown_fields=True, tag="Action.OpenUrl", tag_field="type"):
    """Opens an address."""

    url: Annotated[str, Meta(pattern=r"\Ahttps?://")]


class Run(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    tag="TextRun",
    tag_field="type",
    rename="camel",
):
    """Words."""

    text: str
    weight: Literal["Default", "Lighter", "Bolder"] = "Default"
    select_action: Open | None = None


class Paragraph(
    Struct, frozen=True, forbid_unknown_fields=True, tag="RichTextBlock", tag_field="type"
):
    """A paragraph."""

    inlines: Annotated[tuple[Run, ...], Meta(min_length=1)]


class Card(Struct, frozen=True, forbid_unknown_fields=True, tag="AdaptiveCard", tag_field="type"):
    """A card; runs are known from version 1.2 on."""

    body: tuple[Paragraph, ...]
    version: Literal["1.2", "1.3", "1.4", "1.5"]
    schema: str = field(name="$schema")


class Attachment(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What carries a card; the cards of the connectors that are retired are no longer taken."""

    content_type: Literal["application/vnd.microsoft.card.adaptive"]
    content: Card
    content_url: str | None = None


class Payload(Struct, frozen=True, forbid_unknown_fields=True, tag="message", tag_field="type"):
    """A message."""

    attachments: Annotated[tuple[Attachment, ...], Meta(min_length=1, max_length=1)]


def read(body: bytes) -> tuple[str, str]:
    """Return the subject and the words of a message, or refuse it as a workflow does."""
    if len(body) > _LARGEST:
        raise Refusal(413, "TOO_LARGE", "RequestEntityTooLarge")
    try:
        [attachment] = msgspec.json.decode(body, type=Payload).attachments
    except msgspec.MsgspecError as error:
        raise Refusal(400, "INVALID", "TriggerInputSchemaMismatch") from error
    told = ["".join(run.text for run in each.inlines) for each in attachment.content.body]
    return told[0], "\n".join(told[1:])
