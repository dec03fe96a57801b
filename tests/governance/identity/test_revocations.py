"""A revoked token is refused by every process on the database, and stays refused."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from governance.audit import AuditEntry
from governance.authorization_server.access_tokens import Holder
from governance.authorization_server.server import AuthorizationServer
from governance.compact_token import read
from governance.tokens import InvalidToken, TokenVerifier
from tests.governance.identity.records import Shared

HOLDER = Holder(subject="U-1", client_id="console", scopes=frozenset({"system:crm:read"}))
ENTRY = AuditEntry(actor="console", client_id="console", action="token.revoke", subject="it")


async def revoke(shared: Shared, token: str) -> None:
    """Revoke a token as a process does."""
    claims = read(token).claims
    until = datetime.fromtimestamp(claims.exp + 30).astimezone()
    await asyncio.to_thread(shared.revocations.revoke, claims.jti, until, ENTRY)


async def test_a_revocation_reaches_other_processes_and_outlives_a_restart(
    tmp_path: Path, server: AuthorizationServer, clock: Callable[[], datetime]
) -> None:
    """At once here, elsewhere when it is next read, and in a process that starts later."""
    here, there = Shared(tmp_path, clock), Shared(tmp_path, clock)
    token = server.issue(HOLDER)
    elsewhere = TokenVerifier([server.as_issuer()], there.revocations, clock)
    assert elsewhere.verify(token).subject == "U-1"

    await revoke(here, token)
    await there.revocations.refresh()
    later = Shared(tmp_path, clock)
    await later.revocations.refresh()

    for shared in (here, there, later):
        verifier = TokenVerifier([server.as_issuer()], shared.revocations, clock)
        with pytest.raises(InvalidToken, match="revoked"):
            verifier.verify(token)
    with pytest.raises(InvalidToken, match="revoked"):
        elsewhere.verify(token)
    for shared in (here, there, later):
        shared.store.close()


async def test_a_token_is_revoked_once_however_often_told(
    tmp_path: Path, server: AuthorizationServer, clock: Callable[[], datetime]
) -> None:
    """One entry in the audit."""
    shared = Shared(tmp_path, clock)
    token = server.issue(HOLDER)

    await revoke(shared, token)
    await revoke(shared, token)

    assert await shared.told() == [("console", "token.revoke", None)]
    shared.store.close()


async def test_what_has_expired_is_forgotten(
    tmp_path: Path, server: AuthorizationServer, clock: Callable[[], datetime]
) -> None:
    """Memory and table hold what could still be shown, and no more."""
    now = [clock()]
    shared = Shared(tmp_path, lambda: now[0])
    old, new = server.issue(HOLDER), server.issue(HOLDER)
    await revoke(shared, old)

    now[0] += timedelta(seconds=400)
    await shared.revocations.refresh()
    forgotten = not shared.revocations.is_revoked(read(old).claims.jti)
    now[0] -= timedelta(seconds=400)
    await revoke(shared, new)

    assert forgotten
    assert shared.revocations.is_revoked(read(new).claims.jti)
    shared.store.close()
