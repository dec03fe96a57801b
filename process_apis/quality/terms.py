"""The firm's own terms of the quality of its data [P]."""

from datetime import timedelta

from msgspec import Struct

from governance.wrong_field import WrongField


class QualityTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One edition: a feed that was not read to its end for `feed_minutes` is late."""

    feed_minutes: int = 15

    def __post_init__(self) -> None:
        if self.feed_minutes < 1:
            raise WrongField("feed_minutes", "a feed is read at most every minute")

    @property
    def fresh_within(self) -> timedelta:
        """How long ago a feed may have been read to its end."""
        return timedelta(minutes=self.feed_minutes)
