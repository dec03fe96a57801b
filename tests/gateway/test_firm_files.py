"""A firm that cannot be played: which file, which field, and what to do, before anything starts."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.demo.firm_files import check_firm
from gateway.firm import UnreadableFirm, load_firm
from tests.firms.invented import leap_month

Facts = dict[str, Any]


@pytest.fixture
def firm(tmp_path: Path) -> Path:
    """Another firm's directory."""
    leap_month().write(tmp_path / "firm")
    return tmp_path / "firm"


def spoil(firm: Path, section: str | None, **changes: object) -> None:
    """Change fields of the firm's facts, in the first record of a section."""
    facts: Facts = json.loads((firm / "fixture.json").read_text())
    place = facts if section is None else facts[section]
    place = place[0] if isinstance(place, list) else place
    place.update(changes)
    (firm / "fixture.json").write_text(json.dumps(facts))


def refusal(firm: Path) -> UnreadableFirm:
    """Return why a firm is not played."""
    with pytest.raises(UnreadableFirm) as caught:
        check_firm(firm)
    return caught.value


def test_a_firm_of_the_same_shape_is_played(firm: Path) -> None:
    """What nobody reads is passed over."""
    spoil(firm, None, remarks="all of it is invented")

    check_firm(firm)


@pytest.mark.parametrize(
    ("unit", "told"),
    [
        ({"legal_entity": "NOBODY"}, "NOBODY is none"),
        ({"parent_code": "U-9"}, "which is not there"),
        ({"parent_code": "U-1"}, "under itself"),
    ],
)
def test_business_units_are_a_tree_of_the_firms_companies(
    firm: Path, unit: dict[str, str], told: str
) -> None:
    """What else they were would show records to the wrong people."""
    company = json.loads((firm / "fixture.json").read_text())["entities"][0]["id"]
    spoil(firm, None, business_units=[{"code": "U-1", "name": "U", "legal_entity": company} | unit])

    assert told in refusal(firm).reason


@pytest.mark.parametrize("name", ["fixture.json", "expected.json"])
def test_a_missing_file_is_named(firm: Path, name: str) -> None:
    """Both files make a firm."""
    (firm / name).unlink()

    error = refusal(firm)

    assert Path(error.file).name == name
    assert error.reason == "no such file or directory"
    assert "--firm" in error.remedy


@pytest.mark.parametrize("text", ['{"name": ', "[]", "\xff"])
def test_a_file_that_is_no_json_object_is_named(firm: Path, text: str) -> None:
    """It says so of the expected figures too, before anything is computed."""
    (firm / "expected.json").write_bytes(text.encode("latin-1"))

    error = refusal(firm)

    assert Path(error.file).name == "expected.json"
    assert error.remedy == "make it one JSON object"


@pytest.mark.parametrize(
    ("section", "changes", "field"),
    [
        (None, {"period": {"start": "2028-02-01"}}, "period"),
        ("contracts", {"nte_cap": "a lot"}, "contracts[0].nte_cap"),
        (
            "contracts",
            {"effective": {"from": "soon", "to": "2028-03-31"}},
            "contracts[0].effective.from",
        ),
        ("people", {"roles": "finance"}, "people[0].roles"),
        ("credit_rebill", {"entries": "two"}, "credit_rebill.entries"),
    ],
)
def test_a_value_of_another_type_is_named_by_its_place(
    firm: Path, section: str | None, changes: Facts, field: str
) -> None:
    """Whichever part of the program it is that reads the field."""
    spoil(firm, section, **changes)

    assert refusal(firm).field == field


@pytest.mark.parametrize(
    ("section", "wrong", "meant"),
    [
        ("contracts", "nte_capp", "nte_cap"),
        ("time_entries", "bilable", "billable"),
        (None, "service_level", "service_levels"),
    ],
)
def test_a_misspelled_field_is_not_passed_over(
    firm: Path, section: str | None, wrong: str, meant: str
) -> None:
    """Nobody would miss a cap that is not there."""
    facts = json.loads((firm / "fixture.json").read_text())
    place = facts if section is None else facts[section][0]
    place[wrong] = place.pop(meant)
    (firm / "fixture.json").write_text(json.dumps(facts))

    error = refusal(firm)

    assert error.field == (wrong if section is None else f"{section}[0].{wrong}")
    assert error.remedy == f"did you mean `{meant}`?"


@pytest.mark.parametrize(
    ("section", "changes", "field"),
    [
        ("entities", {"currency": "YEN"}, "entities[0].currency"),
        ("contracts", {"currency": "JPX"}, "contracts[0].currency"),
        ("rounding_case", {"currency": "EUO"}, "rounding_case.currency"),
        ("systems", {"currencies": ["EUR", "EUO"]}, "systems[0].currencies[1]"),
        ("clients", {"parent": "C-9"}, "clients[0].parent"),
        ("contracts", {"client": "C-9"}, "contracts[0].client"),
        ("contracts", {"legal_entity": "HD-XX"}, "contracts[0].legal_entity"),
        ("contracts", {"opportunity": "D/9"}, "contracts[0].opportunity"),
        ("contracts", {"project_manager": "M-9"}, "contracts[0].project_manager"),
        ("contracts", {"project": "A/1"}, "contracts[0].project"),
        ("future_contracts", {"client": "C-9"}, "future_contracts[0].client"),
        ("opportunities", {"client": "C-9"}, "opportunities[0].client"),
        ("employees", {"legal_entity": "HD-XX"}, "employees[0].legal_entity"),
        ("time_entries", {"employee": "J9"}, "time_entries[0].employee"),
        ("time_entries", {"project": "TKY-7"}, "time_entries[0].project"),
        ("expenses", {"project": "TKY-7"}, "expenses[0].project"),
        ("service_levels", {"contract": "K/7"}, "service_levels[0].contract"),
        ("credit_rebill", {"project": "TKY-7"}, "credit_rebill.project"),
        ("cap_raise", {"contract": "K/7"}, "cap_raise.contract"),
        ("setup_case", {"opportunity": "D/7"}, "setup_case.opportunity"),
    ],
)
def test_a_name_that_nothing_bears_is_named_with_its_place(
    firm: Path, section: str, changes: Facts, field: str
) -> None:
    """A currency that there is not, a project without a contract, and their like."""
    spoil(firm, section, **changes)

    error = refusal(firm)

    assert error.field == field
    assert error.remedy


def test_a_firm_says_when_a_countrys_law_binds_it(firm: Path) -> None:
    """Later than others, or never; of the other countries it is as usual."""
    spoil(
        firm, None, electronic_invoices={"begins": {"DE": "2028-01-01", "FR": None}, "version": 2}
    )
    law = load_firm(firm).electronic_invoicing()

    assert [law.since(each, each) for each in ("DE", "FR")] == [date(2028, 1, 1), None]
    assert law.is_mandated("IT", "IT", on=date(2026, 10, 31))
    assert law.version == 2


def test_a_firm_without_finance_is_not_begun(firm: Path) -> None:
    """Somebody must look at the invoices."""
    facts = json.loads((firm / "fixture.json").read_text())
    facts["people"] = [each for each in facts["people"] if "finance" not in each["roles"]]
    (firm / "fixture.json").write_text(json.dumps(facts))

    assert refusal(firm).reason == "nobody has the role finance"
