"""An identity provider's keys: rotated, removed, away, hostile, and asked for by many."""

import asyncio
import json

import pytest
from joserfc.jwk import OctKey

from governance.identity_providers.config import Config
from governance.identity_providers.followed_keys import Fetched, Outcome
from governance.issuers import KeysTooOld
from governance.tokens import InvalidToken, UnknownKey
from tests.governance.identity.provider import URL, Gatehouse, Provider, declared

FAY = {"sub": "fay", "client_id": "console", "jti": "t-1", "scope": "system:crm:read"}


async def opened(provider: Provider, config: Config | None = None) -> Gatehouse:
    """Return a verifier that has fetched the provider's keys, if it could."""
    gatehouse = Gatehouse(provider, config or declared())
    await gatehouse.providers.refresh()
    return gatehouse


async def a_while(gatehouse: Gatehouse, seconds: float) -> None:
    """Let time go by, and what is fetched every half minute be fetched."""
    gatehouse.seconds += seconds
    await gatehouse.providers.refresh()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await gatehouse.providers.refresh()


async def test_a_new_key_is_taken_on_the_first_token_that_names_it() -> None:
    """A rotation needs no restart, and no call fails for it (JWT-29)."""
    provider = Provider()
    gatehouse = await opened(provider)
    old = provider.token(FAY, typ="at+jwt")
    provider.rotate()
    new = provider.token(FAY, typ="at+jwt")

    with pytest.raises(UnknownKey):
        gatehouse.verifier.verify(new)
    asked = await gatehouse.providers.ask_again(URL)

    assert asked
    assert gatehouse.verifier.verify(new).subject == "firm:fay"
    assert gatehouse.verifier.verify(old).subject == "firm:fay"


async def test_however_many_unknown_keys_come_the_provider_is_asked_once() -> None:
    """A flood of invented ids is one fetch in half a minute (JWT-09)."""
    provider = Provider()
    gatehouse = await opened(provider)
    before = provider.asked

    for _ in range(20):
        await asyncio.gather(*(gatehouse.providers.ask_again(URL) for _ in range(50)))
    in_a_flood = provider.asked - before
    gatehouse.seconds += 30
    await gatehouse.providers.ask_again(URL)

    assert in_a_flood == 1
    assert provider.asked - before == 2


async def test_an_issuer_that_is_none_of_ours_is_not_asked() -> None:
    """Only what the settings name is ever fetched."""
    gatehouse = await opened(Provider())

    assert not await gatehouse.providers.ask_again("https://elsewhere.example")


async def test_a_key_that_the_provider_removed_is_refused_within_a_minute() -> None:
    """Its tokens end though they were verified before (JWT-30)."""
    provider = Provider()
    gatehouse = await opened(provider)
    stolen = provider.token(FAY, typ="at+jwt")
    gatehouse.verifier.verify(stolen)
    provider.rotate()
    del provider.keys[0]

    await a_while(gatehouse, 30)

    with pytest.raises(InvalidToken, match="key is not trusted"):
        gatehouse.verifier.verify(stolen)


async def test_keys_are_good_for_an_hour_while_the_provider_is_away_and_then_nobody_knows() -> None:
    """Neither a yes nor a no: who calls cannot be told (JWT-31)."""
    provider = Provider()
    gatehouse = await opened(provider)
    token = provider.token(FAY, typ="at+jwt")
    provider.away = True

    await a_while(gatehouse, 3_600)
    still = gatehouse.verifier.verify(token)
    fresh = await gatehouse.providers.are_fresh()
    await a_while(gatehouse, 1)

    assert (still.subject, fresh) == ("firm:fay", True)
    with pytest.raises(KeysTooOld):
        gatehouse.verifier.verify(token)
    assert not await gatehouse.providers.are_fresh()
    assert gatehouse.told[-1] == Fetched("firm", Outcome.AWAY, "nobody answers")


async def test_a_provider_that_was_away_at_the_start_is_taken_once_it_is_back() -> None:
    """The gateway starts without it, and needs no restart."""
    provider = Provider()
    provider.away = True
    gatehouse = await opened(provider)
    token = provider.token(FAY, typ="at+jwt")
    with pytest.raises(KeysTooOld):
        gatehouse.verifier.verify(token)
    provider.away = False

    await a_while(gatehouse, 30)

    assert gatehouse.verifier.verify(token).subject == "firm:fay"
    assert gatehouse.providers.ages() == {"firm": 0.0}


HOSTILE = {
    "ten thousand keys": (json.dumps({"keys": [{"kty": "RSA", "kid": "k"}] * 10_000}), "larger"),
    "too many keys": (json.dumps({"keys": [{"kty": "RSA", "kid": str(n)} for n in range(33)]}), ""),
    "a shared secret": (
        json.dumps({"keys": [OctKey.generate_key(256, auto_kid=True).as_dict()]}),
        "secret",
    ),
    "a private key": (
        json.dumps({"keys": [Provider().keys[0].as_dict(private=True)]}),
        "secret",
    ),
    "a page": ("<html>", "not a JWKS"),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_key_set_is_refused_and_the_last_good_one_stays(name: str) -> None:
    """What is told says why, for an alarm (JWT-32)."""
    document, reason = HOSTILE[name]
    provider = Provider()
    gatehouse = await opened(provider)
    token = provider.token(FAY, typ="at+jwt")
    provider.document = document.encode()

    await a_while(gatehouse, 30)

    assert gatehouse.told[-1].outcome is Outcome.REFUSED
    assert reason in gatehouse.told[-1].reason
    assert gatehouse.verifier.verify(token).subject == "firm:fay"


async def test_the_discovery_document_of_another_issuer_is_refused() -> None:
    """It must name the issuer to the letter."""
    provider = Provider()
    provider.named_itself = f"{URL}/"

    gatehouse = await opened(provider)

    assert gatehouse.told[-1].outcome is Outcome.REFUSED
    assert "another issuer" in gatehouse.told[-1].reason
    assert provider.asked == 0


async def test_keys_that_have_not_changed_let_verified_tokens_be_remembered() -> None:
    """The signature is not checked again every half minute."""
    provider = Provider()
    gatehouse = await opened(provider)
    token = provider.token(FAY, typ="at+jwt")
    first = gatehouse.verifier.verify(token)

    await a_while(gatehouse, 30)

    assert gatehouse.verifier.verify(token) is first
    assert gatehouse.told[-1].outcome is Outcome.UNCHANGED


async def test_a_key_address_in_the_settings_needs_no_discovery() -> None:
    """An issuer without a discovery document is named by its keys."""
    provider = Provider()
    provider.named_itself = "nobody"

    gatehouse = await opened(provider, declared(jwks_url=f"{URL}/keys"))

    assert gatehouse.verifier.verify(provider.token(FAY, typ="at+jwt")).subject == "firm:fay"
