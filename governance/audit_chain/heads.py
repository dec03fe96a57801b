"""The heads of the chains, signed, in a file outside the database.

A line covers every byte of the file before it and is signed: who can write the file but has
no key can neither change a line, nor take one out, nor add one. Lines of versions before 0.2
hold a head of the one chain, unsigned; the first signed line covers them.
"""

import fcntl
import hashlib
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from governance.audit_chain.entries import StreamHead
from governance.audit_chain.keys import AuditKeys, Keyring


class Seal(Struct, frozen=True, forbid_unknown_fields=True):
    """The heads of some streams at a time; `previous` is the hash of the file before this line."""

    at: str
    heads: tuple[StreamHead, ...]
    previous: str


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
    """What the file says; where two lines disagree about an entry, the first one counts."""

    of_stream: dict[str, dict[int, str]]
    of_one_chain: dict[int, str]
    newest: Seal | None = None
    newest_key: str | None = None
    seals: int = 0
    fault: HeadsFault | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing was ever written."""
        return not (self.seals or self.of_one_chain)


class HeadsFile:
    """Writes the file: one line at a time, whoever else writes it too."""

    def __init__(self, path: Path, keys: AuditKeys) -> None:
        self.path, self._keys = path, keys
        self._turn = threading.Lock()
        self._before, self._size = hashlib.sha256(), 0

    def write(self, heads: Sequence[StreamHead], at: str) -> None:
        """Sign some heads and write them at the end of the file."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._turn, self.path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # until the file is closed
            self._read_up(file)
            seal = Seal(at, tuple(heads), self._before.hexdigest())
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

    def _read_up(self, file: BinaryIO) -> None:
        """Take in what others wrote since, and take off a line that a crash left half-written."""
        file.seek(0, 2)
        if file.tell() == self._size:
            return
        file.seek(0)
        written = file.read()
        whole = written[: written.rfind(b"\n") + 1]
        file.truncate(len(whole))
        self._before, self._size = hashlib.sha256(whole), len(whole)


def read_heads(lines: Iterable[bytes], keyring: Keyring) -> Heads:
    """Return what the lines say that are signed; the first one that is not is named."""
    reader = _Reader(keyring)
    for number, line in enumerate(lines, start=1):
        if line.endswith(b"\n"):  # a half-written last line was never a head
            reader.take(number, line)
    return reader.heads()


class _Reader:
    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._before = hashlib.sha256()
        self._of_stream: dict[str, dict[int, str]] = {}
        self._of_one_chain: dict[int, str] = {}
        self._newest: tuple[Seal, str] | None = None
        self._seals, self._turn = 0, 0
        self._fault: HeadsFault | None = None

    def take(self, number: int, line: bytes) -> None:
        try:
            fault = self._take(line)
        except msgspec.MsgspecError:
            fault = "it cannot be read"
        if fault and self._fault is None:
            self._fault = HeadsFault(number, fault)
        self._before.update(line)

    def heads(self) -> Heads:
        seal, key = self._newest or (None, None)
        return Heads(
            of_stream=self._of_stream,
            of_one_chain=self._of_one_chain,
            newest=seal,
            newest_key=key,
            seals=self._seals,
            fault=self._fault,
        )

    def _take(self, line: bytes) -> str | None:
        """Keep what a line says if it is signed, and return what is wrong with it."""
        if b'"seal"' not in line:
            return self._take_unsigned(line)
        signed = msgspec.json.decode(line, type=_Line)
        turn = self._keyring.turn(signed.key)
        if turn is None:
            return "no key of ours signed it"
        if not self._keyring.signed(signed.key, signed.signature, bytes(signed.seal)):
            return "its signature is not right"
        if turn < self._turn:
            return "a key signed it that was retired before"
        seal = msgspec.json.decode(signed.seal, type=Seal)
        self._turn, self._newest = turn, (seal, signed.key)
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
