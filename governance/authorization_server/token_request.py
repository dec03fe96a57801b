"""What a client sent to us in a form, read strictly once."""

import re
from base64 import b64decode
from urllib.parse import parse_qsl, unquote_plus

from msgspec import Struct

MAX_BODY_BYTES = 8192
MAX_PARAMETERS = 20
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
RESOURCE = "resource"

_FORM = re.compile(r"\Aapplication/x-www-form-urlencoded(?:\s*;\s*charset=\"?utf-8\"?)?\Z", re.I)
_VERIFIER = re.compile(r"\A[A-Za-z0-9._~-]{43,128}\Z")
_VISIBLE = re.compile(r"\A[\x20-\x7e]*\Z")


class MalformedRequest(ValueError):
    """The request breaks the rules of the endpoint; the message may be told."""


class UnreadableCredentials(ValueError):
    """The `Authorization` header holds no client id and secret."""


class Credentials(Struct, frozen=True):
    """A client's id and secret, as it sent them."""

    client_id: str
    secret: str


class Assertion(Struct, frozen=True):
    """A token that a client signed itself, and the id that it said beside it."""

    text: str
    client_id: str | None


class Named(Struct, frozen=True):
    """A client's id and nothing that proves it."""

    client_id: str


Proof = Credentials | Assertion | Named


class TokenRequest(Struct, frozen=True):
    """The parameters of a request, each there once, the empty ones left out.

    `resources` are what the token is to be for; it is the one that may be said several times.
    """

    parameters: dict[str, str]
    proof: Proof | None
    resources: frozenset[str] = frozenset()


def read(form_body: bytes, content_type: str | None, authorization: str | None) -> TokenRequest:
    """Return a token request, or raise `MalformedRequest` or `UnreadableCredentials`."""
    if _FORM.match(content_type or "") is None:
        raise MalformedRequest("send the parameters as application/x-www-form-urlencoded")
    if len(form_body) > MAX_BODY_BYTES:
        raise MalformedRequest(f"the body is larger than {MAX_BODY_BYTES} bytes")
    pairs = pairs_of(form_body)
    parameters = once(pairs)
    return TokenRequest(parameters, _proof(parameters, authorization), resources_of(pairs))


def is_verifier(text: str) -> bool:
    """Whether a text has the form of a code verifier (RFC 7636, 4.1)."""
    return _VERIFIER.match(text) is not None


def once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Return parameters by name, or raise `MalformedRequest` for one that is there twice."""
    single = [pair for pair in pairs if pair[0] != RESOURCE]
    if len(dict(single)) < len(single):
        raise MalformedRequest("a parameter is there twice")
    if not all(_VISIBLE.match(name + value) for name, value in pairs):
        raise MalformedRequest("a parameter holds characters that are not allowed")
    return {name: value for name, value in single if value}


def resources_of(pairs: list[tuple[str, str]]) -> frozenset[str]:
    """Return every resource that is named (RFC 8707); some clients call one an audience."""
    return frozenset(value for name, value in pairs if name in {RESOURCE, "audience"} and value)


def pairs_of(form_body: bytes) -> list[tuple[str, str]]:
    """Return the names and values of a form or a query, or raise `MalformedRequest`."""
    try:
        return parse_qsl(
            form_body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(form_body),
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError as error:
        raise MalformedRequest("the body is not a form") from error


def _proof(parameters: dict[str, str], authorization: str | None) -> Proof | None:
    client_id, secret = parameters.get("client_id"), parameters.get("client_secret")
    assertion = parameters.get("client_assertion")
    if sum(each is not None for each in (authorization, secret, assertion)) > 1:
        raise MalformedRequest("authenticate in one way only: header or body")
    if assertion is not None:
        if parameters.get("client_assertion_type") != ASSERTION_TYPE:
            raise MalformedRequest(f"client_assertion_type is {ASSERTION_TYPE}")
        return Assertion(assertion, client_id)
    if authorization is None:
        return _said(client_id, secret)
    credentials = read_basic(authorization)
    if client_id not in {None, credentials.client_id}:
        raise MalformedRequest("the body names another client than the header")
    return credentials


def _said(client_id: str | None, secret: str | None) -> Proof | None:
    if client_id is None:
        return None
    return Named(client_id) if secret is None else Credentials(client_id, secret)


def read_basic(authorization: str) -> Credentials:
    """Return the credentials of an `Authorization` header, or raise `UnreadableCredentials`."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        text = b64decode(encoded.strip(" "), validate=True).decode("ascii")
        client_id, secret = (unquote_plus(part, errors="strict") for part in text.split(":", 1))
    except ValueError as error:
        raise UnreadableCredentials("not Basic credentials") from error
    if scheme.lower() != "basic" or not _VISIBLE.match(client_id + secret):
        raise UnreadableCredentials("not Basic credentials")
    return Credentials(client_id, secret)
