"""A forger who has everything but the right to be believed: keys, pen and patience."""

import hmac
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc.jwk import ECKey, RSAKey

from governance.authorization_server.keys import SigningKeys
from governance.compact_token import P256_ORDER, with_low_s
from governance.issuers import Issuer, PinnedKeys
from governance.revocations import RevokedTokens
from governance.tokens import TokenVerifier

ISSUER = "https://strata.example"
AUDIENCE = "https://gateway.example"
PARTNER = "https://partner.example"
ABSENT = object()


class Clock:
    """A wall clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time it shows."""
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        """Let time go by."""
        self.now += timedelta(seconds=seconds)


def b64(part: bytes | str) -> str:
    """Return unpadded base64url."""
    raw = part.encode() if isinstance(part, str) else part
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class Forge:
    """Signs whatever it is told to with our real key, a stranger's, or none."""

    def __init__(self, keys: SigningKeys, clock: Clock) -> None:
        self.clock = clock
        self.keys = keys
        self.ours = keys.current
        self.stranger = ECKey.generate_key("P-256")
        self.partner = RSAKey.generate_key(2048)
        self.revoked = RevokedTokens(clock)
        self.verifier = TokenVerifier([self._us(), self._partner()], self.revoked, clock)

    @property
    def time(self) -> int:
        """Now, as a token says it."""
        return int(self.clock().timestamp())

    def header(self, **changes: object) -> str:
        """Return a right header as JSON, but for some changes."""
        right = {"alg": "ES256", "kid": self.ours.thumbprint(), "typ": "at+jwt"}
        return _changed(right, changes)

    def claims(self, **changes: object) -> str:
        """Return right claims as JSON, but for some changes."""
        right = {
            "iss": ISSUER,
            "sub": "U-FI1",
            "aud": AUDIENCE,
            "exp": self.time + 300,
            "iat": self.time,
            "jti": "token-1",
            "client_id": "console",
            "scope": "system:erp:read system:erp:write",
            "roles": ["finance"],
            "entities": ["NWA-US"],
        }
        return _changed(right, changes)

    def token(
        self,
        header: str | None = None,
        claims: str | bytes | None = None,
        *,
        key: ECKey | None = None,
    ) -> str:
        """Return a token that is signed as it should be, whatever it says."""
        body = f"{b64(header or self.header())}.{b64(self.claims() if claims is None else claims)}"
        return f"{body}.{b64(es256(body, key or self.ours))}"

    def signed_as(self, signature: bytes, header: str | None = None) -> str:
        """Return a token with a signature of the caller's making."""
        return f"{b64(header or self.header())}.{b64(self.claims())}.{b64(signature)}"

    def hs256(self, secret: bytes) -> str:
        """Return a token that is signed with a public thing as if it were a shared secret."""
        body = f"{b64(self.header(alg='HS256'))}.{b64(self.claims())}"
        return f"{body}.{b64(hmac.digest(secret, body.encode(), 'sha256'))}"

    def high_s(self) -> str:
        """Return the twin of a right token: another text, the same signature."""
        body, _, _ = self.token().rpartition(".")
        low = es256(body, self.ours)
        high = P256_ORDER - int.from_bytes(low[32:])
        return f"{body}.{b64(low[:32] + high.to_bytes(32))}"

    def certificate(self) -> str:
        """Return a certificate that the stranger signed for itself."""
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, ISSUER)])
        private = self.stranger.private_key
        assert private is not None
        built = (
            x509.CertificateBuilder(name, name, private.public_key(), 1)
            .not_valid_before(self.clock() - timedelta(days=1))
            .not_valid_after(self.clock() + timedelta(days=1))
            .sign(private, hashes.SHA256())
        )
        return b64encode(built.public_bytes(Encoding.DER)).decode()

    def _us(self) -> Issuer:
        return Issuer(name=ISSUER, audience=AUDIENCE, keys=self.keys, low_s=True)

    def _partner(self) -> Issuer:
        return Issuer(
            name=PARTNER,
            audience=AUDIENCE,
            keys=PinnedKeys({"partner-1": self.partner}),
            algorithms=frozenset({"RS256"}),
        )


def es256(body: str, key: ECKey) -> bytes:
    """Return the ES256 signature of a token's first two segments, with the smaller `s`."""
    private = key.private_key
    assert private is not None
    r, s = decode_dss_signature(private.sign(body.encode(), ec.ECDSA(hashes.SHA256())))
    return with_low_s(r.to_bytes(32) + s.to_bytes(32))


def _changed(right: Mapping[str, object], changes: Mapping[str, object]) -> str:
    said = {**right, **changes}
    return json.dumps({name: value for name, value in said.items() if value is not ABSENT})
