"""Opening balances as files: what is wrong is told with its line or field, and the remedy."""

from pathlib import Path

import pytest

from gateway.opening_file import UnreadableFile, read_opening
from system_apis.canonical.money import Money

HEAD = "project_number,contract_number,currency,billed_to_date,"
TABLE = (
    HEAD + "invoice,net,period_start,period_end,time_entries,purchase_order,remaining\n"
    "P-1,CT-1,KWD,30.125,INV-1,10.125,2027-01-01,2027-01-31,H-1 H-2,PO-1,69.875\n"
    "P-1,CT-1,KWD,30.125,INV-2,20.000,2027-02-01,2027-02-28,,,\n"
    "P-2,CT-2,JPY,0,,,,,,,\n"
)


def test_a_table_says_the_same_as_json(tmp_path: Path) -> None:
    """A line an invoice; the lines of a project belong together."""
    path = tmp_path / "opening.csv"
    path.write_text(TABLE)

    first, second = read_opening(path).projects

    assert [each.number for each in first.invoices] == ["INV-1", "INV-2"]
    assert first.billed_to_date == Money("30.125", "KWD")
    assert first.invoices[0].time_entries == ("H-1", "H-2")
    assert [(each.number, each.remaining.amount) for each in first.purchase_orders] == [
        ("PO-1", "69.875")
    ]
    assert (second.invoices, second.billed_to_date) == ((), Money("0", "JPY"))


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.csv", TABLE.replace("10.125", "10.1255"), ("line 2", "no unit smaller")),
        ("a.csv", TABLE.replace("2027-02-28", "2027-02-30"), ("line 3", "period_end")),
        ("a.csv", TABLE.replace("P-1,CT-1,KWD,30.125,INV-2", "P-1,CT-9,KWD,30.125,INV-2"), ("3",)),
        ("a.csv", TABLE.replace("remaining", "rest", 1), ("line 1", "rest", "the columns are")),
        ("a.csv", HEAD[:-1] + "\n", ("line 2", "no project")),
        ("a.json", '{\n "projects": [,]}', ("line 2", "JSON")),
        ("a.json", '{"projects": []}', ("$.projects", "as documented")),
        ("a.json", '{"projects": [{"project_number": "P-1"}]}', ("$.projects[0]", "contract")),
        ("none.json", None, ("No such file",)),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(
    tmp_path: Path, name: str, text: str | None, told: tuple[str, ...]
) -> None:
    """The error names the line or field, and what to do."""
    path = tmp_path / name
    if text is not None:
        path.write_text(text)

    with pytest.raises(UnreadableFile) as error:
        read_opening(path)

    assert [each for each in told if each not in str(error.value)] == []
    assert ";" in str(error.value)
