"""The suite bites: the signature library alone takes what our verifier refuses."""

from collections.abc import Callable

import pytest
from joserfc import jwt
from joserfc.jwt import JWTClaimsRegistry

from governance.tokens import InvalidToken
from tests.security.tokens.forge import ABSENT, AUDIENCE, ISSUER, Forge

TAKEN_BY_THE_LIBRARY: dict[str, Callable[[Forge], str]] = {
    "typ JWT": lambda f: f.token(f.header(typ="JWT")),
    "typ missing": lambda f: f.token(f.header(typ=ABSENT)),
    "kid missing": lambda f: f.token(f.header(kid=ABSENT)),
    "sub twice": lambda f: f.token(None, f.claims().replace("{", '{"sub": "U-CF1", ', 1)),
    "alg twice": lambda f: f.token(f.header().replace("{", '{"alg": "none", ', 1)),
    "crit empty": lambda f: f.token(f.header(crit=[])),
    "cty JWT": lambda f: f.token(f.header(cty="JWT")),
    "a life of a year": lambda f: f.token(None, f.claims(exp=f.time + 31_536_000)),
    "scope as a list": lambda f: f.token(None, f.claims(scope=["governance:clock:write"])),
    "the same signature, malleated": Forge.high_s,
}


@pytest.mark.parametrize("name", TAKEN_BY_THE_LIBRARY)
def test_what_the_library_alone_would_take_is_refused_by_us(name: str, forge: Forge) -> None:
    """Without our wrapper this token would be believed."""
    token = TAKEN_BY_THE_LIBRARY[name](forge)
    rules = JWTClaimsRegistry(
        now=forge.time,
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": AUDIENCE},
        exp={"essential": True},
    )

    believed = jwt.decode(token, forge.ours, algorithms=["ES256"])
    rules.validate(believed.claims)
    with pytest.raises(InvalidToken):
        forge.verifier.verify(token)
