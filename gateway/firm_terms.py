"""The firm's own editions of terms, one field for each value stream."""

from msgspec import Struct

from governance.editions import Edition
from process_apis.change_requests.terms import ChangeTerms
from process_apis.revenue.terms import RevenueTerms


class FirmTerms(Struct, frozen=True, kw_only=True):
    """What a firm decides otherwise than usual, each from a day on."""

    changes: tuple[Edition[ChangeTerms], ...] = ()
    revenue: tuple[Edition[RevenueTerms], ...] = ()
