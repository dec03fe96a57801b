"""The walk along the chains: every entry once, in order, and where each stream first breaks."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct

from governance.audit_chain.entries import BY_STREAM, FIRST_LINK, ONE_CHAIN, TOLD, digest
from governance.audit_chain.heads import Heads
from governance.audit_chain.streams import Stream, stream_of

_ACTION, _AT = TOLD.index("action"), TOLD.index("at")
_STREAMS = frozenset(stream.value for stream in Stream)
_EVERY = 50_000
# A gateway seals within a minute; what goes on longer without a head has lost its heads.
_BARE_AT_MOST = timedelta(minutes=10)
_MISSING = "it is missing"
_OUT_OF_PLACE = "it is not where it was written"
Row = tuple[object, ...]


class Unreadable(Exception):
    """An entry cannot even be read, and nothing after it."""

    def __init__(self, sequence: int) -> None:
        super().__init__(f"entry {sequence} cannot be read")
        self.sequence = sequence


class Fault(Struct, frozen=True, kw_only=True):
    """The first entry of a stream that is not as it was written, and how that shows.

    `entry` is its number in the stream and `sequence` its number among all entries; one of
    them is missing when the entry itself is. Without a stream it is about all of them.
    """

    reason: str
    stream: str | None = None
    entry: int | None = None
    sequence: int | None = None


class StreamWalked(Struct, frozen=True):
    """How many entries a stream has, and the number of the last one that a head vouches for."""

    stream: str
    entries: int
    last: int
    vouched: int


class Anchor(Struct, frozen=True):
    """The newest head outside the database, and how many entries lie after it."""

    at: str
    key: str
    entries_after: int


class AuditVerdict(Struct, frozen=True, kw_only=True):
    """Whether the audit is whole; if not, where each stream first breaks."""

    entries: int
    streams: tuple[StreamWalked, ...] = ()
    seals: int = 0
    newest: Anchor | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing was changed, moved, added or cut off."""
        return not self.faults


class Extent(Struct, frozen=True, kw_only=True):
    """What part of the audit is walked: all of it, unless it says where it begins or ends."""

    stream: str | None = None
    first: int = 1
    open_ended: bool = True


class _Row(NamedTuple):
    sequence: int
    stream: str
    number: int
    told: tuple[object, ...]
    previous: str
    hash: str


class _Chain:
    """One stream, as far as it is walked; `after` is the hash that the next entry follows.

    `bare` are the first and the last entry after the newest head.
    """

    __slots__ = ("after", "bare", "entries", "fault", "heads", "number", "vouched")

    def __init__(self, heads: dict[int, str], number: int) -> None:
        self.heads = heads
        self.number, self.entries, self.vouched = number, 0, max(heads, default=0)
        self.bare: tuple[_Row, _Row] | None = None
        self.after: str | None = None
        self.fault: Fault | None = None


class Walk:
    """Checks entries that are handed to it in the order of their sequence."""

    def __init__(self, heads: Heads | None, extent: Extent) -> None:
        self._heads = heads or Heads(of_stream={}, of_one_chain={})
        self._anchored, self._extent = heads is not None, extent
        self._partial = extent.first > 1
        self._chains: dict[str, _Chain] = {}
        self._sequence = extent.first - 1
        self._gap: int | None = None
        self._old = extent.first - 1
        # What the next entry of the one chain follows; unknown where the walk begins inside it.
        self._old_after: str | None = None if self._partial else FIRST_LINK

    def along(self, rows: Iterable[Row], progress: Callable[[int], None]) -> AuditVerdict:
        """Walk along all the entries, tell how far now and then, and return what was found."""
        try:
            for walked, row in enumerate(rows, start=1):
                self._step(row)
                if walked % _EVERY == 0:
                    progress(walked)
        except Unreadable as unreadable:
            return self._verdict([Fault(reason="it cannot be read", sequence=unreadable.sequence)])
        return self._verdict([*self._cut_off(), *self._bare()])

    def _step(self, row: Row) -> None:
        sequence, stream, number, form, *told, previous, hashed = row
        if not (isinstance(sequence, int) and isinstance(stream, str) and isinstance(number, int)):
            raise Unreadable(self._sequence + 1)
        if self._extent.stream is None and self._gap is None and sequence > self._sequence + 1:
            self._gap = self._sequence + 1
        self._sequence = max(sequence, self._sequence)
        entry = _Row(sequence, stream, number, tuple(told), str(previous), str(hashed))
        chain = self._chains.get(stream) or self._begun(entry)
        if form == BY_STREAM:
            reason = None if chain.fault else self._of_stream(entry, chain)
            if entry.number > chain.vouched:
                chain.bare = (chain.bare[0] if chain.bare else entry, entry)
        else:
            reason = self._of_one_chain(entry, chain, form)
        if reason and chain.fault is None:
            chain.fault = _fault(reason, entry, chain)
        chain.number = number
        chain.entries += 1

    def _begun(self, entry: _Row) -> _Chain:
        """Return a stream's chain at its first entry; no head ever vouches for an unknown one."""
        before = entry.number - 1 if self._partial else 0
        chain = _Chain(self._heads.of_stream.get(entry.stream, {}), before)
        if entry.stream not in _STREAMS:
            chain.fault = _fault("there is no such stream", entry, chain)
        self._chains[entry.stream] = chain
        return chain

    def _of_stream(self, entry: _Row, chain: _Chain) -> str | None:
        after = chain.after
        if after is None:  # the stream's first entry here goes on from the one chain, if it can
            after = entry.previous if self._begins_inside(entry, chain) else self._old_after
        chain.after = entry.hash
        if entry.number != chain.number + 1:
            return _MISSING if entry.number > chain.number else _OUT_OF_PLACE
        if entry.previous != after:
            return "it does not follow the entry before it"
        said = (entry.stream, entry.number, entry.sequence, entry.previous, entry.told)
        return _differs(said, entry.hash, chain.heads.get(entry.number))

    def _begins_inside(self, entry: _Row, chain: _Chain) -> bool:
        """Whether what a stream's first entry follows may lie before the walk's beginning."""
        beyond = entry.number > 1 and not chain.entries
        return self._partial and (self._old_after is None or beyond)

    def _of_one_chain(self, entry: _Row, chain: _Chain, form: object) -> str | None:
        after, self._old_after = self._old_after, entry.hash
        expected, self._old = self._old + 1, entry.sequence
        if form != ONE_CHAIN or any(each.after for each in self._chains.values()):
            return _OUT_OF_PLACE
        if entry.number != chain.number + 1:
            return _MISSING if entry.number > chain.number else _OUT_OF_PLACE
        if entry.sequence != expected or (after is not None and entry.previous != after):
            return "it does not follow the entry before it"
        if entry.stream != stream_of(str(entry.told[_ACTION])):
            return "it was moved here from another stream"
        said = (entry.sequence, entry.previous, entry.told)
        sealed, unsigned = chain.heads, self._heads.of_one_chain
        head = sealed.get(entry.number) or unsigned.get(entry.sequence)
        return _differs(said, entry.hash, head)

    def _verdict(self, more: list[Fault]) -> AuditVerdict:
        chains = sorted(self._chains.items())
        faults = [chain.fault for _, chain in chains if chain.fault] + more
        if self._gap is not None:
            faults.append(Fault(reason=_MISSING, sequence=self._gap))
        return AuditVerdict(
            entries=sum(chain.entries for _, chain in chains),
            streams=tuple(
                StreamWalked(name, chain.entries, chain.number, chain.vouched)
                for name, chain in chains
            ),
            seals=self._heads.seals,
            newest=self._newest(),
            faults=tuple(faults + self._of_heads()),
        )

    def _cut_off(self) -> Iterator[Fault]:
        """Yield a fault for every chain that is shorter than its head."""
        if not self._extent.open_ended:
            return
        reason = "entries are missing at the end"
        for name, heads in self._heads.of_stream.items():
            chain = self._chains.get(name)
            if self._extent.stream not in {None, name} or (chain is None and self._partial):
                continue
            walked = chain.number if chain else 0
            if max(heads) > walked:
                yield Fault(reason=reason, stream=name, entry=walked + 1)
        if not self._partial and max(self._heads.of_one_chain, default=0) > self._old:
            yield Fault(reason=reason, sequence=self._old + 1)

    def _bare(self) -> Iterator[Fault]:
        """Yield a fault for every stream that went on long after its newest head."""
        if self._heads.empty:
            return
        for chain in self._chains.values():
            if chain.bare and chain.fault is None:
                first, last = chain.bare
                if _apart(first, last):
                    until = last.told[_AT]
                    reason = f"no head vouches for it, though entries came until {until}"
                    yield _fault(reason, first, chain)

    def _of_heads(self) -> list[Fault]:
        broken = self._heads.fault
        if broken:
            reason = f"line {broken.line} of the heads outside the database: {broken.reason}"
            return [Fault(reason=reason)]
        due = bool(self._chains) or self._heads.expected
        if self._anchored and due and self._heads.empty:
            return [Fault(reason="no head was written outside the database")]
        return []

    def _newest(self) -> Anchor | None:
        seal, key = self._heads.newest, self._heads.newest_key
        if seal is None or key is None:
            return None
        after = sum(
            min(chain.entries, max(0, chain.number - chain.vouched))
            for chain in self._chains.values()
        )
        return Anchor(seal.at, key, after)


def _fault(reason: str, entry: _Row, chain: _Chain) -> Fault:
    if reason is _MISSING:
        return Fault(reason=reason, stream=entry.stream, entry=chain.number + 1)
    return Fault(reason=reason, stream=entry.stream, entry=entry.number, sequence=entry.sequence)


def _differs(said: Row, hashed: str, head: str | None) -> str | None:
    if digest(said) != hashed:
        return "it was changed"
    if head is not None and hashed != head:
        return "it is not what was written outside the database"
    return None


def _apart(first: _Row, last: _Row) -> bool:
    """Whether two entries lie further apart than heads do; no time of ours is unreadable."""
    begun, ended = str(first.told[_AT]), str(last.told[_AT])
    try:
        return datetime.fromisoformat(ended) - datetime.fromisoformat(begun) > _BARE_AT_MOST
    except (ValueError, TypeError):
        return True
