"""The sandbox's mail: messages over HTTP to the outbox of the sandbox firm."""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from system_apis.connector import Connection, Upstream
from system_apis.messaging.interface import LONGEST_SUBJECT, Message, one_line
from system_apis.messaging.letters import page_of, text_of
from system_apis.messaging.webhook import Reach, post


class Mail(Struct, frozen=True):
    """A mail as the sandbox keeps it."""

    key: str
    to: str
    subject: str
    text: str
    page: str


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the sandbox's outbox is, and whose mail it takes."""

    connection: Connection
    addresses: Mapping[str, str] = {}


def connect(instance: str, config: Config, reach: Reach) -> "SandboxMail":
    """Return a channel; called by the gateway with what the settings say."""
    return SandboxMail(instance, config, reach(config.connection, instance))


class SandboxMail:
    """The sandbox's mail; implements `interface.Channel`."""

    private = True

    def __init__(self, instance: str, config: Config, upstream: Upstream) -> None:
        self.instance, self.addresses = instance, config.addresses
        self._upstream = upstream

    async def send(self, message: Message, *, key: str) -> None:
        """Send a message; see `interface.Channel`."""
        mail = Mail(
            key=key,
            to=self.addresses.get(message.to, ""),
            subject=one_line(message.subject, LONGEST_SUBJECT),
            text=text_of(message),
            page=page_of(message),
        )
        everybody = dict.fromkeys(self.addresses, "/mails")
        await post(self._upstream, everybody, message.to, msgspec.json.encode(mail))
