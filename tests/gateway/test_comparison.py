"""How computed figures stand against expected ones: what differs, and what is not there yet."""

from gateway.demo.comparison import Comparison


def test_figures_are_compared_as_numbers_and_lists_in_any_order() -> None:
    """A trailing zero is no difference; a missing line is."""
    expected = {"net": "100.00", "lines": [{"a": "1"}, {"a": "2"}]}

    same = Comparison({"net": "100.0", "lines": [{"a": "2"}, {"a": "1.00"}]}, expected)
    other = Comparison({"net": "100.00", "lines": [{"a": "1"}]}, expected)

    assert same.differences == []
    assert len(other.differences) == 1


def test_documents_are_matched_by_their_project() -> None:
    """A missing invoice differs, and so does one of another amount; each is named once."""
    expected = {"invoices": [{"project": "P-1", "net": "1"}, {"project": "P-2", "net": "2"}]}

    found = Comparison({"invoices": [{"project": "P-2", "net": "3"}]}, expected)

    assert [each.split(":")[0] for each in found.differences] == [
        "invoices.P-1",
        "invoices.P-2.net",
    ]


def test_two_documents_of_one_project_are_matched_by_their_likeness() -> None:
    """Each milestone's wrong amount is named, whichever comes first."""
    first = {"project": "P-1", "issue_date": "2028-02-10", "net": "10"}
    second = {"project": "P-1", "issue_date": "2028-02-20", "net": "20"}
    wrong = [second | {"net": "21"}, first | {"net": "11"}]

    found = Comparison({"invoices": wrong}, {"invoices": [first, second]})

    assert found.differences == [
        "invoices.P-1[0].net: '11', expected '10'",
        "invoices.P-1[1].net: '21', expected '20'",
    ]


def test_a_section_that_is_not_there_is_not_computed_yet() -> None:
    """A whole section, and a figure of a project, whatever its number; nothing else may be."""
    expected = {
        "group": {"revenue": "1"},
        "projects": {"P.1": {"margin": "1", "leakage": {"over_cap": "2"}}, "P-2": {"hours": "3"}},
        "readiness": {"blockers": {"P-1": [{"code": "B03"}]}},
    }

    found = Comparison(
        {"projects": {"P.1": {"leakage": {}}}, "readiness": {"blockers": {}}}, expected
    )

    assert found.not_computed == ["group", "projects.P.1.margin"]
    assert [each.split(":")[0] for each in found.differences] == [
        "projects.P.1.leakage.over_cap",
        "projects.P-2",
        "readiness.blockers.P-1",
    ]


def test_nothing_and_what_is_not_there_are_the_same() -> None:
    """An empty list of credit notes says no more than none."""
    found = Comparison({"credit_notes": [], "rate": None}, {"blockers": {}})

    assert (found.differences, found.not_computed) == ([], [])
