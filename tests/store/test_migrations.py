"""What a firm wrote before an upgrade is found after it."""

from datetime import date
from pathlib import Path

import msgspec
from alembic import command
from alembic.config import Config
from sqlalchemy import text

import store.migration
from process_apis.project_to_cash.ledger.rows import find_invoice, invoice_row
from store.database import Store
from tests.process_apis.owing_facts import posted

SCRIPTS = Path(store.migration.__file__).parent / "migrations"


def _upgrade(opened: Store, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with opened.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_an_invoice_of_before_is_due_on_its_day(tmp_path: Path) -> None:
    """The due date of what is there already comes out of its record."""
    opened, invoice = Store(tmp_path / "strata.sqlite"), posted("I-1", "100")
    row = invoice_row(invoice) | {"contract_number": "CT-1"}
    row["issue_date"] = str(row["issue_date"])
    del row["due_date"], row["billing_event_id"], row["posted_at"]
    _upgrade(opened, "0001")
    names, places = ", ".join(row), ", ".join(f":{name}" for name in row)
    with opened.engine.begin() as connection:
        connection.execute(text(f"INSERT INTO client_invoices ({names}) VALUES ({places})"), row)  # noqa: S608  # our own columns

    _upgrade(opened, "head")

    with opened.engine.connect() as connection:
        found = find_invoice(connection, invoice.id)
        due = connection.execute(text("SELECT due_date FROM client_invoices")).scalar_one()
    opened.close()
    assert found == invoice
    assert date.fromisoformat(due) == invoice.draft.due_date
    assert msgspec.json.encode(found) == row["record"]
