"""What holds of the billing ledger however work is billed, credited, corrected and billed again.

The invariants are those of the domain handbook's section 9, on the ledger's own rows.
"""

import asyncio
import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from process_apis.project_to_cash.credits import rules as credit_rules
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from system_apis.canonical.money import Money
from system_apis.canonical.time import TimeEntry
from tests.process_apis.billing_facts import HALF_UP, entry, id_of
from tests.process_apis.ledger_house import LedgerHouse, ledger_house

quietly = settings(max_examples=40, deadline=None, database=None)
hours = st.integers(1, 2400).map(lambda hundredths: str(Decimal(hundredths) / 100))


class Round(Struct, frozen=True):
    """One round: which entries are credited, whether that is approved, and what comes after."""

    credited: list[int]
    approved: bool
    corrected: dict[int, str]
    raised: int


rounds = st.builds(
    Round,
    credited=st.lists(st.integers(0, 7), max_size=4, unique=True),
    approved=st.booleans(),
    corrected=st.dictionaries(st.integers(0, 7), hours, max_size=2),
    raised=st.sampled_from([0, 0, 100, 2500]),
)


@quietly
@given(
    worked=st.lists(hours, min_size=1, max_size=5),
    cap=st.none() | st.integers(1, 8000),
    story=st.lists(rounds, min_size=1, max_size=4),
)
def test_no_source_is_billed_beyond_approval_and_no_contract_beyond_its_cap(
    worked: list[str], cap: int | None, story: list[Round]
) -> None:
    """After every step: sources, documents and the cap agree with the rows."""
    asyncio.run(_play(worked, cap, story))


async def _play(worked: list[str], cap: int | None, story: list[Round]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with ledger_house(Path(folder), cap) as house:
            house.entries = [entry(each, number=n) for n, each in enumerate(worked, start=1)]
            await house.bill(1)
            await _check(house)
            for number, each in enumerate(story, start=2):
                await _credit(house, each)
                await _check(house)
                _correct(house, each)
                house.raise_cap(each.raised)
                await house.bill(number)
                await _check(house)


async def _credit(house: LedgerHouse, said: Round) -> None:
    """Credit some of what stands on the first invoice that bills them; reject it or post it."""
    for invoice in await house.billing.invoices():
        standing = await house.credits.standing(invoice.id)
        wanted = {f"TE-{each + 1}" for each in said.credited}
        numbers = [each.source_number for each in standing if each.source_number in wanted]
        chosen = credit_rules.chosen(standing, numbers) if numbers else []
        net = Money.total((each.amount for each in chosen), "USD")
        if not chosen or not net or invoice.draft.net < net + await _noted(house, invoice):
            continue
        lines = credit_rules.work_lines(chosen, invoice.draft.lines, HALF_UP)
        note = await house.drafted(invoice, lines)
        if said.approved:
            await house.credits.moved(replace(note, stage=InvoiceStage.POSTED), seen=note)
        else:
            await house.credits.release(note)


async def _noted(house: LedgerHouse, invoice: ClientInvoice) -> Money:
    notes = await house.credits.credit_notes(invoice_id=invoice.id)
    return Money.total((each.draft.net for each in notes), "USD")


def _correct(house: LedgerHouse, said: Round) -> None:
    """Reverse entries and enter other hours, in the PSA's way."""
    for place, right in said.corrected.items():
        gone = {each.adjusts for each in house.entries}
        live = [e for e in house.entries if e.hours > 0 and e.id not in gone]
        if place < len(live):
            house.entries += _correction(live[place], right, len(house.entries))


def _correction(wrong: TimeEntry, right: str, known: int) -> list[TimeEntry]:
    reversing = replace(wrong, id=id_of("te", 100 + known), hours=-wrong.hours, adjusts=wrong.id)
    anew = replace(
        wrong,
        id=id_of("te", 101 + known),
        number=f"{wrong.number}-C",
        hours=Decimal(right),
        adjusts=wrong.id,
    )
    return [reversing, anew]


async def _check(house: LedgerHouse) -> None:
    rows = await house.rows()
    billed: dict[str, Decimal] = {}
    for row in rows:
        billed[row.source] = billed.get(row.source, Decimal(0)) + row.sign * row.quantity
        assert 0 <= billed[row.source] <= row.approved, row
    for invoice in await house.billing.invoices():
        effect = sum((r.sign * r.amount for r in rows if r.document == invoice.id), Decimal(0))
        assert effect == invoice.draft.net.value
    for note in await house.credits.credit_notes(stages=tuple(InvoiceStage)):
        effect = sum((r.sign * r.amount for r in rows if r.document == note.id), Decimal(0))
        rejected = note.stage is InvoiceStage.REJECTED
        assert effect == (0 if rejected else -note.draft.net.value)
    if house.cap is not None:
        assert (await house.counted()).value <= house.cap
