"""Journal entries in a real ERP: booked once, posted at once, and taken back by another."""

from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from system_apis.canonical.journals import JournalDraft, JournalLine, LedgerAccount
from system_apis.canonical.money import Money
from system_apis.erp.interface import Erp
from system_apis.errors import NotFound, Refused
from tests.real.tryton.clerk import Clerk, clerk_at
from tests.real.tryton.connected import tryton_erp
from tests.real.tryton.drafts import TODAY
from tests.real.tryton.server import Tryton

pytestmark = pytest.mark.real


def accrual(amount: str, *, currency: str = "EUR", day: date = TODAY) -> JournalDraft:
    """Return what the German company received and was not billed for, on a project of its own."""
    worth, nothing = Money(amount, currency), Money.zero(currency)
    return JournalDraft(
        legal_entity="NWA-DE",
        date=day,
        description="PO-5501 line 1, received and not billed",
        currency=currency,
        lines=(
            JournalLine(
                account=LedgerAccount.SUBCONTRACT_COST,
                project_number="P-2001",
                debit=worth,
                credit=nothing,
            ),
            JournalLine(account=LedgerAccount.ACCRUED_LIABILITY, debit=nothing, credit=worth),
        ),
    )


async def test_an_accrual_booked_twice_by_one_key_is_one_in_the_books(
    erp: Erp, clerk: Clerk
) -> None:
    """It is posted at once, with a number, and says what it was booked for."""
    draft = accrual("5600.00")
    first = await erp.record_journal(draft, key="ACCRUAL:once")
    again = await erp.record_journal(draft, key="ACCRUAL:once")

    assert first == again == await erp.journal_by_key("ACCRUAL:once")
    assert clerk.bookings("ACCRUAL:once") == ["posted"]
    assert first.number
    assert (first.date, first.description, first.lines) == (TODAY, draft.description, draft.lines)
    assert await erp.journal(first.id) == first
    assert first in (await erp.journals(legal_entity="NWA-DE")).items


async def test_an_accrual_is_taken_back_by_an_entry_of_its_own(erp: Erp) -> None:
    """Nothing that was booked is changed, and both together are nothing."""
    draft = accrual("140.00")
    booked = await erp.record_journal(draft, key="ACCRUAL:two")
    sides = tuple(replace(each, debit=each.credit, credit=each.debit) for each in draft.lines)
    back = replace(draft, date=date(2026, 11, 1), lines=sides)
    taken = await erp.record_journal(back, key="back:ACCRUAL:two")

    assert await erp.journal(booked.id) == booked
    assert {(each.account, each.debit.value - each.credit.value) for each in taken.lines} == {
        (each.account, each.credit.value - each.debit.value) for each in booked.lines
    }


async def test_an_entry_in_another_currency_or_of_no_year_is_refused(erp: Erp) -> None:
    """The books are kept in the company's currency, month by month."""
    for draft, code in (
        (accrual("100.00", currency="USD"), "CURRENCY_MISMATCH"),
        (accrual("100.00", day=date(2031, 1, 31)), "PERIOD_CLOSED"),
    ):
        with pytest.raises(Refused) as refused:
            await erp.record_journal(draft, key=f"ACCRUAL:{code}")
        assert refused.value.code == code
        assert await erp.journal_by_key(f"ACCRUAL:{code}") is None


async def test_nothing_is_booked_into_a_month_that_is_closed(
    own_erp: Erp, own_tryton: Tryton
) -> None:
    """The refusal says which day has no open period."""
    with clerk_at(own_tryton) as clerk:
        clerk.close_period("NWA-DE", TODAY)
    with pytest.raises(Refused) as refused:
        await own_erp.record_journal(accrual("100.00"), key="ACCRUAL:late")

    assert refused.value.code == "PERIOD_CLOSED"


async def test_a_company_without_a_ledger_books_by_hand(tryton: Tryton, tmp_path: Path) -> None:
    """What we may not book waits for a person, and nothing is found."""
    config = tryton.config()
    companies = {code: replace(each, ledger=None) for code, each in config.companies.items()}
    async with tryton_erp(tryton, tmp_path, replace(config, companies=companies)) as erp:
        with pytest.raises(Refused) as refused:
            await erp.record_journal(accrual("100.00"), key="ACCRUAL:hand")

        assert refused.value.code == "NOT_OFFERED"
        assert (await erp.journals()).items == []


async def test_an_unknown_entry_is_not_found(erp: Erp) -> None:
    """An id that the books never had is `NotFound`."""
    with pytest.raises(NotFound):
        await erp.journal("jr_00000000000000000000000000")
