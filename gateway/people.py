"""The sandbox's identities: its people, its client application, and tokens for either."""

import hmac
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gateway.firm import Firm
from governance.authorization_server.access_tokens import Holder
from governance.authorization_server.clients import (
    RegisteredClient,
    StaticClients,
    hash_secret,
    new_secret,
)
from governance.authorization_server.login_page import Choice
from governance.roles import ALL_SCOPES, Role, scopes_of

INTEGRATOR = "integrator"
CONSOLE = "strata-sandbox"
LOGIN_PAGE = "login-page.secret"
_INTEGRATOR, _WORD = "integrator.secret", "sandbox-word.secret"
# What only a sandbox writes into the directory of the keys.
SANDBOX_SECRETS = (_WORD, _INTEGRATOR, LOGIN_PAGE)


class UnknownIdentity(Exception):
    """Nobody of the sandbox firm has this id or role; the text names who there is."""


class Wish(Struct, frozen=True, kw_only=True):
    """Whose token is wanted, and with how much less than they may have."""

    who: str
    entity: str | None = None
    unit: str | None = None
    scopes: tuple[str, ...] = ()


def holder_of(wish: Wish, firm: Firm) -> Holder:
    """Return whom a token is for, or raise `UnknownIdentity`; a wish never adds rights."""
    if wish.who == INTEGRATOR:
        roles, subject, entities = frozenset({INTEGRATOR}), INTEGRATOR, firm.codes
        units: frozenset[str] = frozenset()
    else:
        person = firm.person(wish.who)
        if person is None:
            known = ", ".join([INTEGRATOR, *(f"{p.id} ({p.roles[0]})" for p in firm.people)])
            raise UnknownIdentity(f"{wish.who} is nobody here; there are {known}")
        roles, subject = frozenset(person.roles), person.id
        entities, units = frozenset(person.entities), frozenset(person.units)
    if wish.entity is not None:
        if wish.entity not in entities:
            raise UnknownIdentity(f"{subject} acts for {', '.join(sorted(entities))} only")
        entities = frozenset({wish.entity})
    if wish.unit is not None:
        units = _only(wish.unit, subject, units, firm)
    scopes = scopes_of(roles)
    if wish.scopes:
        missing = set(wish.scopes) - scopes
        if missing:
            raise UnknownIdentity(f"{subject} may not have {', '.join(sorted(missing))}")
        scopes = frozenset(wish.scopes)
    client = INTEGRATOR if subject == INTEGRATOR else CONSOLE
    return Holder(
        subject=subject,
        client_id=client,
        scopes=scopes,
        roles=roles,
        entities=entities,
        units=units or None,
    )


def _only(unit: str, subject: str, bound: frozenset[str], firm: Firm) -> frozenset[str]:
    """Return one business unit that somebody may see, or raise `UnknownIdentity`."""
    known = frozenset(each.code for each in firm.business_units)
    seen = firm.units_with_those_below(bound) if bound else known
    if unit not in seen:
        raise UnknownIdentity(f"{subject} acts for {', '.join(sorted(seen)) or 'no unit'} only")
    return frozenset({unit})


class FirmPeople:
    """The firm's people as they log in to the sandbox, all by one word."""

    def __init__(self, firm: Firm, word: str) -> None:
        self._firm, self._word = firm, word

    def choices(self) -> list[Choice]:
        """Return who can log in."""
        return [Choice(each.id, each.name, each.roles) for each in self._firm.people]

    def holder(self, person_id: str, client_id: str, scopes: frozenset[str]) -> Holder | None:
        """Return a person as a client's holder of a token, with no scope but their own."""
        if person_id not in {each.id for each in self._firm.people}:
            return None
        holder = holder_of(Wish(who=person_id), self._firm)
        return replace(holder, client_id=client_id, scopes=holder.scopes & scopes)

    def know(self, word: str) -> bool:
        """Whether a word is the sandbox's, told in the same time whatever it is."""
        return hmac.compare_digest(word.encode(), self._word.encode())


def sandbox_clients(folder: Path, firm: Firm) -> StaticClients:
    """Return the sandbox's client applications: a machine's, with a secret, and a person's own."""
    return StaticClients(
        [
            RegisteredClient(
                client_id=INTEGRATOR,
                secret_hash=hash_secret(integrator_secret(folder)),
                scopes=scopes_of([Role.INTEGRATOR]),
                roles=frozenset({INTEGRATOR}),
                entities=firm.codes,
            ),
            RegisteredClient(
                client_id=CONSOLE,
                scopes=ALL_SCOPES,
                redirect_uris=("http://127.0.0.1/callback", "http://[::1]/callback"),
            ),
        ]
    )


def integrator_secret(folder: Path) -> str:
    """Return the sandbox integrator's secret, readable by the file's owner alone."""
    return kept_secret(folder / _INTEGRATOR, new_secret)


def sandbox_word(folder: Path) -> str:
    """Return the word by which people log in to the sandbox, short enough to be typed."""
    return kept_secret(folder / _WORD, lambda: secrets.token_urlsafe(12))


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """Return the secret of a file, made once and readable by the file's owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = path.with_name(f".{secrets.token_hex(8)}.new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make())
        try:
            os.link(beside, path)
        except FileExistsError:
            pass  # another process was faster: its secret is the one
        finally:
            beside.unlink()
    return path.read_text()
