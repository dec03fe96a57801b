"""The ledger of credit notes: all that a note takes back, or nothing, and never twice."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from process_apis.project_to_cash.credit_records import ClientCreditNote, CreditedLine
from process_apis.project_to_cash.credits import rules as credit_rules
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from process_apis.project_to_cash.rules import prepare
from system_apis.canonical.money import Money
from system_apis.errors import Refused, TryAgain
from tests.process_apis.billing_facts import HALF_UP, entry, facts, id_of
from tests.process_apis.ledger_house import LedgerHouse, ledger_house

EIGHT = Money("2240.00", "USD")


async def _billed(house: LedgerHouse, entries: int = 3) -> ClientInvoice:
    house.entries = [entry("8", number=number) for number in range(1, entries + 1)]
    invoice = await house.bill(1)
    assert invoice is not None
    return invoice


async def _lines(house: LedgerHouse, invoice: ClientInvoice, *numbers: str) -> list[CreditedLine]:
    standing = await house.credits.standing(invoice.id)
    chosen = credit_rules.chosen(standing, numbers)
    return credit_rules.work_lines(chosen, invoice.draft.lines, HALF_UP)


async def test_an_entry_is_credited_once(tmp_path: Path) -> None:
    """A second note on the same entry is refused, and leaves nothing of itself."""
    async with ledger_house(tmp_path, None) as house:
        invoice = await _billed(house)
        lines = await _lines(house, invoice, "TE-1")
        await house.drafted(invoice, lines)
        with pytest.raises(Refused) as told:
            await house.drafted(invoice, lines)
        notes = await house.credits.credit_notes(invoice_id=invoice.id)
        left = await house.credits.standing(invoice.id)

    assert told.value.code == "ALREADY_CREDITED"
    assert [each.draft.net for each in notes] == [EIGHT]
    assert [each.source_number for each in left] == ["TE-2", "TE-3"]


async def test_no_more_is_credited_than_the_cap_let_be_billed(tmp_path: Path) -> None:
    """Of 6,720 worked 3,000 were billed: a second entry would give back what nobody paid."""
    async with ledger_house(tmp_path, 3000) as house:
        invoice = await _billed(house)
        await house.drafted(invoice, await _lines(house, invoice, "TE-1"))
        with pytest.raises(Refused) as told:
            await house.drafted(invoice, await _lines(house, invoice, "TE-2"))

    assert invoice.draft.net == Money("3000.00", "USD")
    assert told.value.code == "CREDIT_EXCEEDS_INVOICE"


async def test_an_invoice_under_a_cap_is_credited_whole(tmp_path: Path) -> None:
    """All the work goes with what the cap took off: 3,000 back, nothing held, all billed anew."""
    async with ledger_house(tmp_path, 3000) as house:
        invoice = await _billed(house)
        lines = await _lines(house, invoice, "TE-1", "TE-2", "TE-3")
        note = await house.drafted(invoice, lines)
        await house.credits.moved(replace(note, stage=InvoiceStage.POSTED), seen=note)
        left, held = await house.credits.standing(invoice.id), await house.billing.so_far.held()
        counted = await house.counted()
        again = await house.bill(2)

    assert note.draft.gross == invoice.draft.gross
    assert note.draft.lines[-1].net == Money("-3720.00", "USD")
    assert "not-to-exceed" in note.draft.lines[-1].description
    assert (left, held, counted) == ([], [], Money("0.00", "USD"))
    assert again is not None
    assert again.draft.net == Money("3000.00", "USD")


async def test_the_rest_of_an_invoice_under_a_cap_is_credited_for_what_is_left(
    tmp_path: Path,
) -> None:
    """After one entry of 2,240 the other two give back 760, which is all that is left of 3,000."""
    async with ledger_house(tmp_path, 3000) as house:
        invoice = await _billed(house)
        await house.drafted(invoice, await _lines(house, invoice, "TE-1"))
        rest = await house.drafted(invoice, await _lines(house, invoice, "TE-2", "TE-3"))

    assert rest.draft.net == Money("760.00", "USD")


async def test_a_whole_credit_that_is_rejected_puts_what_the_cap_held_back(tmp_path: Path) -> None:
    """The adjustment stands again beside the work, and holds what it held."""
    async with ledger_house(tmp_path, 3000) as house:
        invoice = await _billed(house)
        before = await house.credits.standing(invoice.id)
        note = await house.drafted(invoice, await _lines(house, invoice, "TE-1", "TE-2", "TE-3"))
        await house.credits.release(note)
        after, held = await house.credits.standing(invoice.id), await house.billing.so_far.held()

    assert after == before
    assert [each.amount.amount for each in held] == ["3720.00"]


async def test_a_credit_of_nothing_is_refused(tmp_path: Path) -> None:
    """Where one entry gave all of 2,240 back, the others have nothing left to give."""
    async with ledger_house(tmp_path, 2240) as house:
        invoice = await _billed(house)
        await house.drafted(invoice, await _lines(house, invoice, "TE-1"))
        with pytest.raises(Refused) as told:
            await house.drafted(invoice, await _lines(house, invoice, "TE-2", "TE-3"))

    assert told.value.code == "CREDIT_EXCEEDS_INVOICE"


async def test_an_invoice_of_released_work_says_where_that_is_credited(tmp_path: Path) -> None:
    """It bills no entry itself: the invoice of the entry's period does, and credits it."""
    async with ledger_house(tmp_path, 3000) as house:
        first = await _billed(house)
        house.raise_cap(10_000)
        released = await house.bill(2)
        assert released is not None
        with pytest.raises(ValueError, match="on the invoice of its period"):
            await _lines(house, released, "TE-1")
        note = await house.drafted(first, await _lines(house, first, "TE-1"))

    assert note.draft.net == EIGHT


async def test_a_rejected_credit_leaves_the_invoice_as_it_was(tmp_path: Path) -> None:
    """What it took back stands again, is not billed again, and can be credited anew."""
    async with ledger_house(tmp_path, None) as house:
        invoice = await _billed(house)
        before = await house.credits.standing(invoice.id)
        note = await house.drafted(invoice, await _lines(house, invoice, "TE-1"))
        await house.credits.release(note)
        after = await house.credits.standing(invoice.id)
        billed_again = await house.bill(2)
        again = await house.drafted(invoice, await _lines(house, invoice, "TE-1"))

    assert after == before
    assert billed_again is None
    assert again.draft == note.draft


async def test_room_under_the_cap_comes_with_the_posted_credit_only(tmp_path: Path) -> None:
    """A credit that waits for approval frees nothing yet."""
    async with ledger_house(tmp_path, 4480) as house:
        invoice = await _billed(house, entries=2)
        note = await house.drafted(invoice, await _lines(house, invoice, "TE-1"))
        waiting = await house.counted()
        await house.credits.moved(replace(note, stage=InvoiceStage.POSTED), seen=note)
        posted = await house.counted()

    assert (waiting.amount, posted.amount) == ("4480.00", "2240.00")


async def test_held_work_is_released_oldest_first_and_once(tmp_path: Path) -> None:
    """Of two months over the cap, the first is billed when room comes, and then not again."""
    async with ledger_house(tmp_path, 1000) as house:
        await _billed(house, entries=1)
        first = await house.billing.so_far.held()
        house.raise_cap(500)
        some = await house.bill(2)
        left = await house.billing.so_far.held()
        house.raise_cap(10_000)
        rest = await house.bill(3)
        nothing = await house.bill(4)

    assert [each.amount.amount for each in first] == ["1240.00"]
    assert some is not None
    assert [each.net.amount for each in some.draft.lines] == ["1240.00", "-740.00"]
    assert [each.amount.amount for each in left] == ["740.00"]
    assert rest is not None
    assert rest.draft.net == Money("740.00", "USD")
    assert nothing is None


async def test_a_rejected_rebill_gives_the_held_work_back(tmp_path: Path) -> None:
    """The adjustment that a draft took back stands again when the draft is sent back."""
    async with ledger_house(tmp_path, 1000) as house:
        await _billed(house, entries=1)
        house.raise_cap(500)
        some = await house.bill(2)
        assert some is not None
        await house.billing.release(some)
        held = await house.billing.so_far.held()
        rows = await house.rows()

    assert [each.amount.amount for each in held] == ["1240.00"]
    assert sum((r.sign * r.amount for r in rows if r.document == some.id), Decimal(0)) == 0


async def test_what_was_credited_is_billed_again_once(tmp_path: Path) -> None:
    """The next event of the period bills the entry, and the one after it finds nothing."""
    async with ledger_house(tmp_path, None) as house:
        invoice = await _billed(house)
        note = await house.drafted(invoice, await _lines(house, invoice, "TE-2"))
        await house.credits.moved(replace(note, stage=InvoiceStage.POSTED), seen=note)
        again = await house.bill(2)
        nothing = await house.bill(3)

    assert again is not None
    assert again.draft.net == EIGHT
    assert nothing is None


async def test_a_source_is_never_drafted_onto_two_invoices(tmp_path: Path) -> None:
    """Two checks of the same facts at once: the second draft is refused whole."""
    async with ledger_house(tmp_path, None) as house:
        invoice = await _billed(house, entries=1)
        prepared = prepare(facts(*house.entries), HALF_UP)
        other = replace(invoice, id=id_of("inv", 9), stage=InvoiceStage.PENDING_APPROVAL)
        with pytest.raises(Refused) as told:
            await house.billing.draft(
                other, "CT-1", [list(each.sources) for each in prepared.billed]
            )
        rows = await house.rows()

    assert told.value.code == "ALREADY_BILLED"
    assert {each.document for each in rows} == {invoice.id}


async def test_a_note_that_somebody_moved_is_not_moved_again(tmp_path: Path) -> None:
    """Whoever saw it earlier looks again."""
    async with ledger_house(tmp_path, None) as house:
        invoice = await _billed(house)
        note = await house.drafted(invoice, await _lines(house, invoice, "TE-1"))
        await house.credits.moved(replace(note, stage=InvoiceStage.POSTING), seen=note)
        with pytest.raises(TryAgain):
            await house.credits.moved(replace(note, stage=InvoiceStage.POSTED), seen=note)


async def test_a_credit_note_waits_for_one_that_is_dated_before_it(tmp_path: Path) -> None:
    """Credit notes have numbers of their own, and these follow dates too."""
    async with ledger_house(tmp_path, None) as house:
        invoice = await _billed(house)
        later = await _on_the_way(house, invoice, "TE-1", date(2026, 12, 1))
        first = await _on_the_way(house, invoice, "TE-2", date(2026, 11, 1))
        waits = await house.credits.on_the_way_before(later)
        goes = await house.credits.on_the_way_before(first)
        posted = replace(first, stage=InvoiceStage.POSTED)
        await house.credits.moved(posted, seen=first)
        then = await house.credits.on_the_way_before(later)

    assert (waits, goes, then) == (first.id, None, None)


async def _on_the_way(
    house: LedgerHouse, invoice: ClientInvoice, source: str, on: date
) -> ClientCreditNote:
    note = await house.drafted(invoice, await _lines(house, invoice, source))
    sent = replace(note, draft=replace(note.draft, issue_date=on), stage=InvoiceStage.POSTING)
    return await house.credits.moved(sent, seen=note)
