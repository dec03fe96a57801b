"""The client applications that may ask for tokens, and the hashes of their secrets."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

_COST = (2**14, 8, 1)
_ABSENT = "scrypt$16384$8$1$" + "00" * 16 + "$" + "00" * 32


class RegisteredClient(Struct, frozen=True, kw_only=True):
    """A client application: what it may ask for, and whose records its tokens may show.

    It proves who it is by a secret, whose hash is kept, or by one of the public keys of its
    `key_set`. One with neither is public: a program in people's hands, which sends them back
    to one of its `redirect_uris` and has no rights but theirs.
    """

    client_id: str
    secret_hash: str | None = None
    scopes: frozenset[str]
    roles: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()
    units: frozenset[str] | None = None
    key_set: str | None = None
    redirect_uris: tuple[str, ...] = ()

    @property
    def is_public(self) -> bool:
        """Whether it cannot keep a secret."""
        return self.secret_hash is None and self.key_set is None

    @property
    def is_for_people(self) -> bool:
        """Whether people log in to it; if not, it acts for itself."""
        return bool(self.redirect_uris)


class ClientRegistry(Protocol):
    """Knows the client applications."""

    def client(self, client_id: str) -> RegisteredClient | None:
        """Return the client with this id, or None when there is none that may ask."""


class StaticClients:
    """Clients that were listed once, in the settings or by a test."""

    def __init__(self, clients: Iterable[RegisteredClient]) -> None:
        self._clients = {client.client_id: client for client in clients}

    def client(self, client_id: str) -> RegisteredClient | None:
        """Return the client with this id, or None."""
        return self._clients.get(client_id)


def new_secret() -> str:
    """Return a client secret that nobody can guess, to be shown once."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """Return what to keep of a client secret: a salted scrypt hash with its cost."""
    salt = secrets.token_bytes(16)
    n, r, p = _COST
    digest = hashlib.scrypt(secret.encode(), salt=salt, n=n, r=r, p=p, dklen=32)
    return f"scrypt${n}${r}${p}${salt.hex()}${digest.hex()}"


def authenticated(registry: ClientRegistry, client_id: str, secret: str) -> RegisteredClient | None:
    """Return the client that a secret belongs to, or None; an unknown client takes as long."""
    client = registry.client(client_id)
    right = _matches(secret, (client and client.secret_hash) or _ABSENT)
    return client if right else None


def _matches(secret: str, secret_hash: str) -> bool:
    _, n, r, p, salt, digest = secret_hash.split("$")
    tried = hashlib.scrypt(
        secret.encode(), salt=bytes.fromhex(salt), n=int(n), r=int(r), p=int(p), dklen=32
    )
    return hmac.compare_digest(tried, bytes.fromhex(digest))
