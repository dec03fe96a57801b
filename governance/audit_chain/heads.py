"""The heads of the chains, signed, in a file outside the database.

A line covers every byte of the file before it and is signed: who can write the file but has
no key can neither change a line, nor take one out, nor add one. A program keeps the hash of
what it wrote itself; where it has to read what is there, its line says that it begins anew.
Where what it wrote is gone or changed, its line follows what was: it contradicts what is there.
So the signature of the last line before each such line vouches for all the lines before, and
the others are looked at only when something is wrong. Lines of versions before 0.2 hold a head
of the one chain, unsigned; the first signed line covers them.
"""

import fcntl
import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from governance.audit_chain.entries import StreamHead
from governance.audit_chain.keys import AuditKeys, Keyring

# More than any line has.
_LONGEST = 65_536


class Seal(Struct, frozen=True, forbid_unknown_fields=True):
    """The heads of some streams at a time.

    `previous` is the hash of the file before this line; it `begins` where that was read.
    """

    at: str
    heads: tuple[StreamHead, ...]
    previous: str
    begins: bool


class UnsignedHead(Struct, frozen=True, forbid_unknown_fields=True):
    """A head of the one chain that was before the streams."""

    sequence: int
    hash: str


class _Line(Struct, frozen=True, forbid_unknown_fields=True):
    seal: msgspec.Raw
    key: str
    signature: str


class HeadsFault(Struct, frozen=True):
    """The first line of the file that is not what a key of ours signed, and why."""

    line: int
    reason: str


class Heads(Struct, frozen=True, kw_only=True):
    """What the file says; where two lines disagree about an entry, the first one counts.

    `expected` says that there is a key, and so that something was signed.
    """

    of_stream: dict[str, dict[int, str]]
    of_one_chain: dict[int, str]
    newest: Seal | None = None
    newest_key: str | None = None
    seals: int = 0
    fault: HeadsFault | None = None
    expected: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing was ever written."""
        return not (self.seals or self.of_one_chain)


class HeadsFile:
    """Writes the file: one line at a time, whoever else writes it too."""

    def __init__(self, path: Path, keys: AuditKeys) -> None:
        self.path, self._keys = path, keys
        self._turn = threading.Lock()
        self._before, self._size = hashlib.sha256(), -1

    def write(self, heads: Sequence[StreamHead], at: str) -> None:
        """Sign some heads and write them at the end of the file."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._turn, self.path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # until the file is closed
            begins, previous = self._read_up(file)
            seal = Seal(at, tuple(heads), previous, begins)
            content = msgspec.json.encode(seal)
            key, signature = self._keys.sign(content)
            line = msgspec.json.encode(_Line(msgspec.Raw(content), key, signature)) + b"\n"
            file.write(line)
            file.flush()
            self._before.update(line)
            self._size += len(line)

    def rotate(self, heads: Sequence[StreamHead], at: str) -> tuple[str, str]:
        """Seal with the old key, then let a new one sign; return the ids of both."""
        self.write(heads, at)
        with self._turn, self.path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            return self._keys.rotate()

    def _read_up(self, file: BinaryIO) -> tuple[bool, str]:
        """Take in what we did not write; say whether there was any, and what a line follows.

        A line that a crash left half-written is taken off: it was never a head.
        """
        known = self._before.hexdigest()
        file.seek(0, 2)
        if file.tell() == self._size:
            return False, known
        file.seek(0)
        written = file.read()
        whole = written[: written.rfind(b"\n") + 1]
        file.truncate(len(whole))
        ours = max(self._size, 0)
        stands = hashlib.sha256(whole[:ours]).hexdigest() == known
        self._before, self._size = hashlib.sha256(whole), len(whole)
        return True, self._before.hexdigest() if stands else known


def whole_lines(path: Path) -> int:
    """Return how many bytes of the file are whole lines, looked at while nobody writes one."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        begins = max(file.seek(0, 2) - _LONGEST, 0)
        file.seek(begins)
        return begins + file.read().rfind(b"\n") + 1


def read_heads(lines: Sequence[bytes], keyring: Keyring) -> Heads:
    """Return what the lines say that are signed; the first one that is not is named."""
    whole = lines if not lines or lines[-1].endswith(b"\n") else lines[:-1]
    quick = _Reader(keyring, each=False).read(whole)
    return quick if quick.fault is None else _Reader(keyring, each=True).read(whole)


class _Reader:
    """Reads lines in order; looks at the signature of each, or of those that vouch for others."""

    def __init__(self, keyring: Keyring, *, each: bool) -> None:
        self._keyring, self._each = keyring, each
        self._before = hashlib.sha256()
        self._of_stream: dict[str, dict[int, str]] = {}
        self._of_one_chain: dict[int, str] = {}
        self._newest: tuple[Seal, _Line] | None = None
        self._seals, self._turn = 0, 0

    def read(self, lines: Sequence[bytes]) -> Heads:
        fault: HeadsFault | None = None
        for number, line in enumerate(lines, start=1):
            reason = self._fault_of(line)
            if reason and fault is None:
                fault = HeadsFault(number, reason)
            self._before.update(line)
        if fault is None and self._newest and not self._signed(self._newest[1]):
            fault = HeadsFault(len(lines), "its signature is not right")
        seal, signed = self._newest or (None, None)
        return Heads(
            of_stream=self._of_stream,
            of_one_chain=self._of_one_chain,
            newest=seal,
            newest_key=signed.key if signed else None,
            seals=self._seals,
            fault=fault,
            expected=bool(self._keyring.keys),
        )

    def _fault_of(self, line: bytes) -> str | None:
        """Keep what a line says if it is to be believed, and return what is wrong with it."""
        try:
            if b'"seal"' not in line:
                return self._take_unsigned(line)
            signed = msgspec.json.decode(line, type=_Line)
            seal = msgspec.json.decode(signed.seal, type=Seal)
        except msgspec.MsgspecError:
            return "it cannot be read"
        turn = self._keyring.turn(signed.key)
        if turn is None:
            return "no key of ours signed it"
        if self._each and not self._signed(signed):
            return "its signature is not right"
        if turn < self._turn:
            return "a key signed it that was retired before"
        if seal.begins and self._newest and not self._signed(self._newest[1]):
            return "the signature before it is not right"
        return self._take(seal, signed, turn)

    def _take(self, seal: Seal, signed: _Line, turn: int) -> str | None:
        self._turn, self._newest = turn, (seal, signed)
        self._seals += 1
        for head in seal.heads:
            self._of_stream.setdefault(head.stream, {}).setdefault(head.number, head.hash)
        if seal.previous != self._before.hexdigest():
            return "the lines before it are not those that it was written after"
        return None

    def _take_unsigned(self, line: bytes) -> str | None:
        if self._seals:
            return "it is not signed"
        head = msgspec.json.decode(line, type=UnsignedHead)
        self._of_one_chain.setdefault(head.sequence, head.hash)
        return None

    def _signed(self, line: _Line) -> bool:
        return self._keyring.signed(line.key, line.signature, bytes(line.seal))
