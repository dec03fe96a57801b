"""Tryton's typed JSON values, and what all of its records have."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import ClassVar, Protocol

from msgspec import Struct

from system_apis.canonical.record import Source


class Number(Struct, frozen=True, tag_field="__class__", tag="Decimal"):
    """An exact number."""

    decimal: str

    @property
    def value(self) -> Decimal:
        """The number to compute with."""
        return Decimal(self.decimal)


class Day(Struct, frozen=True, tag_field="__class__", tag="date"):
    """A calendar date."""

    year: int
    month: int
    day: int

    @classmethod
    def of(cls, value: date) -> "Day":
        """Say a date in Tryton's way."""
        return cls(value.year, value.month, value.day)

    @property
    def value(self) -> date:
        """The date itself."""
        return date(self.year, self.month, self.day)


class Moment(Struct, frozen=True, tag_field="__class__", tag="datetime"):
    """A moment, in UTC without saying so."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    microsecond: int

    @classmethod
    def of(cls, value: datetime) -> "Moment":
        """Say a moment in Tryton's way."""
        utc = value.astimezone(UTC)
        clock = (utc.hour, utc.minute, utc.second, utc.microsecond)
        return cls(utc.year, utc.month, utc.day, *clock)

    @property
    def value(self) -> datetime:
        """The moment itself, aware."""
        clock = (self.hour, self.minute, self.second, self.microsecond)
        return datetime(self.year, self.month, self.day, *clock, tzinfo=UTC)


class Record(Protocol):
    """A vendor record: which model it is read from, and which of its fields."""

    model: ClassVar[str]
    fields: ClassVar[tuple[str, ...]]

    @property
    def id(self) -> int:
        """The number of the record."""


class Created(Struct, frozen=True):
    """The id of a record that was just written."""

    id: int


class Coded(Struct, frozen=True):
    """A record that is told from others by its code."""

    id: int
    code: str | None


def labelled(said: Mapping[str, str | None]) -> str | None:
    """Return a note that says each text under its label, or None when there is none to say."""
    lines = [f"{label}: {text}" for label, text in said.items() if text is not None]
    return "\n".join(lines) or None


def noted(note: str | None, label: str) -> str | None:
    """Return what a note says under a label."""
    lines = (line.partition(": ") for line in (note or "").splitlines())
    return next((text for name, _, text in lines if name == label), None)


class Told(Struct, frozen=True, kw_only=True):
    """Whatever changes: when it was made, and changed if ever it was."""

    id: int
    create_date: Moment
    write_date: Moment | None

    @property
    def changed_at(self) -> datetime:
        """When this record became what it is."""
        return (self.write_date or self.create_date).value

    @property
    def version(self) -> int:
        """A number that grows with every change."""
        return int(self.changed_at.timestamp() * 1_000_000)

    def source(self, instance: str, record_type: str) -> Source:
        """Say where a canonical record was read from."""
        return Source("tryton", instance, record_type, str(self.id), self.changed_at)
