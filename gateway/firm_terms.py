"""The terms of each stream that a firm sets itself, edition by edition."""

from msgspec import Struct

from experience_apis.executive.terms import KeyFigureTerms
from governance.editions import Edition


class FirmTerms(Struct, frozen=True, kw_only=True):
    """The firm's own editions; where it has none, the usual terms hold."""

    key_figures: tuple[Edition[KeyFigureTerms], ...] = ()
