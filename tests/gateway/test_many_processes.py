"""Every process on a data directory takes the same tokens, whichever of them changes something."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

from gateway.firm import load_firm
from gateway.foundation import lay_foundation
from gateway.identity import make_identity
from gateway.settings import Settings
from governance.access import Caller, acting_as
from governance.audit import AuditEntry
from governance.compact_token import read
from governance.withdrawals import Taken, Target
from store.clock import wall_clock
from tests.gateway.beside import URL, Beside, beside, strata
from tests.stories.people import until
from tests.stories.programs import NORTHWIND

PROMISED_SECONDS = 5.0
ADMINISTRATOR = Caller(subject="U-ADMIN", client_id="elsewhere", scopes=frozenset())


async def test_rotating_keys_refuses_no_token_of_any_process(tmp_path: Path) -> None:
    """While two processes issue and take each other's tokens the key is rotated twice."""
    async with beside(tmp_path) as one, beside(tmp_path) as other:
        over = asyncio.Event()
        verdicts: list[str] = []
        signed: set[tuple[Beside, str]] = set()
        calls = asyncio.create_task(exchange(one, other, over, verdicts, signed))
        kids: set[str] = set()
        for _ in range(2):
            code, said = await strata(tmp_path, "keys", "rotate", "--json")
            assert code == 0, said
            kids.update(key["kid"] for key in json.loads(said)["keys"])
            await until(lambda: _signed(signed, {one, other}, kids), "tokens of the new key")
        over.set()
        await calls

    assert len(verdicts) > 20
    assert set(verdicts) == {"taken U-OP1"}
    assert {kid for _, kid in signed} == kids
    assert len(kids) == 3


async def test_a_removed_key_is_trusted_by_no_process_a_moment_later(tmp_path: Path) -> None:
    """Its tokens are refused everywhere, and new ones are taken (JWT-30)."""
    async with beside(tmp_path) as one, beside(tmp_path) as other:
        token = await one.issue()
        assert await other.verdict(token) == "taken U-OP1"
        kid = read(token).header.kid

        code, said = await strata(tmp_path, "keys", "remove", kid, "--reason", "stolen", "--json")

        assert code == 0, said
        assert await one.refuses_within(token, PROMISED_SECONDS)
        assert await other.refuses_within(token, PROMISED_SECONDS)
        assert await one.verdict(await other.issue()) == "taken U-OP1"
    code, said = await strata(tmp_path, "keys", "remove", kid, "--reason", "again")
    assert (code, "strata keys list" in said) == (1, True)


async def test_what_one_process_revokes_or_withdraws_the_other_refuses(tmp_path: Path) -> None:
    """Within five seconds, and after a restart at once (JWT-28)."""
    settings = Settings(data_dir=str(tmp_path), public_url=URL)
    base = lay_foundation(settings)
    identity = make_identity(settings, load_firm(NORTHWIND), base)
    async with beside(tmp_path) as other:
        revoked, withdrawn = await other.issue(), await other.issue()
        claims = read(revoked).claims
        entry = AuditEntry(actor="x", client_id="x", action="token.revoke", subject=claims.jti)
        until = wall_clock() + timedelta(minutes=6)
        await asyncio.to_thread(identity.revocations.revoke, claims.jti, until, entry)
        assert await other.refuses_within(revoked, PROMISED_SECONDS)
        assert await other.verdict(withdrawn) == "taken U-OP1"

        with acting_as(ADMINISTRATOR):
            taken = Taken(target=Target(subject="U-OP1"), reason="left the firm")
            gone = await identity.withdrawals.withdraw(taken)
        assert await other.refuses_within(withdrawn, PROMISED_SECONDS)

    async with beside(tmp_path) as restarted:
        assert await restarted.verdict(revoked) == "refused: the token was revoked"
        assert await restarted.verdict(withdrawn) == "refused: the access was withdrawn"
        with acting_as(ADMINISTRATOR):
            await identity.withdrawals.give_back(gone.id, "came back")
        await asyncio.sleep(PROMISED_SECONDS)
        assert await restarted.verdict(withdrawn) == "taken U-OP1"
    base.close()


async def exchange(
    one: Beside,
    other: Beside,
    over: asyncio.Event,
    verdicts: list[str],
    signed: set[tuple[Beside, str]],
) -> None:
    """Let each process take the other's tokens; note every verdict, and who signed with what."""
    while not over.is_set():
        for issuing, taking in ((one, other), (other, one)):
            token = await issuing.issue()
            signed.add((issuing, read(token).header.kid))
            verdicts += [await taking.verdict(token), await issuing.verdict(token)]


async def _signed(
    signed: set[tuple[Beside, str]], processes: set[Beside], kids: set[str]
) -> bool | None:
    """Whether every process has signed with every key."""
    return signed >= {(each, kid) for each in processes for kid in kids} or None
