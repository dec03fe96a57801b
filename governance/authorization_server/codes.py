"""Authorization codes: good for a minute, for one client and redirect, and for one use."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    LargeBinary,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from governance.audit import Audit, AuditEntry
from governance.authorization_server.access_tokens import Holder
from governance.authorization_server.config import MAX_TOKEN_SECONDS
from governance.revocations import KeptRevocations
from store.database import Store, metadata

CODE_LIFE = timedelta(seconds=60)
# A code is remembered for as long as a token could live that was given for it.
MEMORY = CODE_LIFE + timedelta(seconds=MAX_TOKEN_SECONDS + 60)

TABLE = Table(
    "authorization_codes",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("record", LargeBinary, nullable=False),
    Column("until", Integer, nullable=False, index=True),
    Column("redeemed", Integer, nullable=False),
)


class Consent(Struct, frozen=True, kw_only=True):
    """What a person allowed a client, and the id that the token of it will have."""

    holder: Holder
    resources: frozenset[str]
    redirect_uri: str
    challenge: str
    jti: str


class Redemption(Struct, frozen=True, kw_only=True):
    """What a client shows for a token: the code, where it got it, and the secret of its asking."""

    code: str
    client_id: str
    redirect_uri: str
    verifier: str


class Codes:
    """Gives codes for consents and consents for codes; a code that comes again is an alarm."""

    def __init__(
        self,
        store: Store,
        audit: Audit,
        revocations: KeptRevocations,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._audit = store, audit
        self._revocations, self._clock = revocations, clock

    def give(self, consent: Consent) -> str:
        """Return the code of a consent; call it from a thread."""
        code, now = secrets.token_urlsafe(32), self._clock()
        until = int((now + CODE_LIFE).timestamp())
        record = msgspec.json.encode(consent)
        forgotten = int((now - MEMORY).timestamp())

        def work(connection: Connection) -> None:
            connection.execute(delete(TABLE).where(TABLE.c.until < forgotten))
            connection.execute(
                insert(TABLE).values(digest=_digest(code), record=record, until=until, redeemed=0)
            )
            self._audit.append(connection, _allowed(consent))

        self._store.write_waiting(work)
        return code

    def redeem(self, shown: Redemption) -> Consent | None:
        """Return the consent of a code the first time it is shown rightly; call it from a thread.

        The second time whoever shows it, the first one's token is revoked.
        """
        now = self._clock()
        digest = _digest(shown.code)

        def work(connection: Connection) -> tuple[Consent, bool] | None:
            row = connection.execute(select(TABLE).where(TABLE.c.digest == digest)).one_or_none()
            if row is None:
                return None
            consent = msgspec.json.decode(row.record, type=Consent)
            if row.redeemed:
                entry = _alarm(consent, shown.client_id)
                self._revocations.note(connection, consent.jti, now + MEMORY, entry)
                return consent, False
            if now.timestamp() >= row.until or not _fits(consent, shown):
                return None
            connection.execute(update(TABLE).where(TABLE.c.digest == digest).values(redeemed=1))
            return consent, True

        found = self._store.write_waiting(work)
        if found is None:
            return None
        consent, is_first = found
        if not is_first:
            self._revocations.taken(consent.jti, now + MEMORY)
        return consent if is_first else None


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _fits(consent: Consent, shown: Redemption) -> bool:
    return (
        consent.holder.client_id == shown.client_id
        and consent.redirect_uri == shown.redirect_uri
        and hmac.compare_digest(consent.challenge, challenge_of(shown.verifier))
    )


def _allowed(consent: Consent) -> AuditEntry:
    holder = consent.holder
    return AuditEntry(
        actor=holder.subject,
        client_id=holder.client_id,
        action="login.allow",
        subject=consent.jti,
        reason=" ".join(sorted(holder.scopes)),
    )


def _alarm(consent: Consent, client_id: str) -> AuditEntry:
    return AuditEntry(
        actor=client_id,
        client_id=client_id,
        on_behalf_of=consent.holder.subject,
        action="token.revoke",
        subject=consent.jti,
        reason="its authorization code came a second time",
    )


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
