"""The firm's own editions of the terms of its value streams, each from a day on."""

from msgspec import Struct

from governance.editions import Edition
from process_apis.procure_to_pay.terms import ProcureToPayTerms


class FirmTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """What the firm sets itself; a stream without an edition lives by the usual terms."""

    procure_to_pay: tuple[Edition[ProcureToPayTerms], ...] = ()
