"""How finance sees what clients owe: overdue invoices, unapplied money, balances below zero."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct

from process_apis.project_to_cash.collection import dunning
from process_apis.project_to_cash.collection.dunning import DunningTerms, NextStep
from process_apis.project_to_cash.ledger.owing import Account
from process_apis.project_to_cash.receivables import Dispute, Receipt, Reminder
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from system_apis.canonical.money import Money

UNAPPLIED_FOR = timedelta(days=30)  # domain handbook, F6


class OverdueView(Struct, frozen=True, kw_only=True):
    """An invoice that should have been paid: what is owed, claimed and written about it."""

    invoice_id: str
    number: str | None
    legal_entity: str
    client_number: str
    project_number: str
    stage: InvoiceStage
    due_date: date
    days_overdue: int
    owed: Money
    disputed: Money
    claimable: Money
    level: int
    reminders: tuple[Reminder, ...]
    next_step: NextStep | None


class UnappliedView(Struct, frozen=True, kw_only=True):
    """Money that belongs to no invoice yet; `too_long` after thirty days (check F6)."""

    receipt_id: str
    legal_entity: str
    client_number: str | None
    received_on: date
    remittance: str | None
    unapplied: Money
    days: int
    too_long: bool
    act_at: str


class BalanceView(Struct, frozen=True, kw_only=True):
    """A client whom the firm owes more than it is owed (check F7)."""

    legal_entity: str
    client_number: str
    balance: Money


class ReceivablesPage(Struct, frozen=True, kw_only=True):
    """What clients owe, what is not placed, and what was agreed to be credited."""

    overdue: list[OverdueView]
    unapplied: list[UnappliedView]
    negative_balances: list[BalanceView]
    credits_agreed: list[Dispute]


class Facts(Struct, frozen=True, kw_only=True):
    """What the page is made of, and the business day of each company.

    Disputes and reminders are those of the overdue invoices, by invoice.
    """

    overdue: Sequence[ClientInvoice]
    balances: Mapping[Account, Money]
    disputes: Mapping[str, Sequence[Dispute]]
    credits_agreed: Sequence[Dispute]
    reminders: Mapping[str, Sequence[Reminder]]
    unplaced: Sequence[Receipt]
    terms: DunningTerms
    today: Mapping[str, date]


def receivables(facts: Facts) -> ReceivablesPage:
    """Return what clients owe."""
    return ReceivablesPage(
        overdue=[_overdue(each, facts) for each in facts.overdue if _is_late(each, facts)],
        unapplied=[_unapplied(each, facts.today[each.legal_entity]) for each in facts.unplaced],
        negative_balances=_negative(facts.balances, facts.unplaced),
        credits_agreed=list(facts.credits_agreed),
    )


def _is_late(invoice: ClientInvoice, facts: Facts) -> bool:
    """Whether it is late where its company is; days begin at other hours elsewhere."""
    return invoice.draft.due_date < facts.today[invoice.draft.legal_entity]


def _overdue(invoice: ClientInvoice, facts: Facts) -> OverdueView:
    draft, today = invoice.draft, facts.today[invoice.draft.legal_entity]
    written = tuple(sorted(facts.reminders[invoice.id], key=lambda each: each.level))
    claimable = dunning.claimable(invoice, facts.disputes[invoice.id])
    following = dunning.next_step(invoice, written, facts.terms)
    return OverdueView(
        invoice_id=invoice.id,
        number=invoice.number,
        legal_entity=draft.legal_entity,
        client_number=draft.client_number,
        project_number=draft.project_number,
        stage=invoice.stage,
        due_date=draft.due_date,
        days_overdue=(today - draft.due_date).days,
        owed=invoice.owed,
        disputed=invoice.owed - claimable,
        claimable=claimable,
        level=len(written),
        reminders=written,
        next_step=following if claimable else None,
    )


def _unapplied(receipt: Receipt, today: date) -> UnappliedView:
    return UnappliedView(
        receipt_id=receipt.id,
        legal_entity=receipt.legal_entity,
        client_number=receipt.client_number,
        received_on=receipt.date,
        remittance=receipt.remittance,
        unapplied=receipt.unapplied,
        days=(today - receipt.date).days,
        too_long=today - receipt.date > UNAPPLIED_FOR,
        act_at=f"/process/project-to-cash/v1/receipts/{receipt.id}/applications",
    )


def _negative(owed: Mapping[Account, Money], unplaced: Iterable[Receipt]) -> list[BalanceView]:
    balances = dict(owed)
    for receipt in unplaced:
        currency = receipt.unapplied.currency
        account = Account(receipt.legal_entity, receipt.client_number or "", currency)
        balances[account] = balances.get(account, Money.zero(currency)) - receipt.unapplied
    return [
        BalanceView(
            legal_entity=account.legal_entity, client_number=account.client_number, balance=balance
        )
        for account, balance in sorted(balances.items())
        if balance.value < 0
    ]
