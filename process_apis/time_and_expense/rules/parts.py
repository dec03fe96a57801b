"""What keeps a week from being taken, told by where in it that stands."""

from collections.abc import Sequence

from process_apis.errors import WrongPart
from process_apis.time_and_expense.records import HandedIn, Severity

# The member of a row that a finding is about; of T07 it is the whole row.
_ABOUT = {
    "T01": "/hours",
    "T02": "/hours",
    "T03": "/hours",
    "T04": "/work_date",
    "T05": "/work_date",
    "T06": "/work_date",
    "T08": "/project_number",
    "T09": "/hours",
    "T10": "/project_number",
    "T11": "/billable",
    "T12": "/notes",
    "T13": "/work_date",
    "T14": "/work_date",
    "T15": "/hours",
    "T16": "/project_number",
    "DQ-E9": "/hours",
}


def wrong_parts(rows: Sequence[HandedIn]) -> list[WrongPart]:
    """Return every finding that blocks a row of a week, in the order of the rows."""
    return [
        WrongPart(
            pointer=f"/rows/{place}{_ABOUT.get(each.code, '')}",
            detail=f"{each.code} {each.name}: {each.reason}",
            remedy=each.remedy,
        )
        for place, row in enumerate(rows)
        for each in row.findings
        if each.severity is Severity.BLOCK
    ]
