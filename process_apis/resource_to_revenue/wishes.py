"""What is asked of staffing: a person for a request, or a contractor where there is nobody."""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.money import Price
from system_apis.canonical.record import Id, Text
from system_apis.canonical.team import BookingKind


class BookingWish(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person who is to be booked for a request; what is not said is as the request says it."""

    staffing_request_id: Id
    employee: Text
    kind: BookingKind
    percent: Decimal | None = None
    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if self.percent is not None and not (self.percent.is_finite() and 0 < self.percent <= 100):
            raise ValueError("a person is booked for more than 0 and at most 100 percent")
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError("`end` is `start` or later")


class ContractorWish(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Hours of a vendor's person for a request that nobody of the firm can fill."""

    staffing_request_id: Id
    vendor_id: Id
    contractor: Text | None = None
    hours: Decimal
    rate: Price

    def __post_init__(self) -> None:
        if not (self.hours.is_finite() and 0 < self.hours <= 100_000):
            raise ValueError("hours are more than 0 and at most 100,000")
        if self.rate.value <= 0:
            raise ValueError("an hour costs more than nothing")
