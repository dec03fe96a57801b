"""What a firm wrote before an upgrade is found after it."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any  # Any: lists of whatever records

import msgspec
import pytest
from alembic import command
from alembic.config import Config
from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import inspect, text

import store.migration
from process_apis.listing import Listing
from process_apis.procure_to_pay.names import names_of
from process_apis.procure_to_pay.records import AccrualJournal, BillCase
from process_apis.project_to_cash.collection.disputes import DISPUTES
from process_apis.project_to_cash.collection.reminders import REMINDERS
from process_apis.project_to_cash.ledger.listings import OVER_CAP
from process_apis.project_to_cash.ledger.rows import event_row, find_invoice, invoice_row
from process_apis.project_to_cash.records import ClientInvoice
from store.database import Store
from system_apis.canonical.billing import LineKind
from system_apis.canonical.money import Money
from tests.process_apis.billing_facts import billing_event, id_of
from tests.process_apis.owing_facts import objection, posted, reminder
from tests.process_apis.rules.buying_facts import bill, case
from tests.process_apis.rules.test_accruals import ACCRUAL

SUMS = ("currency", "net_units", "fee_units", "expense_units")
LATER = ("reference", "purchase_order", "client_number", "owed_units", "credited_units", *SUMS)
MOMENT = "2026-11-20 08:30:00.000123"
SCRIPTS = Path(store.migration.__file__).parent / "migrations"


def _upgrade(opened: Store, revision: str) -> None:
    _migrated(opened, command.upgrade, revision)


def _downgrade(opened: Store, revision: str) -> None:
    _migrated(opened, command.downgrade, revision)


def _migrated(opened: Store, way: Callable[[Config, str], None], revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with opened.engine.begin() as connection:
        config.attributes["connection"] = connection
        way(config, revision)


def test_an_invoice_of_before_is_due_on_its_day(tmp_path: Path) -> None:
    """The due date of what is there already comes out of its record."""
    opened, invoice = Store(tmp_path / "strata.sqlite"), posted("I-1", "100")
    row = invoice_row(invoice) | {"contract_number": "CT-1"}
    row["issue_date"] = str(row["issue_date"])
    for later in ("due_date", "billing_event_id", "posted_at", *LATER):
        del row[later]
    _upgrade(opened, "0001")
    _put(opened, row)

    _upgrade(opened, "head")

    with opened.engine.connect() as connection:
        found = find_invoice(connection, invoice.id)
        due = connection.execute(text("SELECT due_date FROM client_invoices")).scalar_one()
    opened.close()
    assert found == invoice
    assert date.fromisoformat(due) == invoice.draft.due_date
    assert msgspec.json.encode(found) == row["record"]


def test_what_was_billed_before_is_summed_as_it_is_now(tmp_path: Path) -> None:
    """The sums of documents that are there already come out of their lines, to the cent."""
    opened, invoice = Store(tmp_path / "strata.sqlite"), _of_all_kinds()
    now = invoice_row(invoice) | {"contract_number": "CT-1"}
    before = {each: now[each] for each in now if each not in {"posted_at", *LATER}}
    before["issue_date"], before["due_date"] = str(before["issue_date"]), str(before["due_date"])
    _upgrade(opened, "0027")
    _put(opened, before)

    _upgrade(opened, "head")

    kept = _kept(opened)
    opened.close()
    assert kept == {each: now[each] for each in LATER}
    assert (kept["fee_units"], kept["expense_units"]) == (125_000, 7_035)


def test_an_upgrade_and_its_undoing_leave_the_records_as_they_were(tmp_path: Path) -> None:
    """A firm that goes back to the version before finds what it had."""
    opened, invoice = Store(tmp_path / "strata.sqlite"), _of_all_kinds()
    _upgrade(opened, "head")
    now = invoice_row(invoice) | {"contract_number": "CT-1"}
    _put(opened, now | {"issue_date": str(now["issue_date"]), "due_date": str(now["due_date"])})

    _downgrade(opened, "0027")
    _upgrade(opened, "head")

    with opened.engine.connect() as connection:
        found = find_invoice(connection, invoice.id)
    kept = _kept(opened)
    opened.close()
    assert found == invoice
    assert kept == {each: now[each] for each in LATER}


async def test_what_was_written_before_is_on_the_pages_of_its_list(tmp_path: Path) -> None:
    """By what its record says of its day, its moment and its money; and all of it stays."""
    opened, invoice = Store(tmp_path / "strata.sqlite"), posted("I-1", "100")
    dispute, letter = objection(invoice, "12.50"), reminder(1, date(2026, 11, 3))
    event = replace(billing_event(), over_cap=Money.of("7.05", "USD"))
    rows: dict[str, tuple[Listing[Any], Struct, dict[str, object]]] = {
        "disputes": (DISPUTES, dispute, {"contract_number": "CT-1", "announced": 0}),
        "reminders": (REMINDERS, letter, {}),
        "billing_events": (OVER_CAP, event, event_row(event)),
    }
    _upgrade(opened, "0029")
    for table, (_, record, more) in rows.items():
        _put_in(opened, table, {"record": msgspec.json.encode(record), **asdict(record), **more})

    _upgrade(opened, "head")

    for listing, record, _ in rows.values():
        with opened.engine.connect() as connection:
            found = listing.page(connection, ["US"], lambda _: True)
        assert found == ([record], None)
    assert _row(opened, "SELECT opened_at, amount_units FROM disputes") == (
        "2026-11-20 00:00:00.000000",
        1250,
    )
    assert _row(opened, "SELECT is_over_cap, client_number FROM billing_events") == (
        1,
        event.client_number,
    )
    opened.close()


@pytest.mark.parametrize(
    ("table", "moment"),
    [
        ("invoice_mails", "drafted_at"),
        ("findings", "found_at"),
        ("change_applications", "asked_at"),
    ],
)
def test_what_was_written_before_is_listed_by_its_moment(
    tmp_path: Path, table: str, moment: str
) -> None:
    """To the microsecond, in UTC."""
    opened = Store(tmp_path / "strata.sqlite")
    _upgrade(opened, "0029")
    said = f'{{"{moment}": "2026-11-20T08:30:00.000123Z", "role": "finance"}}'
    _put_in(opened, table, {"record": said.encode()})

    _upgrade(opened, "head")

    assert _row(opened, f"SELECT {moment} FROM {table}") == ("2026-11-20 08:30:00.000123",)  # noqa: S608  # our own columns
    opened.close()


def test_bills_and_accruals_of_before_are_found_as_those_of_now(tmp_path: Path) -> None:
    """By their numbers, days, orders, ids and months; and their records stay as they were."""
    opened = Store(tmp_path / "strata.sqlite")
    recorded = replace(case(bill("re 1/a")), bill_id=id_of("bl"))
    papers: list[tuple[str, BillCase | AccrualJournal]] = [
        ("vendor_bill", recorded),
        ("vendor_bill", case(bill("B", order_number=None), at=1)),
        ("accrual", ACCRUAL),
    ]
    _upgrade(opened, "0031")
    for kind, paper in papers:
        row = {"kind": kind, "id": paper.id, "record": msgspec.json.encode(paper)}
        _put_in(opened, "purchase_papers", row)

    _upgrade(opened, "head")

    with opened.engine.connect() as connection:
        rows = connection.execute(text("SELECT kind, id, name FROM purchase_names")).all()
    opened.close()
    assert sorted(map(tuple, rows)) == sorted(
        (kind, paper.id, name) for kind, paper in papers for name in names_of(paper)
    )


@pytest.mark.parametrize(
    ("table", "record", "column", "kept"),
    [
        ("findings", '{"role": "finance"}', "role", "finance"),
        ("subscriptions", '{"created_at": "2026-11-20T08:30:00.000123Z"}', "created_at", MOMENT),
        (
            "client_merges",
            '{"asked": {"at": "2026-11-20T09:30:00.000123+01:00"}}',
            "asked_at",
            MOMENT,
        ),
    ],
)
def test_what_was_written_before_is_found_by_what_its_record_says(
    tmp_path: Path, table: str, record: str, column: str, kept: str
) -> None:
    """And is there as it was when the upgrade is taken back."""
    opened = Store(tmp_path / "strata.sqlite")
    _upgrade(opened, "0031")
    _put_in(opened, table, {"record": record.encode(), "position": 1, "failures": 0})

    _upgrade(opened, "head")

    assert _row(opened, f"SELECT {column} FROM {table}") == (kept,)  # noqa: S608  # our own columns
    _downgrade(opened, "0031")
    assert _row(opened, f"SELECT record FROM {table}") == (record.encode(),)  # noqa: S608  # our own columns
    opened.close()


def _put_in(opened: Store, table: str, said: Mapping[str, object]) -> None:
    """Write what is said of the columns that a table has."""
    with opened.engine.begin() as connection:
        columns = [each["name"] for each in inspect(connection).get_columns(table)]
        told = {each: said.get(each, "x") for each in columns}
        row = {each: str(one) if isinstance(one, date) else one for each, one in told.items()}
        names, places = ", ".join(row), ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), row)  # noqa: S608  # our own columns


def _row(opened: Store, query: str) -> tuple[object, ...]:
    with opened.engine.connect() as connection:
        return tuple(connection.execute(text(query)).one())


def _of_all_kinds() -> ClientInvoice:
    """Return an invoice of fees and expenses, net of a deposit, in a currency of three digits."""
    parts = {
        LineKind.TIME: "100.000",
        LineKind.MILESTONE: "25.000",
        LineKind.EXPENSES: "7.035",
        LineKind.DOWN_PAYMENT_APPLIED: "-50.000",
    }
    one = posted("I-1", "1", currency="KWD")
    lines = tuple(
        replace(one.draft.lines[0], kind=kind, net=Money(amount, "KWD"))
        for kind, amount in parts.items()
    )
    net = Money("82.035", "KWD")
    draft = replace(one.draft, lines=lines, net=net, gross=net, purchase_order="PO-1")
    return replace(one, draft=draft)


def _put(opened: Store, row: dict[str, object]) -> None:
    names, places = ", ".join(row), ", ".join(f":{name}" for name in row)
    with opened.engine.begin() as connection:
        connection.execute(text(f"INSERT INTO client_invoices ({names}) VALUES ({places})"), row)  # noqa: S608  # our own columns


def _kept(opened: Store) -> dict[str, object]:
    with opened.engine.connect() as connection:
        query = text(f"SELECT {', '.join(LATER)} FROM client_invoices")  # noqa: S608  # our own columns
        return dict(connection.execute(query).one()._mapping)
