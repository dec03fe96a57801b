"""Cells of a CSV file that no spreadsheet takes for a formula, and that read back as they were."""

import csv
import io
from collections.abc import Sequence

_FORMULAS = "=+-@\t\r\n＝＋－＠"
_GUARD = "'"


def row_of(cells: Sequence[str | None]) -> str:
    """Return a line of CSV; nothing is an empty cell, and an empty text is a guarded one."""
    line = io.StringIO()
    csv.writer(line).writerow([_guarded(cell) for cell in cells])
    return line.getvalue()


def unguarded(cell: str) -> str | None:
    """Return what a cell was before it was guarded."""
    return cell.removeprefix(_GUARD) if cell else None


def _guarded(cell: str | None) -> str:
    if cell is None:
        return ""
    return _GUARD + cell if not cell or cell[0] in _FORMULAS + _GUARD else cell
