"""A read model of the books' documents: what clients owe, to the cent, whatever happens to it."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection

from process_apis.read_models.documents.keeping import DocumentShelf
from process_apis.read_models.documents.records import Wanted, kept
from system_apis.canonical.billing import InvoiceStatus
from system_apis.errors import TryAgain
from tests.proof.reading.documents_world import (
    ERP,
    WANTED,
    Bookkept,
    DocumentsErp,
    invoice,
    monthly,
    note,
    payment,
    rebuilt,
)


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Bookkept]:
    """A model of books with eight documents, that is built and was read up."""
    erp = DocumentsErp()
    for number in range(1, 6):
        erp.put(invoice(number, on=5 * number))
    erp.put(invoice(6, company="DE", on=12))
    erp.put(note(1, of=2, on=14))
    erp.put(payment(1, 1, 2, on=20))
    model = Bookkept(tmp_path / "model.db", erp)
    await model.models.building.whole()
    await model.reach()
    yield model
    model.store.close()


async def _is_as_the_books_say(books: Bookkept) -> None:
    kept, really = await books.posted(), books.really_posted()
    assert monthly(kept.sums) == monthly(really.sums)
    assert kept.traces == really.traces


async def test_what_is_owed_is_what_the_books_say(books: Bookkept) -> None:
    """Of a payment only what is applied, on the account of each invoice that it pays."""
    await _is_as_the_books_say(books)


@pytest.mark.parametrize(
    "wanted",
    [
        replace(WANTED, projects=frozenset({"P-1"})),
        replace(WANTED, hidden=frozenset({"P-1"})),
        replace(WANTED, client_number="CL-1"),
        replace(WANTED, left_out=frozenset({"inv_2"})),
        replace(WANTED, entities=frozenset({"DE"})),
        replace(WANTED, end=WANTED.start),
    ],
)
async def test_only_what_is_asked_for_counts(books: Bookkept, wanted: Wanted) -> None:
    """By company, project, client and day; a deposit is left out with what is taken off it."""
    books.erp.put(invoice(7, project=None, on=15))
    await books.tell(books.erp.feed[-1])
    kept, really = await books.posted(wanted), books.really_posted(wanted)

    assert monthly(kept.sums) == monthly(really.sums)
    assert kept.traces == really.traces
    assert monthly(kept.sums) != monthly((await books.posted()).sums)


async def test_a_month_that_is_asked_for_in_part_is_told_by_its_parts(books: Bookkept) -> None:
    """What was billed before the days is no billing of them."""
    wanted = replace(WANTED, start=date(2026, 10, 7))
    kept, really = await books.posted(wanted), books.really_posted(wanted)

    assert monthly(kept.sums, wanted.start) == monthly(really.sums, wanted.start)


async def test_money_counts_once_its_invoice_is_posted_whichever_is_told_first(
    books: Bookkept,
) -> None:
    """What pays a draft pays nothing yet."""
    books.erp.put(payment(2, 8, on=25))
    books.erp.put(invoice(8, on=10, status=InvoiceStatus.DRAFT))
    await books.tell(*books.erp.feed[-2:])
    await _is_as_the_books_say(books)
    books.erp.put(invoice(8, on=10))
    await books.tell(books.erp.feed[-1])

    await _is_as_the_books_say(books)
    assert "pay_2" in (await books.posted()).traces["payment"].ids


async def test_a_payment_that_is_applied_further_is_kept_as_it_is_now(books: Bookkept) -> None:
    """Once, however often it is told; what comes too late changes nothing."""
    books.erp.put(payment(1, 1, on=20))
    first = books.erp.feed[-1]
    await books.tell(first)
    books.erp.put(payment(1, 1, 2, 3, on=20))
    await books.tell(books.erp.feed[-1], books.erp.feed[-1])
    await books.tell(first)

    await _is_as_the_books_say(books)


async def test_an_invoice_that_is_gone_is_owed_by_nobody(books: Bookkept) -> None:
    """Nor is what was taken off it taken off another's."""
    books.erp.delete("inv_2")
    await books.tell(books.erp.feed[-1])

    await _is_as_the_books_say(books)


async def test_a_process_that_dies_while_it_keeps_a_page_has_kept_nothing_of_it(
    books: Bookkept,
) -> None:
    """The page is read again, and counts once."""
    before = await books.kept()
    books.erp.put(payment(1, 1, 2, 3, on=20))

    def work(connection: Connection) -> None:
        told = kept(books.erp.kept["pay_1"], 2)
        DocumentShelf(ERP, 1).apply(connection, [told])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        books.store.write_waiting(work)
    assert await books.kept() == before
    books.begin()
    await books.tell(books.erp.feed[-1])

    await _is_as_the_books_say(books)


@pytest.mark.parametrize("pages", range(6))
async def test_a_building_of_documents_that_dies_changes_nothing_and_is_begun_again(
    books: Bookkept, tmp_path: Path, pages: int
) -> None:
    """After any page: the old model answers, and the next process builds the new one whole."""
    before = await books.kept()
    books.erp.put(invoice(9, on=9))
    await books.ask()
    books.erp.answers_left = pages
    if pages < 5:
        with pytest.raises(TryAgain):
            await books.models.building.whole()
        assert await books.kept() == before
    books.begin()
    books.erp.answers_left = None
    await books.models.building.whole()

    assert await books.kept() == await rebuilt(tmp_path / "anew.db", books.erp)
    assert (await books.models.view(ERP)).differed == 1
    await _is_as_the_books_say(books)


async def test_what_is_told_while_documents_are_built_is_in_them(
    books: Bookkept, tmp_path: Path
) -> None:
    """Though the page with it was read before it was told."""

    async def late(cursor: str | None) -> None:
        if cursor == "3":
            books.erp.put(invoice(4, "70.00", on=20))
            await books.tell(books.erp.feed[-1])

    await books.ask()
    books.erp.late = late
    await books.models.building.whole()
    books.erp.late = None

    assert await books.kept() == await rebuilt(tmp_path / "anew.db", books.erp)
    await _is_as_the_books_say(books)


async def test_no_document_is_missed_when_pages_move_while_they_are_read(
    books: Bookkept, tmp_path: Path
) -> None:
    """An invoice of a page that was read goes, and the next page begins one further on."""

    async def meanwhile(cursor: str | None) -> None:
        if cursor == "3":
            books.erp.delete("inv_2")
            await books.tell(books.erp.feed[-1])

    await books.ask()
    books.erp.meanwhile = meanwhile
    await books.models.building.whole()
    books.erp.meanwhile = None

    assert await books.kept() == await rebuilt(tmp_path / "anew.db", books.erp)
    await _is_as_the_books_say(books)


async def test_what_an_invoice_was_changes_nothing_when_it_comes_after_what_it_is(
    books: Bookkept,
) -> None:
    """An older version is no news."""
    was = kept(books.erp.kept["inv_1"], 1)
    books.erp.put(invoice(1, "70.00", on=5))
    await books.tell(books.erp.feed[-1])
    books.store.write_waiting(lambda connection: DocumentShelf(ERP, 1).apply(connection, [was]))

    await _is_as_the_books_say(books)


async def test_what_pays_an_invoice_that_is_void_now_is_owed_to_nobody(books: Bookkept) -> None:
    """Neither the invoice counts any more, nor what was taken off it, though it has its number."""
    books.erp.put(invoice(2, on=10, status=InvoiceStatus.VOID))
    await books.tell(books.erp.feed[-1])

    await _is_as_the_books_say(books)
