"""The signing keys: one signs, those just retired still verify, nothing else is known."""

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from joserfc.jwk import ECKey
from msgspec import Struct

from governance.key_file import FileMark, KeyFile, StoredKey, UnsafeKeyFile


class PublishedKey(Struct, frozen=True, forbid_unknown_fields=True):
    """A public key as the JWKS shows it; there is no member that could hold a secret."""

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    use: str
    alg: str


class KeyListed(Struct, frozen=True, kw_only=True):
    """A key that is good: the one without an end signs."""

    kid: str
    created_at: datetime
    good_until: datetime | None


class _PublishedKeys(Struct, frozen=True):
    keys: list[PublishedKey]


class _Loaded(Struct, frozen=True):
    kid: str
    private: ECKey
    public: ECKey
    created_at: datetime
    good_until: datetime | None


class SigningKeys:
    """Our own ES256 keys in `folder`; made on first use, rotated with an overlap.

    The id of a key is its RFC 7638 thumbprint. A key that is not known is looked for in the
    file, so that what another process signs with a new key is taken at once; what another
    process removes is known after the next `reload`.
    """

    def __init__(self, folder: Path, overlap: timedelta, clock: Callable[[], datetime]) -> None:
        self._file = KeyFile(folder / "signing-keys.json")
        self._overlap = overlap
        self._clock = clock
        if not self._file.load():
            self._file.create([self._new()])
        self._seen: FileMark | None = None
        self._loaded: dict[str, _Loaded] = {}
        self.reload()

    def reload(self) -> None:
        """Take up what another process wrote, or raise `UnsafeKeyFile`."""
        seen = self._file.mark()
        if seen is None:
            raise UnsafeKeyFile(f"{self._file.path} is gone: restore it, or start anew without it")
        if seen != self._seen:
            self._loaded = {key.kid: key for key in map(self._load, self._file.load())}
            self._seen = seen

    @property
    def current(self) -> ECKey:
        """The private key that signs now."""
        return next(key.private for key in self._loaded.values() if key.good_until is None)

    def key(self, kid: str) -> ECKey | None:
        """Return a public key of ours that is still good, if it has this id."""
        found = self._loaded.get(kid)
        if found is None:
            # A file that cannot be read names no further key; `reload` tells those who ask it.
            with contextlib.suppress(UnsafeKeyFile):
                self.reload()
            found = self._loaded.get(kid)
        if found is None or (found.good_until is not None and self._clock() >= found.good_until):
            return None
        return found.public

    def listed(self) -> list[KeyListed]:
        """Return the keys that are good now, the one that signs last."""
        return [
            KeyListed(kid=key.kid, created_at=key.created_at, good_until=key.good_until)
            for key in self._loaded.values()
            if self.key(key.kid) is not None
        ]

    def rotate(self) -> str:
        """Sign with a new key from now on, and return its id.

        What the old one signed stays good until it expires.
        """
        now = self._clock()
        with self._file.held():
            kept = [
                stored if stored.retired_at else msgspec.structs.replace(stored, retired_at=now)
                for stored in self._file.load()
                if stored.retired_at is None or now < stored.retired_at + self._overlap
            ]
            self._file.replace([*kept, self._new()])
        self.reload()
        return self.current.thumbprint()

    def remove(self, kid: str) -> bool:
        """Stop trusting a key at once, whatever it signed; a new one takes over if it signed.

        Returns whether there was such a key.
        """
        with self._file.held():
            stored = self._file.load()
            kept = [each for each in stored if _key_of(each).thumbprint() != kid]
            found = len(kept) < len(stored)
            if all(each.retired_at for each in kept):
                kept.append(self._new())
            if found:
                self._file.replace(kept)
        self.reload()
        return found

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
            created_at=stored.created_at,
            good_until=retired + self._overlap if retired is not None else None,
        )


def _key_of(stored: StoredKey) -> ECKey:
    return ECKey.import_key(stored.pem)


def _published(key: ECKey) -> PublishedKey:
    members = key.as_dict(private=False, kid=key.thumbprint(), use="sig", alg="ES256")
    return msgspec.convert(members, PublishedKey)
