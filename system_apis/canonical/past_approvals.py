"""Approvals that a system asked for by itself, and when they were decided there."""

from datetime import datetime

from msgspec import Struct

from system_apis.canonical.record import Id, Source


class PastApproval(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question of another system's own: when it was asked, and when it was answered.

    One that names no company is of the whole firm.
    """

    id: Id
    number: str
    subject_type: str | None = None
    legal_entity: str | None = None
    requested_at: datetime
    decided_at: datetime | None = None
    source: Source

    def __post_init__(self) -> None:
        if self.decided_at is not None and self.decided_at < self.requested_at:
            raise ValueError("an approval is decided after it was asked for")
