"""Vendors' bills in a real ERP: written once, held before they are posted, paid by a person."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from system_apis.canonical.money import Money, Price
from system_apis.canonical.payables import PayableDraft, PayableKind, PayableLine, PayableStatus
from system_apis.erp.interface import Erp
from system_apis.errors import NotFound, Refused
from tests.real.tryton.clerk import Clerk, clerk_at
from tests.real.tryton.connected import tryton_erp
from tests.real.tryton.drafts import TODAY, american_invoice, engagement, money_in
from tests.real.tryton.payer import pay_bill
from tests.real.tryton.server import Tryton

pytestmark = pytest.mark.real
DUE = date(2026, 11, 30)


def bill(number: str, *, tax: str = "0", own_rate: str = "0", held: bool = False) -> PayableDraft:
    """Return a bill of 80 hours at 70 euros for the German company, from its own vendor."""
    net = Money("5600.00", "EUR")
    charged = Money.of(Decimal(tax), "EUR")
    return PayableDraft(
        legal_entity="NWA-DE",
        vendor_number=f"VN-{number}",
        vendor_name="Delta Data BV",
        bill_number=number,
        currency="EUR",
        issue_date=TODAY,
        due_date=DUE,
        lines=(
            PayableLine(
                description="Hours of Cato",
                quantity=Decimal(80),
                unit_price=Price("70.00", "EUR"),
                net=net,
            ),
        ),
        net=net,
        tax=charged,
        gross=net + charged,
        self_assessed_rate=Decimal(own_rate),
        self_assessed=Money.of(net.value * Decimal(own_rate), "EUR"),
        held=held,
    )


async def test_a_bill_written_twice_by_one_key_is_one_in_the_books(erp: Erp, clerk: Clerk) -> None:
    """Repeating a bill answers with the one that is there, and its vendor is one party."""
    draft = bill("DD-ONCE")
    first = await erp.create_payable(draft, key="bill:once")
    again = await erp.create_payable(draft, key="bill:once")

    assert first == again == await erp.payable_by_key("bill:once")
    assert (first.status, first.number, first.gross) == (PayableStatus.DRAFT, None, draft.gross)
    assert len(clerk.invoices("DD-ONCE")) == 1
    assert clerk.party_codes("VN-DD-ONCE") == ["VN-DD-ONCE"]


async def test_a_bill_says_what_it_was_written_for(erp: Erp, clerk: Clerk) -> None:
    """Vendor, numbers, dates and lines come back, and its project bears the cost."""
    await engagement(erp, "BOUGHT")
    draft = bill("DD-WHOLE")
    on_project = replace(draft, lines=(replace(draft.lines[0], project_number="P-BOUGHT"),))
    made = await erp.create_payable(on_project, key="bill:whole")
    posted = await erp.post_payable(made.id, key="post:bill:whole")

    assert posted.number
    assert posted.number.startswith("BILL-NWA-DE-")
    assert (posted.status, posted.held) == (PayableStatus.POSTED, False)
    assert (posted.vendor_number, posted.bill_number) == ("VN-DD-WHOLE", "DD-WHOLE")
    assert (posted.issue_date, posted.due_date) == (TODAY, DUE)
    assert [(one.quantity, one.net) for one in posted.lines] == [(Decimal(80), draft.net)]
    assert await erp.post_payable(made.id, key="post:bill:whole") == posted
    assert (await erp.payables(bill_number="DD-WHOLE", legal_entity="NWA-DE")).items == [posted]
    assert (await erp.payables(vendor_number="VN-DD-WHOLE")).items == [posted]
    assert clerk.revenue_of("P-BOUGHT") == -draft.net.value


async def test_own_tax_is_owed_and_claimed_and_the_vendor_gets_the_net(erp: Erp) -> None:
    """Where the vendor charges none, the company assesses its own at the same rate."""
    draft = bill("DD-OWN", own_rate="0.19")
    made = await erp.create_payable(draft, key="bill:own")
    posted = await erp.post_payable(made.id, key="post:bill:own")

    assert (posted.net, posted.tax, posted.gross) == (draft.net, draft.tax, draft.net)
    assert posted.self_assessed == Money("1064.00", "EUR")


@pytest.mark.parametrize(("number", "tax"), [("DD-TAX", "1064.00"), ("DD-CENT", "1064.02")])
async def test_the_tax_of_a_bill_is_what_the_vendor_wrote(erp: Erp, number: str, tax: str) -> None:
    """Cents beside what Tryton computes are the vendor's to say, as the tolerance allows."""
    draft = bill(number, tax=tax)
    made = await erp.create_payable(draft, key=f"bill:{number}")
    posted = await erp.post_payable(made.id, key=f"post:{number}")

    assert (posted.tax, posted.gross) == (draft.tax, draft.gross)
    assert not posted.self_assessed


async def test_a_tax_that_nothing_is_bought_under_is_refused(erp: Erp) -> None:
    """A bill is not booked under a tax that the books have not."""
    for number, draft in enumerate((bill("DD-NONE", tax="560.00"), bill("X", own_rate="0.21"))):
        with pytest.raises(Refused) as refused:
            await erp.create_payable(draft, key=f"bill:none:{number}")

        assert refused.value.code == "NOT_SET_UP"
        assert await erp.payable_by_key(f"bill:none:{number}") is None


async def test_a_held_bill_is_blocked_before_it_is_posted_until_it_is_released(erp: Erp) -> None:
    """Posting again does not hold what was released, and releasing again changes nothing."""
    made = await erp.create_payable(bill("DD-HELD", held=True), key="bill:held")
    posted = await erp.post_payable(made.id, key="post:held")
    released = await erp.release_payable(made.id, key="release:held")

    assert (made.held, posted.held, posted.status) == (True, True, PayableStatus.POSTED)
    assert released.held is False
    assert await erp.release_payable(made.id, key="release:held") == released
    assert await erp.post_payable(made.id, key="post:held") == released


async def test_a_draft_is_released_before_it_is_posted(erp: Erp) -> None:
    """What holds a bill may be over before the bill is in the books."""
    made = await erp.create_payable(bill("DD-EARLY", held=True), key="bill:early")
    released = await erp.release_payable(made.id, key="release:early")
    posted = await erp.post_payable(made.id, key="post:early")

    assert (made.held, released.held, posted.held) == (True, False, False)


async def test_what_a_vendor_takes_back_is_booked_below_nothing(erp: Erp, clerk: Clerk) -> None:
    """A credit names its bill, and is said above nothing as it was written."""
    billed = await erp.create_payable(bill("DD-BACK"), key="bill:back")
    await erp.post_payable(billed.id, key="post:back")
    draft = replace(
        bill("DD-BACK"), kind=PayableKind.CREDIT, bill_number="CR-BACK", corrects="DD-BACK"
    )
    made = await erp.create_payable(draft, key="credit:back")
    posted = await erp.post_payable(made.id, key="post:credit:back")

    assert (posted.kind, posted.corrects) == (PayableKind.CREDIT, "DD-BACK")
    assert (posted.net, posted.gross) == (draft.net, draft.gross)
    assert [one.net for one in posted.lines] == [draft.net]
    assert [one.gross for one in clerk.invoices("CR-BACK")] == [-draft.gross.value]


async def test_a_bill_that_the_bank_paid_is_paid_and_no_client_paid_it(
    erp: Erp, tryton: Tryton, tmp_path: Path
) -> None:
    """Money that goes to a vendor is told as its bill's state, and not as money that came in."""
    await engagement(erp, "CAME-IN", "NWA-US")
    invoice = await erp.create_invoice(american_invoice("CAME-IN", ("8", "200")), key="in:one")
    invoice = await erp.post_invoice(invoice.id, key="post:in:one")
    came = await erp.record_payment(money_in(invoice, "1600.00", "wire"), key="pay:in:one")
    made = await erp.create_payable(bill("DD-PAID"), key="bill:paid")
    posted = await erp.post_payable(made.id, key="post:paid")
    await pay_bill(tryton, tmp_path, posted, TODAY)

    assert (await erp.payable(made.id)).status is PayableStatus.PAID
    payments, cursor = list[str](), None
    while True:
        page = await erp.payments(cursor=cursor)
        payments += [each.id for each in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert came.id in payments
    assert [each for each in payments if (await erp.payment(each)).amount == posted.gross] == []


async def test_a_bill_of_a_closed_month_is_refused_by_name(
    own_erp: Erp, own_tryton: Tryton
) -> None:
    """Nothing is posted into a month that is over, and the draft says so."""
    made = await own_erp.create_payable(bill("DD-LATE", held=True), key="bill:late")
    with clerk_at(own_tryton) as clerk:
        clerk.close_period("NWA-DE", TODAY)
    with pytest.raises(Refused) as refused:
        await own_erp.post_payable(made.id, key="post:late")

    assert refused.value.code == "PERIOD_CLOSED"
    assert (await own_erp.payable(made.id)).status is PayableStatus.DRAFT


async def test_companies_that_buy_nothing_through_us_key_their_bills_in(
    tryton: Tryton, tmp_path: Path
) -> None:
    """Without a product to buy, a bill waits for a person, and nothing is found."""
    config = tryton.config()
    companies = {code: replace(each, purchases=()) for code, each in config.companies.items()}
    async with tryton_erp(tryton, tmp_path, replace(config, companies=companies)) as erp:
        with pytest.raises(Refused) as refused:
            await erp.create_payable(bill("DD-HAND"), key="bill:hand")

        assert refused.value.code == "NOT_OFFERED"
        assert await erp.payable_by_key("bill:hand") is None
        assert (await erp.payables()).items == []


async def test_an_unknown_payable_is_not_found(erp: Erp) -> None:
    """An id that the books never had is `NotFound`."""
    with pytest.raises(NotFound):
        await erp.payable("pay_00000000000000000000000000")
