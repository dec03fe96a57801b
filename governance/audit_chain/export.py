"""A part of the audit as a file that can be verified elsewhere: entries, heads and public keys.

JSON lines, or CSV with the same parts as rows. The last line is a signature over all bytes
before it, so nothing can be taken off the end either.
"""

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from governance.audit_chain.cells import row_of, unguarded
from governance.audit_chain.heads import read_heads
from governance.audit_chain.keys import AuditKeys, Keyring, PublicKey
from governance.audit_chain.walk import AuditVerdict, Extent, Fault, Row, Unreadable, Walk

_NUMBERS = frozenset({"sequence", "stream_sequence", "form"})


class Format(StrEnum):
    """What an export is written as."""

    JSONL = "jsonl"
    CSV = "csv"


class Described(Struct, frozen=True, tag_field="kind", tag="export", kw_only=True):
    """What part of the audit an export holds; without a `last` it goes to the end."""

    exported_at: str
    stream: str | None = None
    first: int = 1
    last: int | None = None
    keys: tuple[PublicKey, ...]


class HeadLine(Struct, frozen=True, tag_field="kind", tag="head"):
    """A line of the heads' file, as it stands there."""

    line: str


class Entry(Struct, frozen=True, tag_field="kind", tag="entry", kw_only=True):
    """An entry of the audit, with its chain fields."""

    sequence: int
    stream: str
    stream_sequence: int
    form: int
    at: str | None
    actor: str | None
    client_id: str | None
    on_behalf_of: str | None
    action: str | None
    subject: str | None
    legal_entity: str | None
    before_hash: str | None
    after_hash: str | None
    reason: str | None
    trace_id: str | None
    previous_hash: str
    hash: str


class End(Struct, frozen=True, tag_field="kind", tag="end"):
    """The end of an export: how many entries it holds, and who signed it."""

    entries: int
    key: str
    signature: str


COLUMNS = Entry.__struct_fields__
Part = Described | HeadLine | Entry | End
_decoder: msgspec.json.Decoder[Part] = msgspec.json.Decoder(Part)


class Exported(Struct, frozen=True):
    """What was written into an export."""

    entries: int
    heads: int
    sha256: str


def write_export(
    file: BinaryIO,
    described: Described,
    heads: Iterable[bytes],
    rows: Iterable[Row],
    *,
    written_as: Format,
    keys: AuditKeys,
) -> Exported:
    """Write an export and sign it."""
    encode = _as_json if written_as is Format.JSONL else _as_csv
    said, counted = hashlib.sha256(), [0, 0]

    def put(content: bytes) -> None:
        file.write(content)
        said.update(content)

    if written_as is Format.CSV:
        put(row_of(["kind", *COLUMNS, "line"]).encode())
    put(encode(described))
    for line in heads:
        put(encode(HeadLine(line.decode(errors="replace"))))
        counted[0] += 1
    for row in rows:
        put(encode(Entry(**dict(zip(COLUMNS, row, strict=True)))))  # type: ignore[arg-type]  # as the table's columns are
        counted[1] += 1
    key, signature = keys.sign(said.hexdigest().encode())
    put(encode(End(counted[1], key, signature)))
    return Exported(counted[1], counted[0], said.hexdigest())


def verify_export(path: Path, progress: Callable[[int], None]) -> AuditVerdict:
    """Return whether an export is whole, by the public keys that it brings along."""
    parts = _parts(path)
    lines: list[bytes] = []
    try:
        described, first = next(parts, None), next(parts, None)
        while isinstance(first, HeadLine):
            lines.append(first.line.encode())
            first = next(parts, None)
    except Unreadable:
        described = None
    if not isinstance(described, Described):
        return AuditVerdict(entries=0, faults=(Fault(reason="it cannot be read as an export"),))
    try:
        keyring = Keyring(described.keys)
    except ValueError as error:
        return AuditVerdict(entries=0, faults=(Fault(reason=str(error)),))
    extent = Extent(
        stream=described.stream, first=described.first, open_ended=described.last is None
    )
    walk = Walk(read_heads(lines, keyring), extent)
    verdict = walk.along(_rows(first, parts), progress)
    broken = _unsigned(path, keyring)
    if broken:
        faults = (*verdict.faults, Fault(reason=broken))
        return msgspec.structs.replace(verdict, faults=faults)
    return verdict


def _rows(first: Part | None, parts: Iterator[Part]) -> Iterator[Row]:
    part = first
    while isinstance(part, Entry):
        yield msgspec.structs.astuple(part)
        part = next(parts, None)


def _unsigned(path: Path, keyring: Keyring) -> str | None:
    """Return what is wrong with the signature over the whole export, if anything is."""
    said, last = hashlib.sha256(), b""
    with path.open("rb") as lines:
        for line in lines:
            said.update(last)
            last = line
        lines.seek(0)
        as_csv = _is_csv(lines.read(5))
    try:
        end = _part_of(last.decode(), as_csv)
    except (msgspec.MsgspecError, ValueError, LookupError):
        end = None
    if not isinstance(end, End):
        return "the end of the export is missing"
    if not keyring.signed(end.key, end.signature, said.hexdigest().encode()):
        return "the export is not what was signed"
    return None


def _parts(path: Path) -> Iterator[Part]:
    """Yield what an export holds, or raise `Unreadable` at the first line that is none of it."""
    sequence = 0
    with path.open("rb") as raw:
        as_csv = _is_csv(raw.read(5))
    with path.open(newline="", encoding="utf-8") as file:
        lines: Iterable[Sequence[str]] = csv.reader(file) if as_csv else ([line] for line in file)
        try:
            for number, cells in enumerate(lines):
                if as_csv and number == 0:
                    continue
                part = _of_cells(cells) if as_csv else _of_json(cells[0])
                sequence = part.sequence if isinstance(part, Entry) else sequence
                yield part
        except (msgspec.MsgspecError, ValueError, LookupError, csv.Error) as error:
            raise Unreadable(sequence + 1) from error


def _is_csv(content: bytes) -> bool:
    return content.startswith(b"kind,")


def _part_of(line: str, as_csv: bool) -> Part:
    return _of_cells(next(csv.reader([line]))) if as_csv else _of_json(line)


def _of_json(line: str) -> Part:
    return _decoder.decode(line)


def _of_cells(cells: Sequence[str]) -> Part:
    kind, *values, line = cells
    if kind != "entry":
        return _of_json(unguarded(line) or "")
    said = {
        name: int(cell) if name in _NUMBERS else unguarded(cell)
        for name, cell in zip(COLUMNS, values, strict=True)
    }
    return msgspec.convert(said | {"kind": kind}, Entry)


def _as_json(part: Part) -> bytes:
    return msgspec.json.encode(part) + b"\n"


def _as_csv(part: Part) -> bytes:
    if isinstance(part, Entry):
        cells = [_text(value) for value in msgspec.structs.astuple(part)]
        return row_of(["entry", *cells, None]).encode()
    kind = type(part).__struct_config__.tag
    empty = [None] * len(COLUMNS)
    return row_of([str(kind), *empty, msgspec.json.encode(part).decode()]).encode()


def _text(value: object) -> str | None:
    return None if value is None else str(value)
