"""What a change feed told of a record."""

from msgspec import Struct


class Heard(Struct, frozen=True):
    """A record of a type changed: it is now at this version."""

    record_type: str
    version: int
