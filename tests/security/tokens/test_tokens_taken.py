"""Which tokens are taken, and until when: leeway, rotation, removal, revocation, memory."""

from collections.abc import Callable
from datetime import timedelta
from timeit import repeat

import pytest
from joserfc import jws

from governance.access import Caller
from governance.issuers import Issuer
from governance.tokens import InvalidToken, MissingToken, TokenVerifier, bearer
from tests.security.tokens.forge import ABSENT, AUDIENCE, ISSUER, PARTNER, Forge

GOOD: dict[str, Callable[[Forge], str]] = {
    "expired 29 s ago": lambda f: f.token(None, f.claims(exp=f.time - 29, iat=f.time - 300)),
    "nbf in 29 s": lambda f: f.token(None, f.claims(nbf=f.time + 29)),
    "iat in 29 s": lambda f: f.token(None, f.claims(iat=f.time + 29)),
    "the longest life": lambda f: f.token(None, f.claims(exp=f.time + 300)),
    "the long name of the type": lambda f: f.token(f.header(typ="application/at+jwt")),
    "a list with us in it": lambda f: f.token(None, f.claims(aud=["other", AUDIENCE])),
    "a claim we do not know": lambda f: f.token(None, f.claims(locale="en", deep={"a": [1]})),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_token_within_the_limits_is_taken(name: str, forge: Forge) -> None:
    """Strictness stops where the limits say so."""
    assert forge.verifier.verify(GOOD[name](forge)).subject == "U-FI1"


def test_a_token_says_who_calls_through_what_and_may_do_what(forge: Forge) -> None:
    """The claims of a token become the caller, word for word."""
    caller = forge.verifier.verify(forge.token())

    assert caller == Caller(
        subject="U-FI1",
        client_id="console",
        scopes=frozenset({"system:erp:read", "system:erp:write"}),
        roles=frozenset({"finance"}),
        entities=frozenset({"NWA-US"}),
        token_id="token-1",
        issuer=ISSUER,
    )


def test_a_token_without_scope_gives_no_permission(forge: Forge) -> None:
    """An identity provider that drops an unknown scope grants nothing by it."""
    caller = forge.verifier.verify(forge.token(None, forge.claims(scope=ABSENT)))

    assert caller.scopes == frozenset()


def test_a_declared_issuer_signs_with_its_own_algorithm(forge: Forge) -> None:
    """A partner's RS256 token is taken when the partner is declared with RS256."""
    header = {"alg": "RS256", "kid": "partner-1", "typ": "at+jwt"}
    token = jws.serialize_compact(header, forge.claims(iss=PARTNER), forge.partner, ["RS256"])

    assert forge.verifier.verify(token).subject == "U-FI1"


def test_a_remembered_token_expires_like_any_other(forge: Forge) -> None:
    """Memory never makes a token live longer."""
    token = forge.token()
    forge.verifier.verify(token)

    forge.clock.pass_seconds(329)
    assert forge.verifier.verify(token)
    forge.clock.pass_seconds(1)
    with pytest.raises(InvalidToken, match="expired"):
        forge.verifier.verify(token)


def test_a_revoked_token_is_refused_at_once_though_remembered(forge: Forge) -> None:
    """Revocation takes effect on the next request, and only for that token (JWT-28)."""
    token, other = forge.token(), forge.token(None, forge.claims(jti="token-2"))
    forge.verifier.verify(token)

    forge.revoked.revoke("token-1", forge.clock() + timedelta(seconds=330))
    with pytest.raises(InvalidToken, match="revoked"):
        forge.verifier.verify(token)
    assert forge.verifier.verify(other)


def test_revocations_are_forgotten_once_the_token_would_have_expired(forge: Forge) -> None:
    """The list of revocations does not grow for ever."""
    forge.revoked.revoke("old", forge.clock() + timedelta(seconds=330))

    forge.clock.pass_seconds(331)
    forge.revoked.revoke("new", forge.clock() + timedelta(seconds=330))

    assert not forge.revoked.is_revoked("old")
    assert forge.revoked.is_revoked("new")


def test_a_rotated_key_verifies_until_its_tokens_are_expired(forge: Forge) -> None:
    """Old and new keys verify side by side without a restart, then the old one ends (JWT-29)."""
    old = forge.token()
    forge.keys.rotate()
    forge.ours, retired = forge.keys.current, forge.ours

    assert forge.verifier.verify(old)
    assert forge.verifier.verify(forge.token())
    forge.clock.pass_seconds(361)
    forge.ours = retired
    with pytest.raises(InvalidToken, match="key is not trusted"):
        forge.verifier.verify(forge.token())


def test_a_removed_key_is_refused_at_once_though_its_token_is_remembered(forge: Forge) -> None:
    """Removing a stolen key stops everything it signed on the next request (JWT-30)."""
    token = forge.token()
    forge.verifier.verify(token)

    forge.keys.remove(forge.ours.thumbprint())
    with pytest.raises(InvalidToken, match="key is not trusted"):
        forge.verifier.verify(token)
    forge.ours = forge.keys.current
    assert forge.verifier.verify(forge.token())


def test_memory_for_tokens_is_bounded_and_forgets_the_oldest_first(forge: Forge) -> None:
    """A flood of good tokens costs a bounded amount of memory and locks nobody out."""
    issuer = Issuer(name=ISSUER, audience=AUDIENCE, keys=forge.keys)
    verifier = TokenVerifier([issuer], forge.revoked, forge.clock, capacity=3)
    tokens = [forge.token(None, forge.claims(jti=f"t{number}")) for number in range(8)]

    assert [verifier.verify(token).token_id for token in tokens + tokens] == [
        f"t{number}" for number in range(8)
    ] * 2
    assert len(verifier._known) == 3


def test_a_remembered_token_costs_a_small_part_of_a_new_one(forge: Forge) -> None:
    """The hot path is the memory: no signature is checked twice."""
    token = forge.token()
    forge.verifier.verify(token)

    remembered = min(repeat(lambda: forge.verifier.verify(token), number=500, repeat=5)) / 500
    anew = min(repeat(lambda: forge.verifier._verified(token), number=20, repeat=5)) / 20
    assert remembered * 10 < anew


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "Bearer   "])
def test_the_bearer_scheme_is_taken_in_any_case(scheme: str) -> None:
    """Clients spell the scheme as they like."""
    assert bearer([scheme + "abc.def.ghi"]) == "abc.def.ghi"


@pytest.mark.parametrize(
    "values",
    [
        ["Bearer a", "Bearer a"],
        ["Bearer a", "Basic b"],
        [""],
        ["Bearer"],
        ["Bearer "],
        ["Basic abc"],
        ["Bearer,Bearer a"],
        ["Bearer a, Bearer b"],
        ["Bearer a b"],
        ["Bearer a\n"],
        ["Bearer\ta"],
        [" Bearer a"],
        ["abc.def.ghi"],
        ["Bearer \u00e9"],
    ],
)
def test_anything_but_one_bearer_token_is_refused(values: list[str]) -> None:
    """There is exactly one way to present a token (JWT-26)."""
    with pytest.raises(InvalidToken):
        bearer(values)


@pytest.mark.parametrize(
    "spelled", ["%s", "Basic %s", "Bearer%s", "Bearer %s=x", "Bearer %s %s", "Bearer\t%s"]
)
def test_a_remembered_token_is_presented_as_strictly_as_a_new_one(
    forge: Forge, spelled: str
) -> None:
    """Memory looks tokens up; it does not loosen how they are sent (JWT-26)."""
    token = forge.token()
    forge.verifier.verify(token)

    with pytest.raises(InvalidToken):
        forge.verifier.verify_sent([spelled.replace("%s", token)])
    with pytest.raises(InvalidToken):
        forge.verifier.verify_sent([f"Bearer {token}"] * 2)
    assert forge.verifier.verify_sent([f"Bearer {token}"]).token_id == "token-1"


def test_no_authorization_header_is_told_apart(forge: Forge) -> None:
    """Who sent nothing is asked for a token rather than told that it is wrong."""
    with pytest.raises(MissingToken):
        bearer([])
