"""Money is applied by itself only where there is no doubt whose invoice it pays."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from process_apis.project_to_cash.collection.matching import is_named, proposals
from process_apis.project_to_cash.receivables import Application, Match
from system_apis.canonical.billing import Payment, PaymentApplication
from system_apis.canonical.money import Money
from tests.process_apis.owing_facts import posted, received

quietly = settings(max_examples=150, deadline=None, database=None)


def told(found: list[Application]) -> list[tuple[str, str, Match]]:
    return [(each.invoice_number, each.amount.amount, each.match) for each in found]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("INV-7", True),
        ("payment of inv-7, thanks", True),
        ("(INV-7)", True),
        ("INV-8 INV-7.", True),
        ("INV-77", False),
        ("INV-7-1", False),
        ("INV-7/2", False),
        ("XINV-7", False),
        ("A-INV-7", False),
        ("invoice 7", False),
        ("", False),
    ],
)
def test_a_number_counts_when_it_stands_alone(text: str, named: bool) -> None:
    """Another invoice's number may begin or end with it."""
    assert is_named("INV-7", text) is named


def test_what_is_named_is_paid_the_oldest_first_and_never_more_than_is_owed() -> None:
    """Of 250, the first takes its 100, the second what is left."""
    older = date(2026, 11, 15)
    owing = [posted("INV-1", "200"), posted("INV-2", "150", paid="50", due=older)]

    found = proposals(received("250", "INV-1 and INV-2"), owing)

    assert told(found) == [
        ("INV-2", "100.00", Match.REFERENCE),
        ("INV-1", "150.00", Match.REFERENCE),
    ]


def test_an_amount_alone_pays_the_one_invoice_that_it_fits() -> None:
    """What is owed counts, not what was invoiced."""
    owing = [posted("INV-1", "150", paid="50"), posted("INV-2", "150")]

    found = proposals(received("100", "thanks"), owing)

    assert told(found) == [("INV-1", "100.00", Match.AMOUNT)]


@pytest.mark.parametrize(
    ("money", "why"),
    [
        (received("150"), "two invoices fit"),
        (received("99"), "none fits"),
        (received("100", client="CL-2"), "another client's money"),
        (received("100", "INV-1", client="CL-2"), "another client names it"),
        (received("100", "INV-1", currency="EUR"), "another currency"),
    ],
)
def test_where_there_is_doubt_a_person_decides(money: Payment, why: str) -> None:
    """Nothing is applied by itself."""
    owing = [posted("INV-1", "100"), posted("INV-2", "150"), posted("INV-3", "150")]

    assert proposals(money, owing) == [], why


def test_an_invoice_takes_from_a_payment_once() -> None:
    """What is applied already is not applied again, whatever the text still names."""
    hundred = Money.of("100", "USD")
    payment = Payment(
        id=received("150").id,
        legal_entity="US",
        invoice_number=None,
        client_number="CL-1",
        date=received("150").date,
        amount=Money.of("150", "USD"),
        reference="INV-1",
        applications=(PaymentApplication("INV-1", hundred),),
        unapplied=Money.of("50", "USD"),
        source=received("150").source,
    )

    assert proposals(payment, [posted("INV-1", "200", paid="100")]) == []


def test_a_payment_is_what_is_applied_and_what_is_left() -> None:
    """Another sum is no payment."""
    with pytest.raises(ValueError, match="make up the amount"):
        Payment(
            id=received("1").id,
            legal_entity="US",
            invoice_number=None,
            date=received("1").date,
            amount=Money.of("150", "USD"),
            reference=None,
            applications=(PaymentApplication("INV-1", Money.of("100", "USD")),),
            unapplied=Money.of("49", "USD"),
            source=received("1").source,
        )


@quietly
@given(
    st.integers(1, 500),
    st.lists(st.tuples(st.integers(1, 200), st.integers(0, 200)), max_size=5),
    st.sets(st.integers(0, 4)),
)
def test_no_more_is_applied_than_came_in_or_is_owed(
    amount: int, owing: list[tuple[int, int]], named: set[int]
) -> None:
    """Whatever is owed, paid before and named."""
    invoices = [
        posted(f"INV-{number}", str(gross), paid=str(min(gross, paid)))
        for number, (gross, paid) in enumerate(owing)
    ]
    text = " ".join(f"INV-{each}" for each in sorted(named))
    owed = {each.number: each.owed for each in invoices}

    found = proposals(received(str(amount), text), invoices)

    applied = Money.total((each.amount for each in found), "USD")
    assert applied <= Money.of(str(amount), "USD")
    assert all(Money.zero("USD") < each.amount <= owed[each.invoice_number] for each in found)
    assert len({each.invoice_number for each in found}) == len(found)
