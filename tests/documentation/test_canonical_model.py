"""The canonical model is published as it is: the page, the schemas, and every record in them."""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from gateway.apis import APIS
from gateway.cli import main
from gateway.published.canonical_model import invariants, publish, published_types
from gateway.published.model_page import HANDBOOK, page
from governance.canonical_model import CanonicalModel
from governance.json_schemas import json_schema
from process_apis.project_to_cash.records import EventStatus, InvoiceStage
from system_apis.canonical.billing import PaymentDraft
from system_apis.canonical.contracts import ClientOrderDraft
from system_apis.canonical.states import BILLING_EVENT, INVOICE, MACHINES
from tests.documentation.pages import ROOT

PAGE = ROOT / "docs" / "canonical-model.md"
TYPES = published_types()
MODEL = publish(APIS).model
# What HR and procurement keep, until their rooms are there.
TO_COME = {
    *("employee", "skill", "employee_skill", "availability"),
    *("vendor", "purchase_order", "service_receipt", "vendor_bill"),
}


def test_the_page_is_the_model_as_it_is_now() -> None:
    """Whoever changes a record makes the page anew: `strata catalog model --write`."""
    assert PAGE.read_text() == page(MODEL), (
        "run: strata catalog model --write docs/canonical-model.md"
    )


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    """The same page to a file or to the terminal, and the model as JSON for programs."""
    file = tmp_path / "model.md"
    written = CliRunner().invoke(main, ["catalog", "model", "--write", str(file)])
    shown = CliRunner().invoke(main, ["catalog", "model"])
    told = CliRunner().invoke(main, ["catalog", "model", "--json"])

    assert (written.exit_code, written.output) == (0, "")
    assert file.read_text() == shown.output == page(MODEL)
    assert msgspec.json.decode(told.output, type=CanonicalModel) == MODEL


def test_every_record_of_the_handbook_is_defined() -> None:
    """But for those of rooms that are not built yet."""
    assert set(HANDBOOK) - TYPES.keys() <= TO_COME
    assert len(set(HANDBOOK)) == 35


def test_every_record_says_what_it_is_and_what_its_fields_mean() -> None:
    """No name stands for two records, none is without a sentence."""
    names = [each.name for each in MODEL.entities]

    assert len(set(names)) == len(names)
    assert [each.name for each in MODEL.entities if not each.meaning.endswith(".")] == []
    assert [each.name for each in MODEL.entities if not each.fields] == []
    assert [
        f"{each.name}.{field.name}"
        for each in MODEL.entities
        for field in each.fields
        if not (field.holds and field.meaning.endswith((".", "?")))
    ] == []


def test_every_state_machine_moves_a_record_that_is_published() -> None:
    """A machine belongs to a record of the same name, or to one that is still to come."""
    moved = {each.state_machine for each in MODEL.entities} - {None}

    assert {each.name for each in MACHINES} - moved <= TO_COME
    assert [each.name for each in MODEL.state_machines] == [each.name for each in MACHINES]


@pytest.mark.parametrize("name", TYPES)
def test_every_schema_is_good_json_schema(name: str) -> None:
    """By the dialect that it names, with patterns that any program can read."""
    schema = json_schema(TYPES[name])

    Draft202012Validator.check_schema(msgspec.json.decode(schema))
    assert b"2020-12" in schema
    assert rb"\\A" not in schema
    assert rb"\\Z" not in schema


def test_the_stages_that_we_write_down_are_those_of_the_machines() -> None:
    """But for the three that the page says the machine's words of."""
    invoices = {str(each) for each in InvoiceStage} - set(INVOICE.states)
    events = {str(each) for each in EventStatus} - set(BILLING_EVENT.states)

    assert invoices == {"rejected"}
    assert events == {"returned", "nothing_to_bill"}
    assert all(f": {each.replace('_', ' ')} |" in PAGE.read_text() for each in invoices | events)


GOOD = {
    "number": "PO-1",
    "amount": {"amount": "10.00", "currency": "USD"},
    "valid_to": "2026-12-31",
}


@pytest.mark.parametrize(
    ("order", "wrong"),
    [
        (GOOD, 0),
        (GOOD | {"amount": {"amount": "10.00 ", "currency": "USD"}}, 1),
        (GOOD | {"amount": {"amount": "1e1", "currency": "usd"}}, 2),
        (GOOD | {"stranger": 1}, 1),
        ({"number": "PO-1"}, 2),
        (GOOD | {"number": "two\nlines"}, 1),
    ],
)
def test_a_schema_tells_a_good_record_from_a_bad_one(order: dict[str, object], wrong: int) -> None:
    """What the gateway would refuse for its form, the schema refuses too."""
    validator = Draft202012Validator(msgspec.json.decode(json_schema(ClientOrderDraft)))

    assert len(list(validator.iter_errors(order))) == wrong


def test_invariants_are_told_in_the_sentences_that_refuse() -> None:
    """What a record checks is what the page says of it."""
    assert invariants(PaymentDraft) == (
        "a payment is more than nothing",
        "a payment names either its invoice or the client it came from",
    )
    assert "a payment is more than nothing" in PAGE.read_text()
