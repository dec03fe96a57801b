"""Down payments: invoiced first, then taken off later invoices until used up. Pure decisions.

Sources: domain handbook 3(d), amount rules and B16. Each line has the tax category and rate of
its invoice, so that the ERP takes the deposit's tax back in proportion.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from msgspec import Struct

from process_apis.project_to_cash.records import (
    Allocation,
    BilledLine,
    ClientInvoice,
    InvoiceStage,
    SourceType,
)
from system_apis.canonical.billing import InvoiceDraft, InvoiceLine, LineKind
from system_apis.canonical.contracts import Contract
from system_apis.canonical.money import Money, Price

NOT_POSTED = {InvoiceStage.PENDING_APPROVAL, InvoiceStage.APPROVED, InvoiceStage.POSTING}


class Deposit(Struct, frozen=True):
    """What of a contract's down payment is in the books, and what is taken off invoices."""

    posted: Money
    applied: Money

    @property
    def left(self) -> Money:
        """What later invoices still have to take off."""
        return self.posted - self.applied


def deposit(invoices: Iterable[ClientInvoice], currency: str) -> Deposit:
    """Return where a contract's down payment stands by its standing invoices."""
    posted = applied = Money.zero(currency)
    for invoice in invoices:
        for line in invoice.draft.lines:
            if line.kind is LineKind.DOWN_PAYMENT and invoice.stage not in NOT_POSTED:
                posted += line.net
            if line.kind is LineKind.DOWN_PAYMENT_APPLIED:
                applied -= line.net
    return Deposit(posted, applied)


def invoiced(contract: Contract) -> tuple[BilledLine, ...]:
    """The down payment itself, billed once."""
    if contract.down_payment is None:
        return ()
    amount = contract.down_payment.amount
    line = _line(LineKind.DOWN_PAYMENT, f"Down payment, {contract.number}", amount)
    return (BilledLine(line, (_source(SourceType.DOWN_PAYMENT, contract, line),)),)


def applied(
    contract: Contract, billed: Sequence[BilledLine], held: Deposit
) -> tuple[BilledLine, ...]:
    """What an invoice takes off: all that is left of the down payment, at most the invoice."""
    net = Money.total((each.line.net for each in billed), contract.currency)
    amount = min(held.left, net)
    if contract.down_payment is None or amount.value <= 0:
        return ()
    line = _line(LineKind.DOWN_PAYMENT_APPLIED, f"Down payment, {contract.number}", -amount)
    return (BilledLine(line, (_source(SourceType.DOWN_PAYMENT_APPLIED, contract, line),)),)


def taken_off(draft: InvoiceDraft) -> Money:
    """Return how much of the down payment a draft takes off."""
    taken = (-each.net for each in draft.lines if each.kind is LineKind.DOWN_PAYMENT_APPLIED)
    return Money.total(taken, draft.currency)


def _line(kind: LineKind, description: str, net: Money) -> InvoiceLine:
    return InvoiceLine(
        kind=kind,
        description=description,
        quantity=Decimal(1),
        unit_price=Price(net.amount, net.currency),
        net=net,
    )


def deposit_source(contract_id: str) -> str:
    """Return what of a contract a down payment is billed and taken off by."""
    return f"{contract_id}:down_payment"


def _source(kind: SourceType, contract: Contract, line: InvoiceLine) -> Allocation:
    """Allocate money of the deposit: no more is ever invoiced or taken off than was agreed."""
    agreed = contract.down_payment.amount.value if contract.down_payment else Decimal(0)
    sign = Decimal(1) if kind is SourceType.DOWN_PAYMENT else Decimal(-1)
    return Allocation(
        source_type=kind,
        source_id=deposit_source(contract.id),
        sign=1,
        quantity=abs(line.net.value),
        approved=agreed,
        unit_rate=Price(f"{sign:f}", line.net.currency),
        amount=line.net,
    )
