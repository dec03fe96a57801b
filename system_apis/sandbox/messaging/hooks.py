"""What an incoming webhook of Slack takes, and what it says no to.

https://docs.slack.dev/reference/block-kit/blocks
"""

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from system_apis.sandbox.exchange import Refusal

# Of what stands between angle brackets only links are taken here: no mention, no command.
_LINK = re.compile(r"<https?://[^<>|\s]+\|[^<>|]+>")


class Plain(Struct, frozen=True, forbid_unknown_fields=True):
    """Words as they are."""

    type: Literal["plain_text"]
    text: Annotated[str, Meta(min_length=1, max_length=150)]


class Marked(Struct, frozen=True, forbid_unknown_fields=True):
    """Words with Slack's marks."""

    type: Literal["mrkdwn"]
    text: Annotated[str, Meta(min_length=1, max_length=3000)]


class Header(Struct, frozen=True, forbid_unknown_fields=True, tag="header", tag_field="type"):
    """A header."""

    text: Plain


class Section(Struct, frozen=True, forbid_unknown_fields=True, tag="section", tag_field="type"):
    """A section."""

    text: Marked


class Payload(Struct, frozen=True, forbid_unknown_fields=True):
    """A message."""

    text: Annotated[str, Meta(min_length=1, max_length=40_000)]
    blocks: Annotated[tuple[Header | Section, ...], Meta(max_length=50)] = ()


def read(body: bytes) -> tuple[str, str]:
    """Return the subject and the words of a message, or refuse it as Slack does."""
    try:
        payload = msgspec.json.decode(body, type=Payload)
    except msgspec.MsgspecError as error:
        raise Refusal(400, "INVALID", "invalid_payload") from error
    told = [payload.text, *(each.text.text for each in payload.blocks if isinstance(each, Section))]
    if any(set("<>") & set(_LINK.sub("", each)) for each in told):
        raise Refusal(400, "INVALID", "invalid_blocks")
    return payload.text, "\n".join(told[1:])
