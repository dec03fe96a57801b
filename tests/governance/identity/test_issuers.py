"""Which key sets of an issuer are trusted, and which are refused whole (JWT-32)."""

import json

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from governance.issuers import UnsafeKeySet, pinned_keys

EC = ECKey.generate_key("P-256", auto_kid=True)
RSA = RSAKey.generate_key(2048, auto_kid=True)
# A kind of key that our algorithms do not use.
SEALING = {"kty": "OKP", "crv": "Ed25519", "kid": "okp", "x": "A" * 43}


def key_set(*keys: object) -> bytes:
    """Return a JWKS document."""
    return json.dumps({"keys": keys}).encode()


def test_the_public_keys_of_an_issuer_are_found_by_their_id() -> None:
    """An ordinary JWKS with members that we do not read is taken."""
    document = key_set(
        {**EC.as_dict(private=False), "use": "sig", "alg": "ES256", "x5t": "abc"},
        RSA.as_dict(private=False),
    )

    keys = pinned_keys(document)

    assert isinstance(keys.key(EC.thumbprint()), ECKey)
    assert isinstance(keys.key(RSA.thumbprint()), RSAKey)
    assert keys.key("unknown") is None


@pytest.mark.parametrize("other", [{**RSA.as_dict(private=False), "use": "enc"}, SEALING])
def test_a_public_key_that_is_not_for_our_signatures_is_left_aside(other: dict[str, str]) -> None:
    """A provider may publish how to write to it in secret; nothing is verified with that."""
    keys = pinned_keys(key_set(EC.as_dict(private=False), {**other, "kid": "other"}))

    assert keys.key(EC.thumbprint()) is not None
    assert keys.key("other") is None


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (key_set(EC.as_dict(private=True)), "secret"),
        (key_set(RSA.as_dict(private=True)), "secret"),
        (key_set(OctKey.generate_key(256, auto_kid=True).as_dict()), "secret"),
        (key_set({**EC.as_dict(private=False), "use": "enc"}), "no key to verify"),
        (key_set({**RSA.as_dict(private=True), "use": "enc"}), "secret"),
        (key_set({**SEALING, "use": "sig"}), "no key to verify"),
        (key_set({**EC.as_dict(private=False), "crv": "P-255"}), "cannot be read"),
        (key_set({**EC.as_dict(private=False), "y": "AAAA"}), "cannot be read"),
        (key_set({"kty": "EC", "kid": "empty"}), "cannot be read"),
        (key_set(EC.as_dict(private=False), EC.as_dict(private=False)), "same kid"),
        (key_set({"kty": "EC", "crv": "P-256", "x": "A", "y": "A"}), "not a JWKS"),
        (key_set(), "one to 32"),
        (key_set(*({"kty": "EC", "kid": str(n)} for n in range(100))), "one to 32"),
        (key_set(*({"kty": "EC", "kid": str(n)} for n in range(10_000))), "larger than"),
        (b"[" * 50_000, "not a JWKS"),
        (b'{"keys": "\xff"}', "not a JWKS"),
        (b"", "not a JWKS"),
    ],
)
def test_a_key_set_that_is_not_plainly_right_is_refused(document: bytes, reason: str) -> None:
    """One bad key spoils the set, and the message says why."""
    with pytest.raises(UnsafeKeySet, match=reason):
        pinned_keys(document)


def test_a_short_rsa_key_is_refused() -> None:
    """A key that can be broken proves nothing."""
    with pytest.warns(UserWarning, match="bits"):
        short = RSAKey.generate_key(1024, auto_kid=True)

    with pytest.raises(UnsafeKeySet, match="too weak"):
        pinned_keys(key_set(short.as_dict(private=False)))
