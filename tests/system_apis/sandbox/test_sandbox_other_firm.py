"""Any firm's facts load: other currencies and rounding, sections that are missing."""

from collections.abc import AsyncIterator, Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from msgspec import Struct

from system_apis.canonical.money import Rounding
from system_apis.canonical.sales import Stage
from system_apis.sandbox.books import Fact
from system_apis.sandbox.contracts.arrivals import arrivals as agreements
from system_apis.sandbox.contracts.records import Agreement
from system_apis.sandbox.crm.arrivals import arrivals as accounts
from system_apis.sandbox.crm.records import Account
from system_apis.sandbox.erp.arrivals import arrivals, currencies
from system_apis.sandbox.erp.records import Currency, Customer
from system_apis.sandbox.firm import Client, Entity, Firm, Period, PriorInvoice, SystemEntry
from system_apis.sandbox.terms import Contract, Effective
from tests.system_apis.sandbox.bills import Company, drafted, prepared
from tests.system_apis.sandbox.house import House, house_of
from tests.system_apis.sandbox.other_firm import write_other_firm

JP = Company(
    legal_entity="KB-JP",
    currency="JPY",
    country="JP",
    tax_category="S",
    tax_rate=Decimal("0.10"),
)
KW = Company(
    legal_entity="KB-KW",
    currency="KWD",
    country="KW",
    tax_category="E",
    tax_rate=Decimal(0),
)
R = TypeVar("R", bound=Struct)
FEBRUARY = (date(2027, 2, 1), date(2027, 2, 28))


@pytest.fixture
async def other(tmp_path: Path) -> AsyncIterator[House]:
    """Run the other firm's systems at the end of its February."""
    async with house_of(write_other_firm(tmp_path / "firm"), tmp_path) as opened:
        await opened.at("2027-02-28T23:59:59Z")
        yield opened


async def test_kinds_that_are_not_played_are_left_out(
    other: House,
) -> None:
    """A firm may run more than the sandbox knows."""
    assert other.address.instances == ("sales", "work", "books", "paper", "work-2")


async def test_books_that_round_half_even_do_so_in_every_currency(other: House) -> None:
    """Yen have no decimals, dinars three."""
    erp = other.erp("books", Rounding.HALF_EVEN)
    await prepared(erp, JP, "1")
    await prepared(erp, KW, "2")
    yen = await drafted(erp, JP, "a", FEBRUARY[1], ("0.5", "5"), ("0.5", "7"), mark="1")
    dinar = await drafted(erp, KW, "b", FEBRUARY[1], ("0.5", "0.005"), mark="2")

    assert (yen.net.amount, yen.tax.amount) == ("6", "1")  # 2.5 is 2, 3.5 is 4, 0.6 is 1
    assert dinar.net.amount == "0.002"  # 0.0025


async def test_hours_and_expenses_keep_their_exact_amounts(other: House) -> None:
    """Base units differ by currency, and a third of an hour is not rounded away."""
    psa = other.psa("work")
    hours = (await psa.time_entries(project_number="W-1", start=FEBRUARY[0], end=FEBRUARY[1])).items
    spent = (
        await psa.expense_lines(project_number="W-1", start=FEBRUARY[0], end=FEBRUARY[1])
    ).items
    [badr] = await psa.resources(legal_entity="KB-KW")

    assert [entry.hours for entry in hours] == [Decimal("0.33")]
    assert [line.amount.amount for line in spent] == ["3.005", "1200"]
    assert (badr.cost_rate.amount, badr.list_rate) == ("12.345", None)


async def test_a_contract_without_cap_order_or_opening_balance_has_none(other: House) -> None:
    """What a fixture does not say is absent."""
    [contract] = (await other.contracts("paper").contracts()).items
    [sale] = (await other.crm("sales").opportunities()).items

    assert (contract.nte_cap, contract.billed_to_date, contract.payment_terms_days) == (None,) * 3
    assert contract.purchase_orders == ()
    assert sale.stage is Stage.OPEN


def test_companies_whose_codes_end_alike_have_numbers_of_their_own() -> None:
    """No two companies of one ERP share a prefix."""
    earlier = PriorInvoice(
        "no digits",
        "A-UK",
        "X-1",
        "GBP",
        date(2027, 1, 31),
        Decimal(1),
        Decimal(0),
        Decimal(1),
    )
    firm = Firm(
        name="Twins",
        entities=(Entity("A-UK", "GBP"), Entity("B-UK", "GBP")),
        prior_invoices=(earlier,),
    )
    facts = list(arrivals(firm, "books", frozenset({"A-UK", "B-UK"})))
    prefixes = {fact.id: fact.patch for fact in facts if fact.type == "sequence"}

    assert b'"INV-A-UK-"' in prefixes["A-UK"]
    assert b'"INV-B-UK-"' in prefixes["B-UK"]


def test_each_system_has_its_own_record_of_a_clients_parent() -> None:
    """One that the ledger does not have as a customer is named in the CRM alone."""
    umi = Client("X-1", "Umi KK", "JP", xref={"books": "7", "sales": "A1"})
    nami = Client("X-2", "Nami KK", "JP", parent="X-1", xref={"books": "8", "sales": "A2"})
    kawa = Client("X-3", "Kawa KK", "JP", xref={"sales": "A3"})
    sawa = Client("X-4", "Sawa KK", "JP", parent="X-3", xref={"books": "9", "sales": "A4"})
    firm = Firm(name="Houses", clients=(umi, nami, kawa, sawa))

    booked = _records(arrivals(firm, "books", frozenset()), "customer", Customer)
    sold = _records(accounts(firm, "sales"), "Account", Account)

    assert {each.id: each.parent for each in booked} == {"7": None, "8": "7", "9": None}
    assert {each.id: each.parent_id for each in sold} == {
        "A1": None,
        "A2": "A1",
        "A3": None,
        "A4": "A3",
    }


def test_what_a_firm_does_not_tell_its_ledger_does_not_tell_either() -> None:
    """No address is another thing than none that anybody keeps; currencies likewise."""
    silent = Client("X-1", "Umi KK", "JP", xref={"books": "7"})
    none = Client("X-2", "Nami KK", "JP", xref={"books": "8"}, einvoice_endpoints=())
    firm = Firm(name="Told", clients=(silent, none))
    takes = SystemEntry("books", "erp", currencies=("JPY", "KWD"))

    booked = _records(arrivals(firm, "books", frozenset()), "customer", Customer)
    taken = _records(currencies(takes), "currency", Currency)

    assert [each.einvoice_ids for each in booked] == [None, ()]
    assert [each.symbol for each in taken] == ["JPY", "KWD"]
    assert list(currencies(SystemEntry("books", "erp"))) == []


def _records(facts: Iterable[Fact], record_type: str, into: type[R]) -> list[R]:
    return [
        msgspec.json.decode(each.patch, type=into) for each in facts if each.type == record_type
    ]


@pytest.mark.parametrize(
    ("since", "billed", "opening"),
    [
        (date(2027, 1, 31), None, ("0", "2027-01-31")),
        (date(2026, 6, 1), Decimal(700), ("700", "2027-01-31")),
        (date(2027, 2, 1), None, None),
    ],
)
def test_a_contract_that_began_before_the_month_is_billed_until_then(
    since: date, billed: Decimal | None, opening: tuple[str, str] | None
) -> None:
    """The fees of earlier months are not billed again, also where nobody says what they were."""
    contract = Contract(
        id="D-1",
        client="X-1",
        project="W-1",
        legal_entity="KB-JP",
        currency="JPY",
        billing_model="RETAINER",
        effective=Effective(since, date(2027, 12, 31)),
        monthly=Decimal(1000),
        billed_to_date=billed,
    )
    month = Period(date(2027, 2, 1), date(2027, 2, 28))
    firm = Firm(name="Earlier", contracts=(contract,), period=month)

    [fact] = agreements(firm)
    held = msgspec.json.decode(fact.patch, type=Agreement).commercials.opening_balance

    assert (held and (str(held.amount), str(held.through))) == opening
