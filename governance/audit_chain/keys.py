"""The keys that sign the audit's heads: one signs, and all that ever signed still verify."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from msgspec import Struct

from governance.key_file import FileMark, KeyFile, StoredKey

ALGORITHM: Final = "Ed25519"
CURVE: Final = "Ed25519"
FILE_NAME = "audit-keys.json"


class PublicKey(Struct, frozen=True):
    """A key that others can verify heads with; its id is its RFC 7638 thumbprint."""

    kid: str
    x: str
    kty: str = "OKP"
    crv: str = CURVE


class Keyring:
    """Public keys in the order in which they came to sign, each by its true id.

    What a key says that its id is does not count: another could borrow ours.
    """

    def __init__(self, keys: Iterable[PublicKey]) -> None:
        self.keys = tuple(keys)
        read = [_read(key) for key in self.keys]
        self._keys = {key.thumbprint(): key for key in read}
        self._order = {key.thumbprint(): turn for turn, key in enumerate(read)}

    def turn(self, kid: str) -> int | None:
        """Return which of the keys this is, or None for a key that nobody knows."""
        return self._order.get(kid)

    def signed(self, kid: str, signature: str, content: bytes) -> bool:
        """Whether one of these keys signed some bytes."""
        head, _, tail = signature.partition("..")
        try:
            token = jws.deserialize_compact(
                f"{head}.{_encoded(content)}.{tail}", self._keys[kid], algorithms=[ALGORITHM]
            )
        except (JoseError, ValueError, KeyError):
            return False
        return token.headers() == {"alg": ALGORITHM, "kid": kid}


class AuditKeys:
    """Our own keys in `folder`; the first is made when it is needed.

    A retired key's private half is forgotten, so that it never signs again.
    """

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._file, self._clock = KeyFile(folder / FILE_NAME), clock
        self._private: OKPKey | None = None
        self._read: FileMark | None = None

    def sign(self, content: bytes) -> tuple[str, str]:
        """Return the id of the key that signs now, and its signature as a detached JWS."""
        key = self._current()
        kid = key.thumbprint()
        token = jws.serialize_compact(
            {"alg": ALGORITHM, "kid": kid}, content, key, algorithms=[ALGORITHM]
        )
        head, _, tail = token.split(".")
        return kid, f"{head}..{tail}"

    def rotate(self) -> tuple[str, str]:
        """Sign with a new key from now on, and return the ids of the old one and the new one."""
        old, now = self._current(), self._clock()
        new = OKPKey.generate_key(CURVE)
        retired = [
            one if one.retired_at else StoredKey(_public_pem(one.pem), one.created_at, now)
            for one in self._file.load()
        ]
        self._file.replace([*retired, _stored(new, now)])
        return old.thumbprint(), new.thumbprint()

    def keyring(self) -> Keyring:
        """Return the public half of every key there ever was."""
        return Keyring(_published(OKPKey.import_key(one.pem)) for one in self._file.load())

    def _current(self) -> OKPKey:
        """Return the key that signs now, also when another process has just made it."""
        mark = self._file.mark()
        if self._private is None or mark != self._read:
            if mark is None:
                self._file.create([_stored(OKPKey.generate_key(CURVE), self._clock())])
            *_, current = self._file.load()
            self._private = OKPKey.import_key(current.pem)
            self._read = self._file.mark()
        return self._private


def _read(key: PublicKey) -> OKPKey:
    try:
        return OKPKey.import_key({"kty": key.kty, "crv": key.crv, "x": key.x})
    except (JoseError, ValueError) as error:
        raise ValueError(f"{key.kid} is no public key") from error


def _stored(key: OKPKey, now: datetime) -> StoredKey:
    return StoredKey(key.as_pem(private=True).decode(), created_at=now)


def _public_pem(pem: str) -> str:
    return OKPKey.import_key(pem).as_pem(private=False).decode()


def _published(key: OKPKey) -> PublicKey:
    return msgspec.convert({**key.as_dict(private=False), "kid": key.thumbprint()}, PublicKey)


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
