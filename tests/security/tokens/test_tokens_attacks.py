"""Every forged token of the attack suite (JWT-01 to JWT-25) is refused, and for its own reason."""

import asyncio
import time
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from joserfc import jwe, jws
from joserfc.jwk import ECKey

from governance.tokens import InvalidToken
from tests.security.tokens.forge import ABSENT, AUDIENCE, ISSUER, PARTNER, Forge, b64, es256

Attack = Callable[[Forge], str]
SHAPE = "well-formed"
ALG = "algorithm"
KEY = "key is not trusted"
SIGNATURE = "signature"


def _header(**changes: object) -> Attack:
    return lambda forge: forge.token(forge.header(**changes))


def _claims(**changes: object) -> Attack:
    return lambda forge: forge.token(None, forge.claims(**changes))


def _raw(claims: bytes | str) -> Attack:
    return lambda forge: forge.token(None, claims)


def _text(old: str, new: str) -> Attack:
    """Write something into the claims that no JSON library would."""
    return lambda forge: forge.token(None, forge.claims().replace(old, new, 1))


def _spelled(change: Callable[[str], str]) -> Attack:
    return lambda forge: change(forge.token())


def _by_stranger(**changes: object) -> Attack:
    return lambda forge: forge.token(forge.header(**changes), key=forge.stranger)


def _embedded(name: str, value: Callable[[Forge], object]) -> Attack:
    def attack(forge: Forge) -> str:
        return forge.token(forge.header(**{name: value(forge)}), key=forge.stranger)

    return attack


def _expiring(seconds: int) -> Attack:
    return lambda forge: forge.token(
        None, forge.claims(exp=forge.time + seconds, iat=forge.time + seconds - 60)
    )


def _starting(claim: str, seconds: int) -> Attack:
    return lambda forge: forge.token(None, forge.claims(**{claim: forge.time + seconds}))


def _encrypted(**header: str) -> Attack:
    def attack(forge: Forge) -> str:
        sealed = {"alg": "ECDH-ES", "enc": "A128GCM", **header}
        public = ECKey.import_key(forge.ours.as_dict(private=False))
        allowed = ["ECDH-ES", "A128GCM", "DEF"]
        return jwe.encrypt_compact(sealed, forge.claims(), public, allowed)

    return attack


def _der(forge: Forge) -> str:
    private = forge.ours.private_key
    assert private is not None
    body = forge.token().rpartition(".")[0]
    return f"{body}.{b64(private.sign(body.encode(), ECDSA(hashes.SHA256())))}"


def _non_canonical(token: str) -> str:
    """Return another spelling of the same bytes: the spare bits of the last letter set."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + letters[letters.index(token[-1]) + 1]


def _nested(depth: int) -> Attack:
    return lambda forge: forge.token(
        None, forge.claims().replace("{", '{"deep":' + "[" * depth + "]" * depth + ",", 1)
    )


def _rsa_as_pss(forge: Forge) -> str:
    header = {"alg": "PS256", "kid": "partner-1", "typ": "at+jwt"}
    return jws.serialize_compact(header, forge.claims(iss=PARTNER), forge.partner, ["PS256"])


ATTACKS: dict[str, tuple[Attack, str]] = {
    "JWT-01 none, no signature": (lambda f: f.signed_as(b"", f.header(alg="none")), SHAPE),
    "JWT-01 none, some signature": (lambda f: f.signed_as(b"x", f.header(alg="none")), ALG),
    "JWT-02 NoNe": (lambda f: f.signed_as(b"x", f.header(alg="NoNe")), ALG),
    "JWT-02 NONE and a blank": (lambda f: f.signed_as(b"x", f.header(alg="NONE ")), ALG),
    "JWT-02 es256 in lower case": (_header(alg="es256"), ALG),
    "JWT-03 HS256 with the public PEM": (lambda f: f.hs256(f.ours.as_pem(private=False)), ALG),
    "JWT-04 HS256 with the public DER": (lambda f: f.hs256(f.ours.as_der(private=False)), ALG),
    "JWT-04 HS256 with the JWKS": (lambda f: f.hs256(f.keys.jwks()), ALG),
    "JWT-04 HS256 with nothing": (lambda f: f.hs256(b""), ALG),
    "JWT-05 our key as EdDSA": (_header(alg="EdDSA"), ALG),
    "JWT-05 our key as ES384": (_header(alg="ES384"), ALG),
    "JWT-05 RSA key as PS256": (_rsa_as_pss, ALG),
    "JWT-05 ES256 for an RS256 issuer": (
        lambda f: f.token(f.header(kid="partner-1"), f.claims(iss=PARTNER)),
        ALG,
    ),
    "JWT-06 embedded jwk": (_embedded("jwk", lambda f: f.stranger.as_dict(private=False)), SHAPE),
    "JWT-08 x5c": (_embedded("x5c", lambda f: [f.certificate()]), SHAPE),
    "JWT-09 kid is a path": (_by_stranger(kid="../../etc/passwd"), KEY),
    "JWT-09 kid is SQL": (_by_stranger(kid="'OR/**/1=1--"), KEY),
    "JWT-09 kid with blanks": (_by_stranger(kid="' OR 1=1--"), SHAPE),
    "JWT-09 kid is NUL": (_by_stranger(kid="\0"), SHAPE),
    "JWT-09 kid of 5 KB": (_by_stranger(kid="k" * 5_000), SHAPE),
    "JWT-09 kid is a number": (_by_stranger(kid=1), SHAPE),
    "JWT-09 kid is a list": (lambda f: f.token(f.header(kid=[f.ours.thumbprint()])), SHAPE),
    "JWT-09 kid missing": (_header(kid=ABSENT), SHAPE),
    "JWT-09 kid of another issuer": (_header(kid="partner-1"), KEY),
    "JWT-09 kid unknown": (_by_stranger(kid="unknown"), KEY),
    "JWT-09 another issuer's key for us": (
        lambda f: f.token(None, f.claims(iss=PARTNER)),
        ALG,
    ),
    "JWT-10 expired 31 s ago": (_expiring(-31), "expired"),
    "JWT-11 nbf in 31 s": (_starting("nbf", 31), "not valid yet"),
    "JWT-11 iat in an hour": (
        lambda f: f.token(None, f.claims(iat=f.time + 3600, exp=f.time + 3700)),
        "not valid yet",
    ),
    "JWT-12 exp missing": (_claims(exp=ABSENT), SHAPE),
    "JWT-12 exp is text": (lambda f: f.token(None, f.claims(exp=str(f.time + 60))), SHAPE),
    "JWT-12 exp is true": (_claims(exp=True), SHAPE),
    "JWT-12 exp is null": (_claims(exp=None), SHAPE),
    "JWT-12 exp is negative": (_claims(exp=-1), SHAPE),
    "JWT-12 exp is a fraction": (lambda f: f.token(None, f.claims(exp=f.time + 60.5)), SHAPE),
    "JWT-12 exp is NaN": (_claims(exp=float("nan")), SHAPE),
    "JWT-12 exp is Infinity": (_claims(exp=float("inf")), SHAPE),
    "JWT-12 exp is 1e400": (_text('"exp": 1', '"exp": 1e400, "was": 1'), SHAPE),
    "JWT-12 exp is 2^63": (_claims(exp=2**63), SHAPE),
    "JWT-12 exp of 5,000 digits": (_text('"exp": 1', '"exp": ' + "1" * 5_000), SHAPE),
    "JWT-12 life of 301 s": (lambda f: f.token(None, f.claims(exp=f.time + 301)), "lifetime"),
    "JWT-12 exp before iat": (
        lambda f: f.token(None, f.claims(exp=f.time + 5, iat=f.time + 6)),
        "lifetime",
    ),
    "JWT-12 iat missing": (_claims(iat=ABSENT), SHAPE),
    "JWT-12 iat is text": (_claims(iat="1"), SHAPE),
    "JWT-12 nbf is text": (_claims(nbf="1"), SHAPE),
    "JWT-13 aud wrong": (_claims(aud="https://other.example"), "audience"),
    "JWT-13 aud missing": (_claims(aud=ABSENT), SHAPE),
    "JWT-13 aud a prefix": (_claims(aud=AUDIENCE[:-1]), "audience"),
    "JWT-13 aud longer": (_claims(aud=AUDIENCE + ".evil"), "audience"),
    "JWT-13 aud a dict": (_claims(aud={"0": AUDIENCE}), SHAPE),
    "JWT-13 aud others": (_claims(aud=["other"]), "audience"),
    "JWT-13 aud nobody": (_claims(aud=[]), "audience"),
    "JWT-13 aud with a number": (_claims(aud=[AUDIENCE, 1]), SHAPE),
    "JWT-14 iss wrong": (_claims(iss="https://evil.example"), "issuer"),
    "JWT-14 iss with a slash": (_claims(iss=ISSUER + "/"), "issuer"),
    "JWT-14 iss in capitals": (_claims(iss=ISSUER.upper()), "issuer"),
    "JWT-14 iss a list with ours": (_claims(iss=[ISSUER]), SHAPE),
    "JWT-14 iss missing": (_claims(iss=ABSENT), SHAPE),
    "JWT-15 typ JWT": (_header(typ="JWT"), "type"),
    "JWT-15 typ missing": (_header(typ=ABSENT), SHAPE),
    "JWT-15 typ of an ID token": (_header(typ="id+jwt"), "type"),
    "JWT-15 typ of a log-out token": (_header(typ="logout+jwt"), "type"),
    "JWT-15 typ null": (_header(typ=None), SHAPE),
    "JWT-16 crit unknown": (_header(crit=["exp"]), SHAPE),
    "JWT-16 crit empty": (_header(crit=[]), SHAPE),
    "JWT-16 crit with b64 false": (_header(crit=["b64"], b64=False), SHAPE),
    "JWT-16 b64 true": (_header(b64=True), SHAPE),
    "JWT-17 sub twice": (_text("{", '{"sub": "U-CF1", '), SHAPE),
    "JWT-17 scope twice": (_text("{", '{"scope": "governance:clock:write", '), SHAPE),
    "JWT-17 a member twice, inside": (_text("{", '{"act": {"sub": 1, "sub": 2}, '), SHAPE),
    "JWT-17 alg twice": (
        lambda f: f.token(f.header().replace("{", '{"alg": "none", ', 1)),
        SHAPE,
    ),
    "JWT-18 claims are a list": (_raw("[]"), SHAPE),
    "JWT-18 claims are a number": (_raw("1"), SHAPE),
    "JWT-18 claims are null": (_raw("null"), SHAPE),
    "JWT-18 claims are empty": (_raw(" "), SHAPE),
    "JWT-18 claims are not UTF-8": (
        lambda f: f.token(None, f.claims().encode().replace(b"U-FI1", b"U-\xff")),
        SHAPE,
    ),
    "JWT-18 a note that is not UTF-8": (
        lambda f: f.token(None, f.claims(note="?").encode().replace(b"?", b"\xff")),
        SHAPE,
    ),
    "JWT-18 a note of NaN": (_claims(note=float("nan")), SHAPE),
    "JWT-18 claims have a BOM": (lambda f: f.token(None, "\ufeff" + f.claims()), SHAPE),
    "JWT-18 claims are UTF-16": (lambda f: f.token(None, f.claims().encode("utf-16")), SHAPE),
    "JWT-18 two documents": (lambda f: f.token(None, f.claims() + f.claims()), SHAPE),
    "JWT-18 sub with a lone surrogate": (_claims(sub="U-\ud800"), SHAPE),
    "JWT-18 sub with a line break": (_claims(sub="U-FI1\n"), SHAPE),
    "JWT-18 sub empty": (_claims(sub=""), SHAPE),
    "JWT-18 sub missing": (_claims(sub=ABSENT), SHAPE),
    "JWT-18 client_id missing": (_claims(client_id=ABSENT), SHAPE),
    "JWT-18 jti missing": (_claims(jti=ABSENT), SHAPE),
    "JWT-18 roles are text": (_claims(roles="operator"), SHAPE),
    "JWT-18 entities are a dict": (_claims(entities={"NWA-US": True}), SHAPE),
    "JWT-19 nested 20,000 deep": (_nested(20_000), "too long"),
    "JWT-19 nested 1,500 deep": (_nested(1_500), SHAPE),
    "JWT-19 nested 64 deep": (_nested(64), SHAPE),
    "JWT-20 header of 1 MB": (_header(kid="k" * 1_000_000), "too long"),
    "JWT-20 claims of 5 MB": (_claims(note="n" * 5_000_000), "too long"),
    "JWT-20 8,193 letters": (_spelled(lambda token: token.ljust(8_193, "A")), "too long"),
    "JWT-21 no signature": (lambda f: f.signed_as(b""), SHAPE),
    "JWT-21 signature cut off": (_spelled(lambda token: token.rpartition(".")[0]), SHAPE),
    "JWT-21 signature short of a byte": (
        lambda f: f.signed_as(es256(f.token().rpartition(".")[0], f.ours)[:-1]),
        SIGNATURE,
    ),
    "JWT-21 r and s are 0": (lambda f: f.signed_as(bytes(64)), SIGNATURE),
    "JWT-21 DER instead of raw": (_der, SIGNATURE),
    "JWT-21 malleated": (Forge.high_s, SIGNATURE),
    "JWT-21 a stranger's signature": (_by_stranger(), SIGNATURE),
    "JWT-21 claims changed afterwards": (
        lambda f: (
            f.token().split(".")[0] + f".{b64(f.claims(sub='U-CF1'))}." + f.token().split(".")[2]
        ),
        SIGNATURE,
    ),
    "JWT-22 trailing =": (_spelled(lambda token: token + "=="), SHAPE),
    "JWT-22 trailing line break": (_spelled(lambda token: token + "\n"), SHAPE),
    "JWT-22 leading blank": (_spelled(lambda token: " " + token), SHAPE),
    "JWT-22 standard base64 letters": (_spelled(lambda token: token[:-1] + "+"), SHAPE),
    "JWT-22 spare bits set": (_spelled(_non_canonical), SHAPE),
    "JWT-22 four segments": (_spelled(lambda token: token + ".AAAA"), SHAPE),
    "JWT-22 five segments": (_spelled(lambda token: token + ".AAAA.AAAA"), SHAPE),
    "JWT-22 full-width letters": (_spelled(lambda token: token.replace("e", "ｅ")), SHAPE),
    "JWT-22 a lone surrogate": (_spelled(lambda token: token + "\ud800"), SHAPE),
    "JWT-22 JSON serialization": (
        _spelled(lambda token: '{"signatures":[{"signature":"' + token + '"}]}'),
        SHAPE,
    ),
    "JWT-22 JSON without signatures": (
        lambda f: '{"payload":"' + b64(f.claims()) + '","signatures":[]}',
        SHAPE,
    ),
    "JWT-22 nothing": (lambda _: "", SHAPE),
    "JWT-23 encrypted to us": (_encrypted(), SHAPE),
    "JWT-23 encrypted and zipped": (_encrypted(zip="DEF"), SHAPE),
    "JWT-23 zip in the header": (_header(zip="DEF"), SHAPE),
    "JWT-24 a token in a token": (
        lambda f: f.token(f.header(cty="JWT"), f.token()),
        SHAPE,
    ),
    "JWT-25 scope is a list": (_claims(scope=["system:erp:read"]), SHAPE),
    "JWT-25 scope with a tab": (_claims(scope="a\tb"), SHAPE),
    "JWT-25 scope with NUL": (_claims(scope="a\0b"), SHAPE),
    "JWT-25 scope with a wide blank": (_claims(scope="a\u2003b"), SHAPE),
    "JWT-25 scope with two blanks": (_claims(scope="a  b"), SHAPE),
    "JWT-25 scope empty": (_claims(scope=""), SHAPE),
    "JWT-25 scope with a quote": (_claims(scope='a"b'), SHAPE),
    "JWT-25 10,000 scopes": (_claims(scope="a " * 9_999 + "a"), "too long"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_forged_token_is_refused_for_its_own_reason(name: str, forge: Forge) -> None:
    """Nothing that is not exactly an access token of a trusted issuer makes a caller."""
    attack, reason = ATTACKS[name]
    token = attack(forge)
    started = time.thread_time()

    with pytest.raises(InvalidToken, match=reason):
        forge.verifier.verify(token)
    assert time.thread_time() - started < 0.05
    assert forge.verifier.verify(forge.token()).subject == "U-FI1"


async def test_a_key_address_in_a_token_is_never_called(forge: Forge) -> None:
    """`jku` and `x5u` are refused without a connection to where they point (JWT-07)."""
    visits: list[object] = []
    server = await asyncio.start_server(lambda r, w: visits.append((r, w)), "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks"
    tokens = [_embedded(name, lambda _: address)(forge) for name in ("jku", "x5u")]

    for token in tokens:
        with pytest.raises(InvalidToken, match=SHAPE):
            await asyncio.to_thread(forge.verifier.verify, token)
    await asyncio.sleep(0.05)
    server.close()
    assert visits == []
