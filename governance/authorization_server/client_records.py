"""The client applications that an operator registered, kept in the store."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import (
    Column,
    Connection,
    LargeBinary,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from governance.access import OUR_NAMES
from governance.audit import Audit, AuditEntry
from governance.authorization_server.clients import (
    ClientRegistry,
    RegisteredClient,
    hash_secret,
    new_secret,
)
from governance.authorization_server.redirects import check_redirect
from governance.issuers import pinned_keys
from governance.roles import ALL_SCOPES, Role, scopes_of
from store.database import Store, metadata

TABLE = Table(
    "oauth_clients",
    metadata,
    Column("client_id", String, primary_key=True),
    Column("record", LargeBinary, nullable=False),
)


class UnfitClient(ValueError):
    """A client cannot be registered like this; the text says what to change."""


class ClientWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A client as an operator wants it; without `scopes` it has those of its roles."""

    client_id: Annotated[str, Meta(pattern=r"\A[a-z0-9][a-z0-9._-]{1,63}\Z")]
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()
    units: frozenset[str] | None = None
    key_set: str | None = None
    redirect_uris: tuple[str, ...] = ()
    public: bool = False


class Registration(Struct, frozen=True):
    """A client that was registered, and its secret, which is shown this once."""

    client: RegisteredClient
    secret: str | None


class KeptClients:
    """Every process on a store sees a client as it was last registered, without a restart."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit

    def client(self, client_id: str) -> RegisteredClient | None:
        """Return the client with this id, or None; call it from a thread."""
        query = select(TABLE.c.record).where(TABLE.c.client_id == client_id)
        record = self._store.read_waiting(lambda c: c.execute(query).scalar_one_or_none())
        return msgspec.json.decode(record, type=RegisteredClient) if record else None

    def listed(self) -> list[RegisteredClient]:
        """Return every client, by id."""
        query = select(TABLE.c.record).order_by(TABLE.c.client_id)
        rows = self._store.read_waiting(lambda c: list(c.execute(query).scalars()))
        return [msgspec.json.decode(row, type=RegisteredClient) for row in rows]

    def add(self, wish: ClientWish, by: AuditEntry) -> Registration:
        """Register a client, or raise `UnfitClient`; one that is there is not overwritten."""
        client, secret = _made(wish)

        def work(connection: Connection) -> bool:
            if _record(connection, client.client_id):
                return False
            record = msgspec.json.encode(client)
            connection.execute(insert(TABLE).values(client_id=client.client_id, record=record))
            self._audit.append(connection, by)
            return True

        if not self._store.write_waiting(work):
            raise UnfitClient(f"{client.client_id} is registered already: rotate or remove it")
        return Registration(client, secret)

    def rotate(self, client_id: str, key_set: str | None, by: AuditEntry) -> Registration:
        """Give a client other keys, or another secret; the ones before are good no more."""
        _check_keys(key_set)
        secret = new_secret() if key_set is None else None
        hashed = hash_secret(secret) if secret else None

        def work(connection: Connection) -> RegisteredClient:
            before = _rotatable(_record(connection, client_id), client_id, key_set)
            client = msgspec.structs.replace(before, secret_hash=hashed, key_set=key_set)
            record = msgspec.json.encode(client)
            found = TABLE.c.client_id == client_id
            connection.execute(update(TABLE).where(found).values(record=record))
            self._audit.append(connection, by)
            return client

        return Registration(self._store.write_waiting(work), secret)

    def remove(self, client_id: str, by: AuditEntry) -> None:
        """Forget a client; the tokens that it has end with their five minutes."""

        def work(connection: Connection) -> bool:
            gone = connection.execute(delete(TABLE).where(TABLE.c.client_id == client_id))
            if gone.rowcount:
                self._audit.append(connection, by)
            return bool(gone.rowcount)

        if not self._store.write_waiting(work):
            raise UnfitClient(f"{client_id} is not registered")


class Registries:
    """Several registries as one; the first that knows a client is right."""

    def __init__(self, registries: Sequence[ClientRegistry]) -> None:
        self._registries = registries

    def client(self, client_id: str) -> RegisteredClient | None:
        """Return the client with this id, or None."""
        found = (registry.client(client_id) for registry in self._registries)
        return next((client for client in found if client is not None), None)


def _made(wish: ClientWish) -> tuple[RegisteredClient, str | None]:
    """Return the client of a wish and its secret, if it needs one, or raise `UnfitClient`."""
    if wish.client_id in OUR_NAMES:
        raise UnfitClient(f"the gateway itself acts as {wish.client_id}: take another id")
    unknown = [role for role in wish.roles if role not in set(Role)]
    if unknown:
        raise UnfitClient(f"there is no role {', '.join(sorted(unknown))}")
    scopes = wish.scopes or scopes_of(wish.roles)
    if not scopes or not scopes <= ALL_SCOPES:
        strange = ", ".join(sorted(scopes - ALL_SCOPES)) or "none"
        raise UnfitClient(f"name scopes that there are, or roles; {strange} is not among them")
    if wish.public and (wish.key_set is not None or not wish.redirect_uris):
        raise UnfitClient("a public client has redirects, and no keys")
    for uri in wish.redirect_uris:
        check_redirect(uri)
    _check_keys(wish.key_set)
    secret = None if wish.public or wish.key_set else new_secret()
    client = RegisteredClient(
        client_id=wish.client_id,
        secret_hash=hash_secret(secret) if secret else None,
        scopes=scopes,
        roles=wish.roles,
        entities=wish.entities,
        units=wish.units,
        key_set=wish.key_set,
        redirect_uris=wish.redirect_uris,
    )
    return client, secret


def _check_keys(key_set: str | None) -> None:
    """Raise `UnsafeKeySet` unless a key set is good, if there is one."""
    if key_set is not None:
        pinned_keys(key_set.encode())


def _rotatable(record: bytes | None, client_id: str, key_set: str | None) -> RegisteredClient:
    """Return the client of a record if it may be given such keys, or raise `UnfitClient`."""
    if record is None:
        raise UnfitClient(f"{client_id} is not registered")
    client = msgspec.json.decode(record, type=RegisteredClient)
    if client.is_public:
        raise UnfitClient(f"{client_id} is public: it has nothing to rotate")
    if (key_set is None) is (client.secret_hash is None):
        raise UnfitClient("a client with keys gets other keys, one with a secret a secret")
    return client


def _record(connection: Connection, client_id: str) -> bytes | None:
    query = select(TABLE.c.record).where(TABLE.c.client_id == client_id)
    found: bytes | None = connection.execute(query).scalar_one_or_none()
    return found
