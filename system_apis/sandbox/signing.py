"""How the sandbox firm's systems sign the messages that they send, each in its vendor's way."""

import base64
import hmac
from datetime import datetime

from msgspec import Struct


class Letter(Struct, frozen=True, kw_only=True):
    """A message about to be sent."""

    id: str
    url: str
    moment: datetime
    body: bytes

    @property
    def seconds(self) -> str:
        """The moment as Unix has it."""
        return str(int(self.moment.timestamp()))


Headers = dict[str, str]


def as_the_standard_has_it(letter: Letter, secret: str) -> Headers:
    """Sign id, moment and body."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{letter.id}.{letter.seconds}.".encode() + letter.body
    return {
        "webhook-id": letter.id,
        "webhook-timestamp": letter.seconds,
        "webhook-signature": f"v1,{_base64(key, signed)}",
    }


def with_its_moment(letter: Letter, secret: str, header: str) -> Headers:
    """Sign moment and body."""
    signed = f"{letter.seconds}.".encode() + letter.body
    return {header: f"t={letter.seconds},v1={_hex(secret.encode(), signed)}"}


def by_its_body(letter: Letter, secret: str, header: str) -> Headers:
    """Sign the body alone."""
    return {header: f"sha256={_hex(secret.encode(), letter.body)}"}


def as_a_request(letter: Letter, secret: str, header: str, moment: str) -> Headers:
    """Sign method, address, body and moment."""
    thousandths = f"{letter.seconds}000"
    signed = f"POST{letter.url}".encode() + letter.body + thousandths.encode()
    return {header: _base64(secret.encode(), signed), moment: thousandths}


def _base64(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def _hex(key: bytes, signed: bytes) -> str:
    return hmac.digest(key, signed, "sha256").hex()
