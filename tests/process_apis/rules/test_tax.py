"""The tax we expect of an ERP, worked out in the way that it declares."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from process_apis.project_to_cash.invoicing.tax import drafted_with, exemption_reason
from process_apis.project_to_cash.rules import expected_tax, prepare
from system_apis.canonical.billing import UNTAXED, PostingTerms, TaxRounding
from system_apis.canonical.contracts import TaxTerms
from system_apis.canonical.money import Money, Rounding
from tests.process_apis.billing_facts import HALF_UP, contract, entry, facts, hours_line

UP, EVEN = Rounding.HALF_UP, Rounding.HALF_EVEN
LINE, GROUP, EXACT = TaxRounding.LINE, TaxRounding.GROUP, TaxRounding.EXACT_GROUP


@pytest.mark.parametrize(
    ("rounding", "tax_rounding", "tax"),
    [
        (UP, LINE, "293.91"),
        (UP, GROUP, "293.91"),
        (UP, EXACT, "293.91"),
        (EVEN, LINE, "293.91"),
        (EVEN, GROUP, "293.90"),
        (EVEN, EXACT, "293.91"),
    ],
)
def test_tax_of_three_lines_of_half_cents_follows_the_declaration(
    rounding: Rounding, tax_rounding: TaxRounding, tax: str
) -> None:
    """Of three lines of 2.75 h x 187.50, 19 % is one of two amounts."""
    terms = PostingTerms(rounding, tax_rounding)
    lines = [hours_line("2.75", "187.50", terms)] * 3

    assert expected_tax(lines, Decimal("0.19"), terms, "EUR") == Money(tax, "EUR")


@pytest.mark.parametrize(
    ("tax_rounding", "tax"), [(LINE, "0.57"), (GROUP, "0.56"), (EXACT, "0.56")]
)
def test_tax_by_line_and_by_group_differ(tax_rounding: TaxRounding, tax: str) -> None:
    """Three lines of 0.98 have 0.19 of tax each, and 0.56 of tax together."""
    terms = PostingTerms(UP, tax_rounding)
    lines = [hours_line("1", "0.98", terms)] * 3

    assert expected_tax(lines, Decimal("0.19"), terms, "EUR") == Money(tax, "EUR")


@pytest.mark.parametrize("tax_rounding", TaxRounding)
@pytest.mark.parametrize(("rounding", "tax"), [(UP, "0.13"), (EVEN, "0.12")])
def test_a_tax_of_half_a_cent_goes_the_way_the_erp_rounds(
    tax_rounding: TaxRounding, rounding: Rounding, tax: str
) -> None:
    """5 % of 2.50 is half a cent."""
    terms = PostingTerms(rounding, tax_rounding)
    lines = [hours_line("1", "2.50", terms)]

    assert expected_tax(lines, Decimal("0.05"), terms, "EUR") == Money(tax, "EUR")


@pytest.mark.parametrize("tax_rounding", TaxRounding)
@pytest.mark.parametrize(("currency", "tax"), [("JPY", "200"), ("KWD", "200.000")])
def test_tax_has_the_decimals_of_its_currency(
    tax_rounding: TaxRounding, currency: str, tax: str
) -> None:
    """Yen have no decimals, dinars three."""
    terms = PostingTerms(UP, tax_rounding)
    lines = [hours_line("1", "2000", terms, currency)]

    assert expected_tax(lines, Decimal("0.1"), terms, currency) == Money(tax, currency)


@pytest.mark.parametrize("tax_rounding", TaxRounding)
def test_an_invoice_without_lines_has_no_tax(tax_rounding: TaxRounding) -> None:
    """Nothing billed, nothing taxed."""
    terms = PostingTerms(UP, tax_rounding)

    assert expected_tax([], Decimal("0.19"), terms, "EUR") == Money.zero("EUR")


@pytest.mark.parametrize("category", sorted(UNTAXED))
def test_an_invoice_of_a_category_without_tax_has_no_rate(category: str) -> None:
    """Zero-rated, exempt, reverse charge, out of scope and export alike."""
    agreed = replace(contract(), tax=TaxTerms(category, Decimal(0)))
    draft = prepare(facts(entry("8"), agreed=agreed), HALF_UP).draft

    with pytest.raises(ValueError, match=f"tax category {category} has none"):
        replace(draft, tax_rate=Decimal("0.19"))

    assert (draft.tax_category, draft.tax.amount) == (category, "0.00")


def test_an_invoice_says_when_the_client_owes_the_tax() -> None:
    """Reverse charge is named on the invoice; other categories name nothing by themselves."""
    said = {each: exemption_reason(TaxTerms(each, Decimal(0))) for each in sorted(UNTAXED | {"S"})}

    assert said.pop("AE") == "Reverse charge"
    assert set(said.values()) == {None}


def test_a_contract_that_contradicts_itself_is_drafted_without_tax() -> None:
    """The draft stands while its event is blocked."""
    assert drafted_with(TaxTerms("E", Decimal("0.19"))) == TaxTerms("O", Decimal(0))
    assert drafted_with(TaxTerms("S", Decimal("0.19"))) == TaxTerms("S", Decimal("0.19"))
