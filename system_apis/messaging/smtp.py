"""Mail by SMTP (RFC 5321): over TLS whose certificate is checked, or on the loopback without.

https://docs.python.org/3.11/library/smtplib.html
"""

import asyncio
import contextlib
import hashlib
import smtplib
import ssl
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from system_apis.errors import Refused, SystemFailure, TryAgain, Unknown
from system_apis.messaging.interface import LONGEST_SUBJECT, Message, one_line
from system_apis.messaging.letters import page_of, text_of
from system_apis.messaging.webhook import Reach

Mailbox = Annotated[
    str, Meta(pattern=r"\A[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}\Z")
]
# Only letters that every server takes; the content is encoded to them.
_POLICY = SMTP.clone(cte_type="7bit")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Tls(StrEnum):
    """How the way to the server is kept secret; `none` is for a server on this machine."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The firm's mail server, whose mail it is, and the addresses of people and clients."""

    host: str
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    tls: Tls = Tls.STARTTLS
    ca_file: str | None = None
    username: str | None = None
    password: str | None = None
    sender: Mailbox
    sender_name: str = "Strata"
    addresses: Mapping[str, Mailbox] = {}
    timeout_seconds: Annotated[float, Meta(gt=0, le=12)] = 10.0

    def __post_init__(self) -> None:
        if self.tls is Tls.NONE and self.host not in _LOOPBACK:
            raise ValueError("mail leaves this machine over TLS only: set tls to starttls")


def connect(instance: str, config: Config, _: Reach) -> "Smtp":
    """Return a channel; called by the gateway with what the settings say."""
    return Smtp(instance, config)


class Smtp:
    """A mail server; implements `interface.Channel`."""

    private = True

    def __init__(self, instance: str, config: Config) -> None:
        self.instance, self.addresses = instance, config.addresses
        self._config = config
        self._trusted = ssl.create_default_context(cafile=config.ca_file)

    async def send(self, message: Message, *, key: str) -> None:
        """Send a message; see `interface.Channel`."""
        mail = self._mail(message, key)
        await asyncio.to_thread(self._deliver, mail, self.addresses[message.to])

    def _mail(self, message: Message, key: str) -> EmailMessage:
        """Return a mail whose id is the same at every try, so that a reader can drop a second."""
        if message.to not in self.addresses:
            raise Refused(self.instance, f"no address of {message.to}", code="NO_ADDRESS")
        sender = self._config.sender
        mail = EmailMessage(policy=_POLICY)
        mail["From"] = Address(self._config.sender_name, addr_spec=sender)
        mail["To"] = Address(addr_spec=self.addresses[message.to])
        mail["Subject"] = one_line(message.subject, LONGEST_SUBJECT)
        stable = hashlib.sha256(key.encode()).hexdigest()[:32]
        mail["Message-ID"] = f"<{stable}@{sender.partition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text_of(message))
        mail.add_alternative(page_of(message), subtype="html")
        return mail

    def _deliver(self, mail: EmailMessage, address: str) -> None:
        """Hand a mail over: what fails before its content leaves was not sent."""
        leaves = False
        try:
            with contextlib.closing(self._connected()) as server:
                self._introduced(server)
                _accepted(self.instance, server.mail(self._config.sender))
                _accepted(self.instance, server.rcpt(address))
                leaves = True
                _accepted(self.instance, server.data(mail.as_bytes()))
                # The mail is taken: how the server says goodbye changes nothing of that.
                with contextlib.suppress(smtplib.SMTPException, OSError):
                    server.quit()
        except (smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError) as error:
            reason = f"no safe way to the mail server ({type(error).__name__})"
            raise Refused(self.instance, reason, code="NOT_SAFE") from error
        except smtplib.SMTPResponseException as error:
            raise _said_no(self.instance, error.smtp_code) from error
        except (smtplib.SMTPException, OSError) as error:
            lost = Unknown if leaves else TryAgain
            raise lost(self.instance, f"no answer ({type(error).__name__})") from error

    def _connected(self) -> smtplib.SMTP:
        config, seconds = self._config, self._config.timeout_seconds
        if config.tls is Tls.IMPLICIT:
            return smtplib.SMTP_SSL(
                config.host, config.port, timeout=seconds, context=self._trusted
            )
        return smtplib.SMTP(config.host, config.port, timeout=seconds)

    def _introduced(self, server: smtplib.SMTP) -> None:
        """Make the way secret, and say who we are where the server wants to know."""
        config = self._config
        if config.tls is Tls.STARTTLS:
            server.starttls(context=self._trusted)
        server.ehlo_or_helo_if_needed()
        if config.username and config.password:
            server.login(config.username, config.password)


def _accepted(instance: str, answer: tuple[int, bytes]) -> None:
    if not 200 <= answer[0] < 300:
        raise _said_no(instance, answer[0])


def _said_no(instance: str, code: int) -> SystemFailure:
    """Return a server's no by its first digit: 4 is for now, 5 for good."""
    if 400 <= code < 500:
        return TryAgain(instance, f"SMTP {code}")
    return Refused(instance, f"SMTP {code}")
