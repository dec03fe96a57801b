"""What clients owe: of what is owed alone, to the cent, and each caller of what they see."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, insert

from governance.access import Caller, acting_as
from process_apis.project_to_cash.collection.disputes import Disputes
from process_apis.project_to_cash.ledger.owing import Account, Owing
from process_apis.project_to_cash.ledger.rows import invoice_row
from process_apis.project_to_cash.ledger.tables import client_invoices
from process_apis.project_to_cash.receivables import DisputeReason, Verdict
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from process_apis.sight import Sight
from system_apis.canonical.money import Money
from tests.process_apis.asked_store import Asked
from tests.process_apis.billing_facts import id_of
from tests.process_apis.owing_facts import objection, posted
from tests.stores import empty_store

US, TODAY = frozenset({"US"}), date(2026, 12, 2)
WHO = Caller(subject="U-1", client_id="console", scopes=frozenset(), entities=US)
ALL = Sight(WHO, frozenset())


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    """Open an empty ledger that writes down what it is asked."""
    store = empty_store(tmp_path / "strata.sqlite")
    yield Asked(store)
    store.close()


async def test_what_is_paid_is_never_read_however_much_it_is(asked: Asked) -> None:
    """What is overdue, and what clients owe, costs what is owed."""
    await _write(asked, posted("I-1", "10"), posted("I-2", "20", due=TODAY), _paid(3))
    first = await _looked_at(asked)
    await _write(asked, *(_paid(each) for each in range(4, 300)))

    assert await _looked_at(asked) == first == (["I-1"], {"CL-1": "30.00"}, 1)


async def test_who_was_credited_after_paying_is_owed_to_the_cent(asked: Asked) -> None:
    """A balance counts every invoice of a client, in each currency for itself."""
    credited = replace(_paid(1), credited=Money.of("33.37", "USD"))
    yen = posted("I-3", "1001", currency="JPY")
    await _write(asked, credited, posted("I-2", "10.01"), yen, posted("I-4", "7", client="CL-2"))

    assert await Owing(asked.store).balances(ALL) == {
        Account("US", "CL-1", "USD"): Money.of("-23.36", "USD"),
        Account("US", "CL-1", "JPY"): Money.of("1001", "JPY"),
        Account("US", "CL-2", "USD"): Money.of("7", "USD"),
    }


async def test_a_balance_leaves_out_what_its_reader_does_not_see(asked: Asked) -> None:
    """Neither another unit's project nor another company is in it."""
    mine, theirs = posted("I-1", "10"), posted("I-2", "20")
    british = posted("I-3", "40")
    await _write(
        asked,
        mine,
        replace(theirs, draft=replace(theirs.draft, project_number="P-2")),
        replace(british, draft=replace(british.draft, legal_entity="UK")),
    )

    assert await Owing(asked.store).balances(Sight(WHO, frozenset({"P-2"}))) == {
        Account("US", "CL-1", "USD"): Money.of("10", "USD")
    }


async def test_what_a_draft_asks_for_is_not_owed_yet(asked: Asked) -> None:
    """Nor is what was rejected."""
    draft = replace(posted("I-1", "10"), stage=InvoiceStage.PENDING_APPROVAL, posted=None)
    await _write(asked, draft, replace(draft, id=_paid(2).id, stage=InvoiceStage.REJECTED))

    assert await _looked_at(asked) == ([], {}, 0)


async def test_an_accepted_dispute_is_told_until_as_much_is_credited(asked: Asked) -> None:
    """Two of one invoice are told together, as long as either is not credited."""
    disputes = Disputes(asked.store, asked.audit, asked.billing)
    invoice, other = posted("I-1", "100"), posted("I-2", "50")
    await _write(asked, invoice, other)
    parts = [
        replace(objection(invoice, "10"), id=id_of("dsp", 1)),
        replace(objection(invoice, "5"), id=id_of("dsp", 2), reason=DisputeReason.RATE),
        replace(objection(other, "50"), id=id_of("dsp", 3)),
    ]
    for each in parts:
        of = await asked.billing.invoice(each.invoice_id)
        await disputes.open(each, of, by=WHO)
    for each, verdict in zip(parts, (Verdict.ACCEPT, Verdict.ACCEPT, Verdict.REJECT), strict=True):
        await disputes.resolve(each.id, verdict, note="", by=WHO, at=datetime.now(UTC))

    told = []
    for credited in ("0", "10", "15"):
        seen = await asked.billing.invoice(invoice.id)
        now = replace(seen, credited=Money.of(credited, "USD"))
        with acting_as(WHO):
            await asked.billing.moved(now, seen=seen)
        told.append([each.id for each in await disputes.to_credit(US)])

    both = [each.id for each in parts[:2]]
    assert told == [both, both, []]


def _paid(number: int) -> ClientInvoice:
    return posted(f"I-{number}", "100.10", paid="100.10", stage=InvoiceStage.PAID)


async def _looked_at(asked: Asked) -> tuple[list[str | None], dict[str, str], int]:
    """Return what is overdue, what clients owe, and how many records both are made of."""
    asked.queries.clear()
    owing = Owing(asked.store)
    overdue = await owing.overdue(US, TODAY)
    balances = await owing.balances(ALL)
    owed = {each.client_number: balance.amount for each, balance in balances.items()}
    return [each.number for each in overdue], owed, await asked.records()


async def _write(asked: Asked, *invoices: ClientInvoice) -> None:
    rows = [invoice_row(each) | {"contract_number": "CT-1"} for each in invoices]

    def work(connection: Connection) -> None:
        connection.execute(insert(client_invoices), rows)

    await asked.store.write(work)
