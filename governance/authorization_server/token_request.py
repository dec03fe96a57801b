"""What a client sent to the token endpoint, read strictly once."""

import re
from base64 import b64decode
from urllib.parse import parse_qsl, unquote_plus

from msgspec import Struct

MAX_BODY_BYTES = 8192
MAX_PARAMETERS = 20

_FORM = re.compile(r"\Aapplication/x-www-form-urlencoded(?:\s*;\s*charset=\"?utf-8\"?)?\Z", re.I)
_VISIBLE = re.compile(r"\A[\x20-\x7e]*\Z")


class MalformedRequest(ValueError):
    """The request breaks the rules of the token endpoint; the message may be told."""


class UnreadableCredentials(ValueError):
    """The `Authorization` header holds no client id and secret."""


class Credentials(Struct, frozen=True):
    """A client's id and secret, as it sent them."""

    client_id: str
    secret: str


class TokenRequest(Struct, frozen=True):
    """The parameters of a token request, each there once, the empty ones left out."""

    parameters: dict[str, str]
    credentials: Credentials | None


def read(form_body: bytes, content_type: str | None, authorization: str | None) -> TokenRequest:
    """Return a token request, or raise `MalformedRequest` or `UnreadableCredentials`."""
    if _FORM.match(content_type or "") is None:
        raise MalformedRequest("send the parameters as application/x-www-form-urlencoded")
    if len(form_body) > MAX_BODY_BYTES:
        raise MalformedRequest(f"the body is larger than {MAX_BODY_BYTES} bytes")
    parameters = _parameters(form_body)
    return TokenRequest(parameters, _credentials(parameters, authorization))


def _parameters(form_body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            form_body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(form_body),
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError as error:
        raise MalformedRequest("the body is not a form") from error
    parameters = dict(pairs)
    if len(parameters) < len(pairs):
        raise MalformedRequest("a parameter is there twice")
    if not all(_VISIBLE.match(name + value) for name, value in pairs):
        raise MalformedRequest("a parameter holds characters that are not allowed")
    return {name: value for name, value in pairs if value}


def _credentials(parameters: dict[str, str], authorization: str | None) -> Credentials | None:
    client_id, secret = parameters.get("client_id"), parameters.get("client_secret")
    if authorization is None:
        return Credentials(client_id, secret) if client_id and secret else None
    if secret is not None or "client_assertion" in parameters:
        raise MalformedRequest("authenticate in one way only: header or body")
    credentials = _basic(authorization)
    if client_id not in {None, credentials.client_id}:
        raise MalformedRequest("the body names another client than the header")
    return credentials


def _basic(authorization: str) -> Credentials:
    scheme, _, encoded = authorization.partition(" ")
    try:
        text = b64decode(encoded.strip(" "), validate=True).decode("ascii")
        client_id, secret = (unquote_plus(part, errors="strict") for part in text.split(":", 1))
    except ValueError as error:
        raise UnreadableCredentials("not Basic credentials") from error
    if scheme.lower() != "basic" or not _VISIBLE.match(client_id + secret):
        raise UnreadableCredentials("not Basic credentials")
    return Credentials(client_id, secret)
