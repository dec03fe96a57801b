"""What a connector is handed, and all it may use to reach its system.

A connector is one module with two names: `Config`, its settings, and
`connect(config, upstream, references)`, which returns the interface of its kind.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from time import perf_counter
from typing import Annotated, Protocol, TypeVar

import msgspec
from msgspec import Meta, Struct

from governance.vendor_budgets import Quota
from system_apis.errors import NotFound, Refused, Unknown, Unreadable

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
# How msgspec says that a text is none of those that a field may have.
_NO_WORD = re.compile(r"Invalid enum value '(?P<value>.*)' - at `\$(.*\.)?(?P<field>.*)`\Z")


class Connection(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a system is and how hard we may lean on it."""

    base_url: str
    timeout_ms: Annotated[int, Meta(ge=1)] = 10_000
    concurrency: Annotated[int, Meta(ge=1)] = 8
    bearer: str | None = None
    quota: Quota = Quota()


class Request(Struct, frozen=True, kw_only=True):
    """One call to a system; `operation` is our word for it, `path` follows the base URL."""

    operation: str
    method: str
    path: str
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    body: bytes | None = None
    writes: bool = False


class Reading(Protocol):
    """Hears how the reading of an answer went."""

    def __call__(self, seconds: float, *, made_sense: bool) -> None:
        """Note how long it took, and whether the answer was the promised record."""


class Reply(Struct, frozen=True, kw_only=True):
    """What a system answered: a success, or a refusal that its connector can read."""

    system: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    writes: bool
    reading: Reading | None = None

    def read(self, into: type[T]) -> T:
        """Return the body as a record.

        Raises `NotFound` for 404 and 410, `Refused` for any other 4xx. A body that is
        not the promised record is a lost answer: `Unknown` after a write, else `Unreadable`.
        """
        if self.status in {404, 410}:
            raise NotFound(self.system, "no such record")
        if self.status >= 400:
            raise Refused(self.system, f"HTTP {self.status}: {self.body[:500]!r}")
        return self.read_part(self.body, into)

    def read_part(self, part: bytes | msgspec.Raw, into: type[T]) -> T:
        """Return a part of the body, or all of it, as a record, or raise as `read` does."""
        began, made_sense = perf_counter(), False
        try:
            record = msgspec.json.decode(part, type=into)
            made_sense = True
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            reason = f"unreadable answer: {error}"
            if self.writes:
                raise Unknown(self.system, reason) from error
            stranger = _NO_WORD.fullmatch(str(error))
            named = stranger.groupdict() if stranger else {}
            unreadable = Unreadable(self.system, reason, **named)
            unreadable.is_counted = self.reading is not None
            raise unreadable from error
        finally:
            if self.reading is not None:
                self.reading(perf_counter() - began, made_sense=made_sense)
        return record


class Upstream(Protocol):
    """The only way out to one system instance: deadline, trace, count, limits, breaker, retry."""

    instance: str

    async def send(self, request: Request) -> Reply:
        """Send a request and return its 2xx or 4xx reply.

        Raises `TryAgain` when nothing was done (no connection, 429, 503, breaker open)
        and when a read was lost; raises `Unknown` when a write was sent and its answer
        was lost (timeout, reset, truncated body, any other 5xx).
        """


class References(Protocol):
    """The cross references of one system instance: its record ids to ours and back."""

    async def ids_of(self, record_type: str, record_ids: list[str]) -> list[str]:
        """Return our ids of records, in order; a record met for the first time gets one."""

    async def record_of(self, record_type: str, canonical_id: str) -> str:
        """Return the system's id of a record, or raise `NotFound`."""


async def ids_of_named(
    references: References, record_type: str, record_ids: Sequence[str | None]
) -> list[str | None]:
    """Return our ids of records in order, and nothing in the place of one that is not named."""
    named = [each for each in record_ids if each is not None]
    ids = iter(await references.ids_of(record_type, named) if named else ())
    return [None if each is None else next(ids) for each in record_ids]


def worded(words: Mapping[str, T], value: str, *, field: str, system: str) -> T:
    """Return our word for a system's, or raise `Unreadable` that names the field and the value."""
    if value not in words:
        reason = f"we have no word for {field} {value!r}"
        raise Unreadable(system, reason, field=field, value=value)
    return words[value]


def same_words(words: type[E]) -> Mapping[str, E]:
    """Return our words as a system's that has the same ones."""
    return {str(each): each for each in words}
