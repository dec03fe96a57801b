"""What of a month keeps it from being closed, kind by kind. Pure decisions."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from process_apis.approvals.requests import Approval
from process_apis.exceptions.queue import OpenException
from process_apis.project_to_cash.invoicing.worked import DECIDED
from process_apis.project_to_cash.records import BillingEvent, ClientInvoice
from process_apis.revenue.records import Waiting
from system_apis.canonical.money import Money
from system_apis.canonical.procurement import BillStatus, VendorBill
from system_apis.canonical.time import ExpenseLine, TimeEntry

UNMATCHED = {BillStatus.RECEIVED, BillStatus.EXCEPTION, BillStatus.DISPUTED}


class Accrued(Protocol):
    """What was received on a line of an order, and no bill asks yet."""

    @property
    def purchase_order_number(self) -> str:
        """The order."""

    @property
    def line(self) -> int:
        """The line."""

    @property
    def accrued(self) -> Money:
        """How much is owed for it."""


def undecided(entries: Iterable[TimeEntry], spent: Iterable[ExpenseLine]) -> list[Waiting]:
    """Return the hours and expenses that nobody has approved or rejected."""
    hours = [each.number for each in entries if each.status not in DECIDED]
    lines = [each for each in spent if each.status not in DECIDED]
    return [
        *_waits("UNAPPROVED_TIME", "line_manager", "approve or reject the entries", hours),
        *_waits(
            "UNAPPROVED_EXPENSES",
            "line_manager",
            "approve or reject the expenses",
            [each.number for each in lines],
            [each.amount for each in lines],
        ),
    ]


def unbilled(events: Sequence[BillingEvent], invoices: Sequence[ClientInvoice]) -> list[Waiting]:
    """Return what fell due without an invoice, and the invoices that are not in the books."""
    return [
        *_waits(
            "UNBILLED_EVENTS",
            "finance",
            "clear their blockers, or accept that they are billed later",
            [each.id for each in events],
            [each.amount_expected for each in events if each.amount_expected],
        ),
        *_waits(
            "UNPOSTED_INVOICES",
            "finance",
            "have them approved and posted, or sent back",
            [each.id for each in invoices],
            [each.draft.gross for each in invoices],
        ),
    ]


def stopped(cases: Sequence[OpenException]) -> list[Waiting]:
    """Return the exceptions that nobody has resolved."""
    return list(
        _waits("OPEN_EXCEPTIONS", "operator", "resolve the cases", [each.id for each in cases])
    )


def unmatched(bills: Sequence[VendorBill]) -> list[Waiting]:
    """Return the vendors' bills that match no receipt."""
    open_ones = [each for each in bills if each.status in UNMATCHED]
    return list(
        _waits(
            "UNMATCHED_BILLS",
            "procurement",
            "match them with receipts, or have the vendor put them right",
            [each.number for each in open_ones],
            [each.gross for each in open_ones],
        )
    )


def unaccrued(accruals: Sequence[Accrued]) -> list[Waiting]:
    """Return what was received and not billed, and is not in the books of the month."""
    return list(
        _waits(
            "UNBOOKED_ACCRUALS",
            "finance",
            "have the bill or the accrual booked, or close without it and say why",
            [f"{each.purchase_order_number} line {each.line}" for each in accruals],
            [each.accrued for each in accruals],
        )
    )


def drafted(asked: Sequence[Approval]) -> list[Waiting]:
    """Return the drafts of revenue that finance has not approved."""
    return list(
        _waits(
            "REVENUE_DRAFTED",
            "finance",
            "approve the drafts, or reject them",
            [each.project_number or each.subject_id for each in asked],
            [each.amount for each in asked if each.amount],
        )
    )


def unrecognized(projects: Sequence[str]) -> list[Waiting]:
    """Return the projects whose revenue is not booked."""
    return list(_waits("REVENUE_NOT_BOOKED", "finance", "have the revenue recognized", projects))


def _waits(
    code: str,
    owner: str,
    remedy: str,
    subjects: Sequence[str],
    amounts: Sequence[Money] = (),
) -> Iterator[Waiting]:
    """Yield one item, with its amounts by currency, if there is any subject."""
    if not subjects:
        return
    currencies = sorted({each.currency for each in amounts})
    yield Waiting(
        code=code,
        owner=owner,
        remedy=remedy,
        count=len(subjects),
        subjects=tuple(subjects),
        amounts=tuple(
            Money.total((each for each in amounts if each.currency == currency), currency)
            for currency in currencies
        ),
    )
