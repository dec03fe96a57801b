"""The terms that a firm sets for each value stream, in editions that hold from a day on."""

from msgspec import Struct

from governance.editions import Edition
from process_apis.time_and_expense.rules.terms import TimeAndExpenseTerms


class FirmTerms(Struct, frozen=True, kw_only=True):
    """The firm's own editions, by stream; before the first of them the usual terms hold."""

    time_and_expense: tuple[Edition[TimeAndExpenseTerms], ...] = ()
