"""The sandbox's identities: its people, its client application, and tokens for either."""

import os
from pathlib import Path

from msgspec import Struct

from gateway.firm import Firm
from governance.authorization_server.access_tokens import Holder
from governance.authorization_server.clients import (
    RegisteredClient,
    StaticClients,
    hash_secret,
    new_secret,
)
from governance.roles import Role, scopes_of

INTEGRATOR = "integrator"
CONSOLE = "strata-sandbox"


class UnknownIdentity(Exception):
    """Nobody of the sandbox firm has this id or role; the text names who there is."""


class Wish(Struct, frozen=True, kw_only=True):
    """Whose token is wanted, and with how much less than they may have."""

    who: str
    entity: str | None = None
    scopes: tuple[str, ...] = ()


def holder_of(wish: Wish, firm: Firm) -> Holder:
    """Return whom a token is for, or raise `UnknownIdentity`; a wish never adds rights."""
    if wish.who == INTEGRATOR:
        roles, subject, entities = frozenset({INTEGRATOR}), INTEGRATOR, firm.codes
    else:
        person = firm.person(wish.who)
        if person is None:
            known = ", ".join([INTEGRATOR, *(f"{p.id} ({p.roles[0]})" for p in firm.people)])
            raise UnknownIdentity(f"{wish.who} is nobody here; there are {known}")
        roles, subject = frozenset(person.roles), person.id
        entities = frozenset(person.entities)
    if wish.entity is not None:
        if wish.entity not in entities:
            raise UnknownIdentity(f"{subject} acts for {', '.join(sorted(entities))} only")
        entities = frozenset({wish.entity})
    scopes = scopes_of(roles)
    if wish.scopes:
        missing = set(wish.scopes) - scopes
        if missing:
            raise UnknownIdentity(f"{subject} may not have {', '.join(sorted(missing))}")
        scopes = frozenset(wish.scopes)
    client = INTEGRATOR if subject == INTEGRATOR else CONSOLE
    return Holder(subject=subject, client_id=client, scopes=scopes, roles=roles, entities=entities)


def sandbox_clients(folder: Path, firm: Firm) -> StaticClients:
    """Return the sandbox's client application; its secret is made once, in a file of its own."""
    secret = integrator_secret(folder)
    return StaticClients(
        [
            RegisteredClient(
                client_id=INTEGRATOR,
                secret_hash=hash_secret(secret),
                scopes=scopes_of([Role.INTEGRATOR]),
                roles=frozenset({INTEGRATOR}),
                entities=firm.codes,
            )
        ]
    )


def integrator_secret(folder: Path) -> str:
    """Return the sandbox integrator's secret, readable by the file's owner alone."""
    path = folder / "integrator.secret"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w") as secret:
            secret.write(new_secret())
    return path.read_text()
