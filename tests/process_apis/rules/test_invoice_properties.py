"""What holds of every invoice, whatever was worked, spent, agreed and billed before."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.rules import expected_tax, prepare
from system_apis.canonical.billing import LineKind, PostingTerms, TaxRounding
from system_apis.canonical.contracts import CapScope
from system_apis.canonical.money import Money, Rounding, minor_unit
from tests.process_apis.billing_facts import contract, entry, expense, facts, nets, shares

ROLES = ("Principal", "Consultant", "Engineer")
CENTS = Decimal("0.01")
hours = st.integers(1, 2400).map(lambda hundredths: str(hundredths * CENTS))
prices = st.integers(1, 10**9).map(lambda millionths: f"{Decimal(millionths) / 10**4:f}")
terms = st.builds(PostingTerms, st.sampled_from(Rounding), st.sampled_from(TaxRounding))
quietly = settings(max_examples=150, deadline=None, database=None)


@st.composite
def months(draw: st.DrawFn) -> BillingFacts:
    """Draw a month of work and expenses in some currency, under a contract with or without cap."""
    currency = draw(st.sampled_from(["USD", "EUR", "JPY", "KWD"]))
    unit = minor_unit(currency)
    amounts = st.integers(1, 10**7).map(lambda units: str(units * unit))
    work = draw(
        st.lists(
            st.tuples(hours, st.sampled_from(("E1", "E2")), st.sampled_from(ROLES)), max_size=8
        )
    )
    spent = draw(st.lists(amounts, max_size=3))
    return facts(
        *(entry(*each, number) for number, each in enumerate(work)),
        agreed=contract(
            rates={role: draw(prices) for role in ROLES},
            currency=currency,
            cap=draw(st.none() | amounts),
            scope=draw(st.sampled_from(CapScope)),
            tax=draw(st.sampled_from(["0", "0.05", "0.077", "0.19", "0.2"])),
        ),
        expenses=tuple(
            expense(amount, number, currency=currency) for number, amount in enumerate(spent)
        ),
        billed=draw(amounts),
    )


@quietly
@given(months(), terms)
def test_the_sources_of_an_invoice_add_up_to_its_net(
    month: BillingFacts, declared: PostingTerms
) -> None:
    """Every line is made up of its sources, the net of the lines, the gross of net and tax."""
    prepared = prepare(month, declared)
    draft = prepared.draft

    assert [shares(each) for each in prepared.billed] == [each.net for each in draft.lines]
    assert Money.total((each.net for each in draft.lines), draft.currency) == draft.net
    assert draft.gross == draft.net + draft.tax


@quietly
@given(months(), terms)
def test_an_invoice_never_goes_over_the_cap_and_never_below_nothing(
    month: BillingFacts, declared: PostingTerms
) -> None:
    """What the cap counts fits in what is left of it, or is nothing when nothing is left."""
    prepared = prepare(month, declared)
    agreed = month.contract

    outside = {LineKind.EXPENSES} if agreed.nte_scope is CapScope.FEES else set()
    counted = sum(Decimal(net) for kind, net in nets(prepared) if kind not in outside)
    assert counted >= 0
    if agreed.nte_cap is None:
        assert not prepared.over_cap
    else:
        assert counted <= max(agreed.nte_cap.value - month.billed.value, Decimal(0))


@quietly
@given(months(), terms)
def test_every_entry_is_billed_for_all_its_hours_and_never_for_less_than_nothing(
    month: BillingFacts, declared: PostingTerms
) -> None:
    """Each approved entry is the source of exactly one line."""
    prepared = prepare(month, declared)

    sources = [
        source
        for billed in prepared.billed
        if billed.line.kind is LineKind.TIME
        for source in billed.sources
    ]
    assert sorted(each.source_id for each in sources) == [each.id for each in month.entries]
    assert {each.source_id: each.quantity for each in sources} == {
        each.id: each.hours for each in month.entries
    }
    assert all(each.amount.value >= 0 for each in sources)


@quietly
@given(months(), st.sampled_from(Rounding), st.sampled_from(["0.05", "0.077", "0.19"]))
def test_the_ways_to_round_tax_stay_close_together(
    month: BillingFacts, rounding: Rounding, rate: str
) -> None:
    """Tax by line, by group and of the exact sum differ by less than a unit a line."""
    draft = prepare(month, PostingTerms(rounding)).draft

    taxes = [
        expected_tax(draft.lines, Decimal(rate), PostingTerms(rounding, each), draft.currency)
        for each in TaxRounding
    ]
    spread = max(each.value for each in taxes) - min(each.value for each in taxes)
    assert spread <= minor_unit(draft.currency) * (len(draft.lines) + 1)
