"""Links that we sign: they say where to look, for whom and until when, and open nothing.

Who follows one calls as who they are, like any other caller. The keys are the house's own, made
anew every month; a retired one verifies for as long as a link lives that it signed.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from governance.key_file import FileMark, KeyFile, StoredKey, UnsafeKeyFile

KEYS = "link-keys.json"
LIFE = timedelta(days=7)
ROTATED_AFTER = timedelta(days=30)
_LONGEST = 600


class BadLink(ValueError):
    """A link is not as we signed it, or is too old."""


class Place(Struct, frozen=True, kw_only=True):
    """Where a link leads, and whom."""

    purpose: str
    subject: str
    person: str


class _Signed(Struct, frozen=True, array_like=True):
    purpose: str
    subject: str
    person: str
    ends: int


class LinkKeys:
    """Signs links with the newest key of `folder`, and verifies with all that are good."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._file, self._clock = KeyFile(folder / KEYS), clock
        self._seen: FileMark | None = None
        self._keys: list[StoredKey] = []

    def sign(self, place: Place, *, life: timedelta = LIFE) -> str:
        """Return the word of a link to a place, which is good for a while."""
        ends = self._clock() + min(life, LIFE)
        said = msgspec.json.encode(
            _Signed(place.purpose, place.subject, place.person, int(ends.timestamp()))
        )
        return f"{_text(said)}.{_text(_seal(self._current(), said))}"

    def place(self, word: str, purpose: str) -> Place:
        """Return where a word leads, or raise `BadLink`."""
        if len(word) > _LONGEST or word.count(".") != 1:
            raise BadLink("this is no link of ours: open the worklist instead")
        said, seal = map(_bytes, word.split("."))
        if not any(hmac.compare_digest(_seal(each, said), seal) for each in self._good()):
            raise BadLink("this is no link of ours: open the worklist instead")
        signed = msgspec.json.decode(said, type=_Signed)
        if signed.purpose != purpose:
            raise BadLink("this link is for something else: open the worklist instead")
        if self._clock() >= datetime.fromtimestamp(signed.ends, UTC):
            raise BadLink("this link has expired: open the worklist instead")
        return Place(purpose=signed.purpose, subject=signed.subject, person=signed.person)

    def rotate(self) -> None:
        """Sign with a new key from now on; what the old ones signed stays good until it expires."""
        now = self._clock()
        with self._file.held():
            kept = [
                each if each.retired_at else replace(each, retired_at=now)
                for each in self._file.load()
                if each.retired_at is None or now < each.retired_at + LIFE
            ]
            self._file.replace([*kept, self._new()])

    def _current(self) -> StoredKey:
        """Return the key that signs, a new one when it is a month old."""
        if not self._reloaded():
            self._file.create([self._new()])
        current = self._reloaded()[-1]
        if self._clock() >= current.created_at + ROTATED_AFTER:
            self.rotate()
            current = self._reloaded()[-1]
        return current

    def _good(self) -> list[StoredKey]:
        now = self._clock()
        return [
            each
            for each in self._reloaded()
            if each.retired_at is None or now < each.retired_at + LIFE
        ]

    def _reloaded(self) -> list[StoredKey]:
        """Return the keys as they are in the file now, or raise `UnsafeKeyFile`."""
        seen = self._file.mark()
        if seen is None and self._keys:
            raise UnsafeKeyFile(f"{self._file.path} is gone: restore it, or start anew without it")
        if seen != self._seen:
            self._keys, self._seen = self._file.load(), seen
        return self._keys

    def _new(self) -> StoredKey:
        return StoredKey(secrets.token_hex(32), created_at=self._clock())


def _seal(key: StoredKey, said: bytes) -> bytes:
    return hmac.new(bytes.fromhex(key.pem), b"strata-link\0" + said, hashlib.sha256).digest()


def _text(some: bytes) -> str:
    return base64.urlsafe_b64encode(some).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Return what a text stands for, or raise `BadLink` for one that is not the only way to say."""
    padded = text + "=" * (-len(text) % 4)
    try:
        some = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError as error:
        raise BadLink("this is no link of ours: open the worklist instead") from error
    if _text(some) != text:
        raise BadLink("this is no link of ours: open the worklist instead")
    return some
