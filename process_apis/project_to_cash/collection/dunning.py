"""When a client is reminded of what it owes, and of how much. Pure decisions.

Sources: domain handbook 3(d), step 10. Whatever is paid or disputed is never asked for.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct

from process_apis.project_to_cash.receivables import (
    Dispute,
    DisputeStatus,
    Reminder,
    ReminderStatus,
)
from process_apis.project_to_cash.records import ClientInvoice
from system_apis.canonical.money import Money


class DunningTerms(Struct, frozen=True):
    """So many days after the due date each level is due [P]; a client may have days of its own.

    A client whose days are none is never reminded.
    """

    after_days: tuple[int, ...] = (3, 10, 30)
    of_clients: Mapping[str, tuple[int, ...]] = {}
    version: int = 1

    def days(self, client_number: str) -> tuple[int, ...]:
        """Return a client's days, level by level."""
        return self.of_clients.get(client_number, self.after_days)


class NextStep(Struct, frozen=True):
    """The next reminder of an invoice, and the day from which it is due."""

    level: int
    on: date


def claimable(invoice: ClientInvoice, disputes: Sequence[Dispute]) -> Money:
    """Return what may be asked for: what is owed, neither disputed nor still to be credited."""
    currency = invoice.draft.currency
    disputed = _sum(disputes, DisputeStatus.OPEN, currency)
    return max(invoice.owed - disputed - to_credit(invoice, disputes), Money.zero(currency))


def to_credit(invoice: ClientInvoice, disputes: Sequence[Dispute]) -> Money:
    """Return what was accepted of an invoice's disputes beyond what is credited of it."""
    nothing = Money.zero(invoice.draft.currency)
    accepted = _sum(disputes, DisputeStatus.ACCEPTED, nothing.currency)
    return max(accepted - (invoice.credited or nothing), nothing)


def _sum(disputes: Sequence[Dispute], status: DisputeStatus, currency: str) -> Money:
    return Money.total((each.amount for each in disputes if each.status is status), currency)


def next_step(
    invoice: ClientInvoice, written: Sequence[Reminder], terms: DunningTerms
) -> NextStep | None:
    """Return an invoice's next reminder, or None while one waits for a person or all are written.

    Levels follow one another: between two letters lie at least the days between their levels.
    """
    days = terms.days(invoice.draft.client_number)
    level = len(written) + 1
    if level > len(days) or any(each.status is ReminderStatus.DRAFT for each in written):
        return None
    on = invoice.draft.due_date + timedelta(days=days[level - 1])
    if written:
        last = max(each.sent_on or each.drafted_on for each in written)
        on = max(on, last + timedelta(days=days[level - 1] - days[level - 2]))
    return NextStep(level, on)


def letter(invoice: ClientInvoice, amount: Money, level: int) -> str:
    """Return the words of a reminder, for a person to send."""
    due = invoice.draft.due_date
    return f"Reminder {level}: {amount} of invoice {invoice.number} has been due since {due}."
