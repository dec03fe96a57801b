"""What was billed on a contract so far, net of what was credited. Pure sums."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from msgspec import Struct

from process_apis.project_to_cash.credit_records import ClientCreditNote
from process_apis.project_to_cash.records import ClientInvoice
from system_apis.canonical.billing import PREPAID, InvoiceLine, LineKind
from system_apis.canonical.contracts import CapScope
from system_apis.canonical.money import Money


class Billed(Struct, frozen=True):
    """What is billed or on its way on a contract: what its cap counts, and all by order."""

    counted: Money
    by_order: dict[str, Money]

    def ordered(self, numbers: Iterable[str]) -> Money:
        """Return what was billed on some purchase orders."""
        nothing = Money.zero(self.counted.currency)
        return Money.total(
            (self.by_order.get(number, nothing) for number in numbers), nothing.currency
        )


def tally(
    invoices: Sequence[ClientInvoice],
    posted_credits: Sequence[ClientCreditNote],
    scope: CapScope,
    currency: str,
    *,
    covered: date | None = None,
) -> Billed:
    """Return what invoices bill, on their way or posted, net of the credits that are posted.

    An invoice until `covered` counts on its order alone: the cap has it already.
    """
    fresh = [each for each in invoices if covered is None or each.draft.issue_date > covered]
    counted = by_lines((line for each in fresh for line in each.draft.lines), scope, currency)
    taken = (line for each in posted_credits for line in each.draft.lines)
    by_order: dict[str, Money] = {}
    for order, net in _ordered(invoices, posted_credits):
        by_order[order] = by_order.get(order, Money.zero(currency)) + net
    return Billed(counted - by_lines(taken, scope, currency), by_order)


def by_lines(lines: Iterable[InvoiceLine], scope: CapScope, currency: str) -> Money:
    """Return the sum of the lines that a cap of this scope counts."""
    outside = {LineKind.EXPENSES} if scope is CapScope.FEES else set[LineKind]()
    counted = (line.net for line in lines if line.kind not in outside | PREPAID)
    return Money.total(counted, currency)


def _ordered(
    invoices: Sequence[ClientInvoice], posted_credits: Sequence[ClientCreditNote]
) -> Iterator[tuple[str, Money]]:
    for invoice in invoices:
        if invoice.draft.purchase_order:
            yield invoice.draft.purchase_order, invoice.draft.net
    for note in posted_credits:
        if note.purchase_order:
            yield note.purchase_order, -note.draft.net
