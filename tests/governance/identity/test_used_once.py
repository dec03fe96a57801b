"""What is good once is good once in all processes together."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from governance.authorization_server.access_tokens import Holder
from governance.authorization_server.codes import Consent, Redemption, challenge_of
from tests.governance.identity.records import Shared

BACK = "http://127.0.0.1/callback"
VERIFIER = "v" * 43


async def test_an_assertion_is_spent_for_every_process(
    tmp_path: Path, clock: Callable[[], datetime]
) -> None:
    """Until it has expired; another client's with the same id is another."""
    now = [clock()]
    here, there = Shared(tmp_path, lambda: now[0]), Shared(tmp_path, lambda: now[0])
    until = now[0] + timedelta(minutes=5)

    used = [
        await asyncio.to_thread(shared.spent.spend, kind, "jti-1", until)
        for shared, kind in [(here, "a"), (there, "a"), (here, "a"), (there, "b")]
    ]
    now[0] += timedelta(minutes=6)
    later = await asyncio.to_thread(there.spent.spend, "a", "jti-1", now[0])

    assert used == [True, False, False, True]
    assert later
    here.store.close()
    there.store.close()


async def test_of_all_who_show_a_code_at_once_one_has_it(
    tmp_path: Path, clock: Callable[[], datetime]
) -> None:
    """Eight times in two processes: one consent, and an alarm that ends its token."""
    here, there = Shared(tmp_path, clock), Shared(tmp_path, clock)
    holder = Holder(subject="U-1", client_id="app", scopes=frozenset({"system:crm:read"}))
    consent = Consent(
        holder=holder,
        resources=frozenset(),
        redirect_uri=BACK,
        challenge=challenge_of(VERIFIER),
        jti="token-1",
    )
    code = await asyncio.to_thread(here.codes.give, consent)
    shown = Redemption(code=code, client_id="app", redirect_uri=BACK, verifier=VERIFIER)

    found = await asyncio.gather(
        *(asyncio.to_thread(shared.codes.redeem, shown) for shared in (here, there) * 4)
    )
    await here.revocations.refresh()

    assert [each for each in found if each is not None] == [consent]
    assert here.revocations.is_revoked("token-1")
    assert [told[1] for told in await here.told()] == ["login.allow", "token.revoke"]
    here.store.close()
    there.store.close()
