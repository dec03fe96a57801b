"""The settings of the embedded authorization server."""

from typing import Annotated

from msgspec import Meta, Struct

MAX_TOKEN_SECONDS = 300


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who we are as an issuer, whom our tokens are for and how long they live.

    `audience` is the gateway's resource URI. `key_overlap_seconds` is how long a retired key
    still verifies: the longest life of a token and the verifier's leeway, with a margin.
    `client_prefix` stands before the id of a client that acts for itself, so that it is nobody
    whom another issuer calls by a bare name.
    """

    issuer: str
    audience: str
    client_prefix: str = ""
    token_seconds: Annotated[int, Meta(ge=1, le=MAX_TOKEN_SECONDS)] = MAX_TOKEN_SECONDS
    key_overlap_seconds: Annotated[int, Meta(ge=MAX_TOKEN_SECONDS + 30)] = 360
