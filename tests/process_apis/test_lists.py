"""Lists come page after page: all of it, once, in order, to whom it is for, at one cost."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any  # Any: a list of whatever records

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, insert

from governance.access import Caller, acting_as
from governance.pages import NoSuchPage, cursor_at
from process_apis.engagements import Engagements
from process_apis.listing import Listing
from process_apis.lists import Lists
from process_apis.project_to_cash.ledger import listings
from process_apis.project_to_cash.ledger.rows import invoice_row
from process_apis.project_to_cash.ledger.tables import client_invoices
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from tests.process_apis.asked_store import Asked
from tests.process_apis.billing_facts import id_of
from tests.process_apis.engaged import engagement
from tests.process_apis.listed import LISTED
from tests.process_apis.owing_facts import posted
from tests.stores import empty_store

FIRST = date(2020, 1, 1)
OPENED = datetime(2020, 1, 1, tzinfo=UTC)
WHO = Caller(
    subject="U-1", client_id="console", scopes=frozenset(), entities=frozenset({"US", "DE"})
)


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    """Open an empty store that writes down what it is asked."""
    store = empty_store(tmp_path / "strata.sqlite")
    yield Asked(store)
    store.close()


async def test_a_walk_meets_every_invoice_once_while_others_are_added(asked: Asked) -> None:
    """What is added behind is not met, what is added ahead is, and nothing is met twice."""
    numbers = range(10, 45)
    await _issue(asked, *(_invoice(each) for each in numbers))
    found, cursor = await _page(asked)
    later = 100
    while cursor is not None:
        await _issue(asked, _invoice(later - 99), _invoice(later))
        later += 1
        shown, cursor = await _page(asked, cursor)
        found += shown
    ids = [each.id for each in found]

    assert [each for each in ids if each in {_invoice(n).id for n in numbers}] == [
        _invoice(each).id for each in numbers
    ]
    assert len(set(ids)) == len(ids)
    assert not {_invoice(each).id for each in range(1, 6)} & set(ids)
    assert _invoice(100).id in ids


async def test_invoices_of_one_day_are_told_apart_over_the_edges_of_pages(asked: Asked) -> None:
    """A month's end has more than a page of them, of several companies."""
    many = [replace(_invoice(each), id=id_of("inv", each)) for each in range(23)]
    one_day = [_issued(each, FIRST, "US" if n % 2 else "DE") for n, each in enumerate(many)]
    await _issue(asked, *one_day)

    pages = await _pages(asked)

    assert [len(each) for each in pages] == [5, 5, 5, 5, 3]
    met = [each.id for page in pages for each in page]
    assert met == sorted(each.id for each in one_day)


async def test_a_page_costs_the_same_however_long_the_list_has_grown(asked: Asked) -> None:
    """After years as many records are read as after months: a page's of each company."""
    await _issue(asked, *(_invoice(each) for each in range(20)))
    after_months = await _records(asked, None)
    await _issue(asked, *(_invoice(each) for each in range(20, 400)))
    _, cursor = await _page(asked)
    after_years, further = await _records(asked, None), await _records(asked, cursor)

    assert (after_months, after_years, further) == (12, 12, 12)


async def test_who_is_bound_to_a_unit_gets_whole_pages_of_their_own(asked: Asked) -> None:
    """No page is short for what it hides, and no cursor names what is hidden."""
    mine, theirs = [_invoice(each) for each in range(0, 60, 5)], range(1, 60)
    others = [_of(_invoice(each), "P-2") for each in theirs if each % 5]
    await _issue(asked, *mine, *others)
    registered = Engagements(asked.store, asked.audit)
    with acting_as(WHO):
        await registered.open(engagement("P-2", OPENED, business_unit="TAX"))
    pages = await _pages(asked, replace(WHO, units=frozenset({"IT"})))

    assert [[each.id for each in page] for page in pages] == [
        [each.id for each in mine[:5]],
        [each.id for each in mine[5:10]],
        [each.id for each in mine[10:]],
    ]


async def test_another_companys_invoices_are_on_no_page(asked: Asked) -> None:
    """Nor does a cursor show them to somebody else."""
    await _issue(asked, *(_issued(_invoice(each), FIRST, "US") for each in range(9)))
    _, cursor = await _page(asked)
    german = replace(WHO, entities=frozenset({"DE"}))

    assert await _page(asked, cursor, german) == ([], None)
    assert await _page(asked, None, german) == ([], None)


async def test_rejected_drafts_are_no_part_of_what_finance_is_shown(asked: Asked) -> None:
    """A page is filled with what stands."""
    sent_back = [
        replace(_invoice(each), stage=InvoiceStage.REJECTED, posted=None)
        for each in range(0, 20, 2)
    ]
    await _issue(asked, *sent_back, *(_invoice(each) for each in range(1, 20, 2)))
    with acting_as(WHO):
        shown, cursor = await _lists(asked).page(listings.STANDING_INVOICES, None, most=5)

    assert [each.stage for each in shown] == [InvoiceStage.POSTED] * 5
    assert cursor is not None


@pytest.mark.parametrize("name", LISTED)
async def test_a_cursor_of_another_list_is_refused(asked: Asked, name: str) -> None:
    """Whatever the two lists have in common."""
    listing = LISTED[name].listing
    others = [each.listing for each in LISTED.values() if each.listing.name != listing.name]
    for cursor in (*map(_somewhere, others), "nonsense", ""):
        with pytest.raises(NoSuchPage):
            listing.after(cursor)

    assert listing.after(None) is None


@pytest.mark.parametrize("name", LISTED)
async def test_a_page_is_read_by_the_lists_own_index(asked: Asked, name: str) -> None:
    """The first page, and one that follows another; nothing is sorted."""
    listed = LISTED[name]
    with acting_as(WHO):
        for cursor in (None, _somewhere(listed.listing)):
            assert await _lists(asked).page(listed.listing, cursor) == ([], None)

    assert await asked.ways() == {listed.index, listed.beside} - {None}
    assert await asked.sorts() == []


def _somewhere(listing: Listing[Any]) -> str:
    """Return a cursor of a list."""
    at: dict[str, date | int | str] = {
        "DATE": FIRST,
        "DATETIME": OPENED,
        "INTEGER": 1,
        "VARCHAR": "x_1",
    }
    return cursor_at(listing.place(tuple(at[str(each.type)] for each in listing.order)))


def _lists(asked: Asked) -> Lists:
    return Lists(asked.store, Engagements(asked.store, asked.audit))


async def _page(
    asked: Asked, cursor: str | None = None, caller: Caller = WHO
) -> tuple[list[ClientInvoice], str | None]:
    with acting_as(caller):
        return await _lists(asked).page(listings.INVOICES, cursor, most=5)


async def _pages(asked: Asked, caller: Caller = WHO) -> list[list[ClientInvoice]]:
    """Return every page of the invoices that a caller sees."""
    shown, cursor = await _page(asked, caller=caller)
    found = [shown]
    while cursor is not None:
        shown, cursor = await _page(asked, cursor, caller)
        found.append(shown)
    return found


async def _records(asked: Asked, cursor: str | None) -> int:
    """Return how many records a page is made of."""
    asked.queries.clear()
    await _page(asked, cursor)
    return await asked.records()


def _invoice(number: int) -> ClientInvoice:
    """Return an invoice of its own day, of one company or the other."""
    company = "DE" if number % 3 else "US"
    return _issued(posted(f"I-{number}", "1"), FIRST + timedelta(days=number), company)


def _issued(invoice: ClientInvoice, on: date, company: str) -> ClientInvoice:
    return replace(invoice, draft=replace(invoice.draft, issue_date=on, legal_entity=company))


def _of(invoice: ClientInvoice, project: str) -> ClientInvoice:
    return replace(invoice, draft=replace(invoice.draft, project_number=project))


async def _issue(asked: Asked, *invoices: ClientInvoice) -> None:
    """Write invoices into the ledger."""
    rows = [invoice_row(each) | {"contract_number": "CT-1"} for each in invoices]

    def work(connection: Connection) -> None:
        connection.execute(insert(client_invoices), rows)

    await asked.store.write(work)
