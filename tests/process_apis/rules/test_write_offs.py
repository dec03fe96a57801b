"""What may be written off, who agrees to which amount, and what a firm loses by it."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from governance.editions import Edition, Editions
from process_apis.order_tiers import OrderTier
from process_apis.project_to_cash.invoicing.down_payments import Deposit
from process_apis.project_to_cash.records import BillingEvent, BillingKind, Blocker, EventStatus
from process_apis.project_to_cash.rules import prepare
from process_apis.project_to_cash.write_offs.rules import ground_of, why_not
from process_apis.project_to_cash.write_offs.terms import WriteOffTerms
from process_apis.revenue.figures import worth
from process_apis.revenue.figures.facts import WorkLine
from system_apis.canonical.billing import LineKind
from system_apis.canonical.contracts import DownPaymentTerms
from system_apis.canonical.money import Money
from tests.process_apis.billing_facts import HALF_UP, MONTH_END, entry, facts
from tests.process_apis.revenue_facts import at_rates, line

SEEN = facts(entry("8"))
DUE = replace(SEEN.event, status=EventStatus.BLOCKED)
PREPARED = prepare(SEEN, HALF_UP)
GROSS = PREPARED.draft.gross
OCTOBER = (date(2026, 10, 1), MONTH_END)


def kept_back(code: str, reason: str) -> Blocker:
    """Return what keeps an event back."""
    return Blocker(code=code, reason=reason, owner="finance", remedy="put it right")


@pytest.mark.parametrize(
    ("event", "found", "why"),
    [
        (replace(DUE, status=EventStatus.PLANNED), (), "have it checked first"),
        (replace(DUE, status=EventStatus.READY), (), "let it be invoiced"),
        (replace(DUE, status=EventStatus.INVOICED), (), "draft sent back, or credit"),
        (replace(DUE, status=EventStatus.CANCELLED), (), "never opened"),
        (replace(DUE, status=EventStatus.NOTHING_TO_BILL), (), "nothing to give up"),
        (replace(DUE, status=EventStatus.WRITTEN_OFF), (), "given up already"),
        (replace(DUE, kind=BillingKind.DOWN_PAYMENT), (), "change the contract"),
        (replace(DUE, sequence=2), (), "bill or credit it"),
        (DUE, (kept_back("B14", "DISPUTE_OPEN"),), "DISPUTE_OPEN: put it right"),
        (DUE, (kept_back("B05", "HOURS_UNDECIDED"),), "HOURS_UNDECIDED: put it right"),
        (DUE, (kept_back("B10", "INVOICE_OF_ANOTHER_HAND"),), "INVOICE_OF_ANOTHER_HAND"),
    ],
)
def test_what_may_not_be_written_off_says_what_comes_first(
    event: BillingEvent, found: tuple[Blocker, ...], why: str
) -> None:
    """In another state, in dispute, undecided, or no work at all."""
    refusal = why_not(event, PREPARED, found, GROSS)

    assert refusal is not None
    assert why in refusal


def test_what_is_due_is_written_off_for_what_it_comes_to() -> None:
    """Blocked or sent back, whatever else keeps it back; and not for a cent more."""
    order = (kept_back("B03", "NO_PURCHASE_ORDER"),)
    more = GROSS + Money.of("0.01", "USD")

    assert why_not(DUE, PREPARED, order, GROSS) is None
    assert why_not(replace(DUE, status=EventStatus.RETURNED), PREPARED, (), GROSS) is None
    assert why_not(DUE, PREPARED, (), more) == (
        f"{DUE.id} comes to 2,240.00 USD by now, not 2,240.01 USD: look again"
    )


def test_what_a_down_payment_pays_for_is_billed_and_not_given_up() -> None:
    """The client has paid for it."""
    paid = replace(SEEN.contract, down_payment=DownPaymentTerms(Money.of("500", "USD"), MONTH_END))
    deposit = Deposit(Money.of("500", "USD"), Money.of("0", "USD"))
    prepared = prepare(replace(SEEN, contract=paid, deposit=deposit), HALF_UP)

    refusal = why_not(DUE, prepared, (), prepared.draft.gross)

    assert refusal is not None
    assert "a down payment pays for some of it" in refusal.replace(DUE.id, "it")


def test_other_work_of_the_same_amount_is_another_ground() -> None:
    """What was agreed to is these hours, and not some that come to as much."""
    same, other = prepare(SEEN, HALF_UP), prepare(facts(entry("8", number=2)), HALF_UP)

    assert ground_of(PREPARED) == ground_of(same)
    assert PREPARED.draft.gross == other.draft.gross
    assert ground_of(PREPARED) != ground_of(other)


def test_the_amount_says_who_agrees_by_the_terms_of_the_day() -> None:
    """A limit holds to the cent; of a currency without a rate the last tier decides."""
    stricter = WriteOffTerms(tiers=(OrderTier(("cfo",)),))
    terms = Editions(WriteOffTerms(), (Edition(date(2027, 1, 1), 1, stricter),))
    now, later = terms.on(date(2026, 12, 31)), terms.on(date(2027, 1, 1))

    assert now.terms.roles(Decimal("50000.00")) == ("finance_director",)
    assert now.terms.roles(Decimal("50000.01")) == ("finance_director", "cfo")
    assert now.terms.roles(None) == ("finance_director", "cfo")
    assert (now.version, later.version) == (0, 1)
    assert later.terms.roles(Decimal(1)) == ("cfo",)


def test_what_is_written_off_is_lost_in_the_month_in_which_it_was() -> None:
    """With what was over its cap beside it, which is told of as such."""
    cap, day = LineKind.NTE_ADJUSTMENT, date(2026, 10, 20)
    gone = (
        WorkLine(day, LineKind.TIME, Money.of("1000", "USD")),
        WorkLine(day, cap, Money.of("-300", "USD")),
        WorkLine(date(2026, 11, 2), LineKind.TIME, Money.of("77", "USD")),
    )

    lost = worth.lost(at_rates(lines=(line("-50", cap),), given_up=gone), *OCTOBER)

    assert lost.write_off == Money.of("700", "USD")
    assert lost.over_cap == Money.of("350", "USD")
    assert lost.total == Money.of("1050", "USD")
