"""Who is asked about what was handed in: by findings first, then amount, role and region.

Nobody decides about their own, and no group stands above the list: every role that is asked must
answer, each by another person.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from msgspec import Struct

from process_apis.time_and_expense.records import (
    Delegation,
    EntryWish,
    ExpenseWish,
    HandedIn,
    PolicyFinding,
)
from process_apis.time_and_expense.rules.findings import holds
from process_apis.time_and_expense.rules.terms import RoutingTerms

LINE_MANAGER, PROJECT_MANAGER = "line_manager", "project_manager"


class Worth(Struct, frozen=True):
    """What amounts are in the reporting currency; of a currency without a rate nobody knows."""

    currency: str
    rates: Mapping[str, Decimal]

    def of(self, amount: Decimal, currency: str) -> Decimal | None:
        """Return an amount in the reporting currency, if its currency has a rate."""
        rate = Decimal(1) if currency == self.currency else self.rates.get(currency)
        return None if rate is None else amount * rate

    def rate(self, base: str, quote: str) -> Decimal | None:
        """Return what one of a currency is in another, if both have a rate."""
        one, other = self.of(Decimal(1), base), self.of(Decimal(1), quote)
        return None if one is None or not other else one / other


class Around(Struct, frozen=True, kw_only=True):
    """The people around something that was handed in, as far as they are known."""

    employee: str
    country: str
    line_manager: str | None = None
    project_manager: str | None = None
    handed_in_by: str


class Asked(Struct, frozen=True):
    """The roles that are asked, in order; `assignee` is the one person of the first, if named."""

    roles: tuple[str, ...]
    assignee: str | None


def route(
    wish: EntryWish | ExpenseWish,
    found: Iterable[PolicyFinding],
    around: Around,
    worth: Worth,
    terms: RoutingTerms,
) -> Asked:
    """Return who is asked about something that was handed in."""
    roles: tuple[str, ...]
    if isinstance(wish, EntryWish):
        roles = (LINE_MANAGER,) if holds(found) else (PROJECT_MANAGER,)
    else:
        roles = _by_amount(wish, worth, terms)
    roles = tuple(dict.fromkeys((*roles, *terms.also_in.get(around.country, ()))))
    return _named(roles, around)


def _by_amount(wish: ExpenseWish, worth: Worth, terms: RoutingTerms) -> tuple[str, ...]:
    amount = worth.of(wish.amount.value, wish.amount.currency)
    for tier in terms.expense_tiers:
        if tier.up_to is None or (amount is not None and amount <= tier.up_to):
            return tier.roles
    return terms.expense_tiers[-1].roles


def _named(roles: tuple[str, ...], around: Around) -> Asked:
    """Name the person of the first role; who may not decide leaves it to their line manager."""
    told = {LINE_MANAGER: around.line_manager, PROJECT_MANAGER: around.project_manager}
    concerned = {around.employee, around.handed_in_by}
    if roles[0] == PROJECT_MANAGER and told[PROJECT_MANAGER] in concerned:
        roles = tuple(dict.fromkeys((LINE_MANAGER, *roles[1:])))
    person = told.get(roles[0])
    return Asked(roles, None if person in concerned else person)


def is_clean(row: HandedIn) -> bool:
    """Whether hours have no finding at all; an expense is always looked at by somebody."""
    return isinstance(row.wish, EntryWish) and not row.findings


def stands_in(
    person: str | None, concerned: Iterable[str], delegations: Iterable[Delegation], today: date
) -> str | None:
    """Return who decides for a person today: their delegate, unless it is the delegate's own."""
    ours = [
        each.delegate
        for each in delegations
        if each.person == person and each.start <= today <= each.end
    ]
    fit = [each for each in ours if each not in set(concerned)]
    return fit[0] if fit else person
