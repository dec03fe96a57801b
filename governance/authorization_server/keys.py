"""The signing keys: one signs, those just retired still verify, nothing else is known."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from joserfc.jwk import ECKey
from msgspec import Struct

from governance.key_file import KeyFile, StoredKey


class PublishedKey(Struct, frozen=True, forbid_unknown_fields=True):
    """A public key as the JWKS shows it; there is no member that could hold a secret."""

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    use: str
    alg: str


class _PublishedKeys(Struct, frozen=True):
    keys: list[PublishedKey]


class _Loaded(Struct, frozen=True):
    kid: str
    private: ECKey
    public: ECKey
    good_until: datetime | None


class SigningKeys:
    """Our own ES256 keys in `folder`; made on first use, rotated with an overlap.

    The id of a key is its RFC 7638 thumbprint.
    """

    def __init__(self, folder: Path, overlap: timedelta, clock: Callable[[], datetime]) -> None:
        self._file = KeyFile(folder / "signing-keys.json")
        self._overlap = overlap
        self._clock = clock
        if not self._file.load():
            self._file.create([self._new()])
        self._stored: list[StoredKey] = []
        self._loaded: dict[str, _Loaded] = {}
        self.reload()

    def reload(self) -> None:
        """Take up what another process wrote; call it now and then when there are several."""
        stored = self._file.load()
        if stored != self._stored:
            self._loaded = {key.kid: key for key in map(self._load, stored)}
            self._stored = stored

    @property
    def current(self) -> ECKey:
        """The private key that signs now."""
        return next(key.private for key in self._loaded.values() if key.good_until is None)

    def key(self, kid: str) -> ECKey | None:
        """Return a public key of ours that is still good, if it has this id."""
        found = self._loaded.get(kid)
        if found is None or (found.good_until is not None and self._clock() >= found.good_until):
            return None
        return found.public

    def rotate(self) -> None:
        """Sign with a new key from now on; what the old one signed stays good until it expires."""
        now = self._clock()
        kept = [
            stored if stored.retired_at else msgspec.structs.replace(stored, retired_at=now)
            for stored in self._file.load()
            if stored.retired_at is None or now < stored.retired_at + self._overlap
        ]
        self._file.replace([*kept, self._new()])
        self.reload()

    def remove(self, kid: str) -> None:
        """Stop trusting a key at once, whatever it signed; a new one takes over if it signed."""
        kept = [stored for stored in self._file.load() if _key_of(stored).thumbprint() != kid]
        if all(stored.retired_at for stored in kept):
            kept.append(self._new())
        self._file.replace(kept)
        self.reload()

    def jwks(self) -> bytes:
        """Return the public keys as a JWKS document."""
        good = [key.public for kid, key in self._loaded.items() if self.key(kid) is not None]
        return msgspec.json.encode(_PublishedKeys([_published(key) for key in good]))

    def _new(self) -> StoredKey:
        pem = ECKey.generate_key("P-256").as_pem(private=True)
        return StoredKey(pem.decode(), created_at=self._clock())

    def _load(self, stored: StoredKey) -> _Loaded:
        private = _key_of(stored)
        retired = stored.retired_at
        return _Loaded(
            kid=private.thumbprint(),
            private=private,
            public=ECKey.import_key(private.as_pem(private=False)),
            good_until=retired + self._overlap if retired is not None else None,
        )


def _key_of(stored: StoredKey) -> ECKey:
    return ECKey.import_key(stored.pem)


def _published(key: ECKey) -> PublishedKey:
    members = key.as_dict(private=False, kid=key.thumbprint(), use="sig", alg="ES256")
    return msgspec.convert(members, PublishedKey)
