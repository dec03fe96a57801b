"""Terms that a firm sets and changes: every edition has a version and the day it holds from.

A decision is made by the edition of its own day, and says which version that was, so that a
later edition changes nothing that was decided before.
"""

from datetime import date
from itertools import pairwise
from typing import Generic, TypeVar

from msgspec import Struct, field

T = TypeVar("T")


class Edition(Struct, Generic[T], frozen=True, forbid_unknown_fields=True):
    """One edition of some terms; it holds from a day on, in the calendar of its company."""

    since: date = field(name="from")
    version: int
    terms: T


class Editions(Struct, Generic[T], frozen=True):
    """The usual terms, and the firm's own editions in the order of their days.

    Raises `ValueError` when days or versions do not rise, or a version is not above 0.
    """

    usual: T
    own: tuple[Edition[T], ...] = ()

    def __post_init__(self) -> None:
        for earlier, later in pairwise(self._all):
            if later.since <= earlier.since or later.version <= earlier.version:
                raise ValueError(
                    f"editions of terms rise by day and version: version {later.version} of"
                    f" {later.since} follows {earlier.version} of {earlier.since}"
                )

    def on(self, day: date) -> Edition[T]:
        """Return the edition that holds on a day: version 0, the usual terms, before any other."""
        return [each for each in self._all if each.since <= day][-1]

    @property
    def _all(self) -> tuple[Edition[T], ...]:
        return (Edition(date.min, 0, self.usual), *self.own)
