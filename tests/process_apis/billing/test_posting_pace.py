"""A company posts no more in a day than the firm allows, whoever approved it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from process_apis.project_to_cash.ledger.pace import PaceLimits, PostingPace
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from process_apis.project_to_cash.rules import ApprovalPolicy, Tier
from system_apis.errors import Refused
from tests.process_apis.billing_facts import entry
from tests.process_apis.ledger_house import LedgerHouse, ledger_house

EACH = Decimal("2240.00")
POLICY = ApprovalPolicy(version=1, currency="USD", rates={}, tiers=(Tier(None, ("finance",)),))


class Bookkeeper:
    """Sends approved invoices to the books, on a day that the test says."""

    def __init__(self, house: LedgerHouse) -> None:
        self.house = house
        self.now = datetime(2026, 10, 31, 23, 59, tzinfo=UTC)
        self.made = 0

    def at(self, **limits: object) -> PostingPace:
        return self.under(PaceLimits(**limits))  # type: ignore[arg-type]  # int or Decimal

    def under(self, limits: PaceLimits, policy: ApprovalPolicy = POLICY) -> PostingPace:
        house = self.house
        return PostingPace(house.store, house.billing, limits, policy, lambda: self.now)

    async def approved(self, company: str = "NWA-US") -> ClientInvoice:
        """Return an approved invoice over 2,240.00 USD."""
        self.made += 1
        self.house.entries.append(entry("8", number=self.made))
        billed = await self.house.bill(self.made)
        assert billed is not None
        draft = replace(billed.draft, legal_entity=company)
        waiting = replace(billed, draft=draft, stage=InvoiceStage.APPROVED)
        return await self.house.billing.moved(waiting, seen=billed)


@pytest.fixture
async def bookkeeper(tmp_path: Path) -> AsyncIterator[Bookkeeper]:
    async with ledger_house(tmp_path, None) as house:
        yield Bookkeeper(house)


async def _stopped(pace: PostingPace, invoice: ClientInvoice) -> str:
    with pytest.raises(Refused) as told:
        await pace.reserve(invoice)
    assert told.value.code == "TOO_MUCH_IN_A_DAY"
    return str(told.value)


async def test_rl_11_the_invoice_after_the_last_of_the_day_stops(bookkeeper: Bookkeeper) -> None:
    """It stays approved, and goes out on the next day."""
    pace = bookkeeper.at(invoices=2)
    for _ in range(2):
        await pace.reserve(await bookkeeper.approved())
    third = await bookkeeper.approved()
    said = await _stopped(pace, third)
    kept = await bookkeeper.house.billing.invoice(third.id)
    bookkeeper.now = datetime(2026, 11, 1, 0, 0, tzinfo=UTC)
    gone = await pace.reserve(third)

    assert "invoice 3 of the day, of at most 2" in said
    assert kept == third
    assert gone.stage is InvoiceStage.POSTING


async def test_rl_11_the_amount_of_a_day_is_bounded_to_the_cent(bookkeeper: Bookkeeper) -> None:
    """Exactly the limit goes; a cent less of it, and the second invoice stops."""
    exact, less = (bookkeeper.at(amount=2 * EACH - cut) for cut in (0, Decimal("0.01")))
    await exact.reserve(await bookkeeper.approved())
    second = await bookkeeper.approved()
    await _stopped(less, second)

    assert (await exact.reserve(second)).stage is InvoiceStage.POSTING


async def test_rl_11_what_was_refused_is_not_counted(bookkeeper: Bookkeeper) -> None:
    """Trying again all day does not use tomorrow's or another invoice's room up."""
    small, wide = bookkeeper.at(invoices=1), bookkeeper.at(invoices=2)
    await small.reserve(await bookkeeper.approved())
    second = await bookkeeper.approved()
    for _ in range(5):
        await _stopped(small, second)

    assert (await wide.reserve(second)).stage is InvoiceStage.POSTING


async def test_rl_11_companies_do_not_use_each_others_room_up(bookkeeper: Bookkeeper) -> None:
    """Each company has its own day."""
    pace = bookkeeper.at(invoices=1)
    await pace.reserve(await bookkeeper.approved("NWA-US"))

    assert await pace.reserve(await bookkeeper.approved("NWA-DE"))


async def test_rl_11_a_hundred_at_once_are_no_way_round(bookkeeper: Bookkeeper) -> None:
    """Deciding and counting are one transaction."""
    pace = bookkeeper.at(invoices=5)
    waiting = [await bookkeeper.approved() for _ in range(20)]
    answers = await asyncio.gather(*map(pace.reserve, waiting), return_exceptions=True)

    assert sum(isinstance(each, ClientInvoice) for each in answers) == 5


async def test_rl_11_a_currency_without_a_rate_is_no_way_round(bookkeeper: Bookkeeper) -> None:
    """What nobody can compare with the limit is not posted under it."""
    euros = ApprovalPolicy(version=1, currency="EUR", rates={}, tiers=POLICY.tiers)
    limits = PaceLimits(amount=Decimal(10**9))
    invoice = await bookkeeper.approved()
    said = await _stopped(bookkeeper.under(limits, euros), invoice)
    unbounded = await bookkeeper.under(PaceLimits(), euros).reserve(invoice)

    assert "USD has no rate to EUR" in said
    assert unbounded.stage is InvoiceStage.POSTING
