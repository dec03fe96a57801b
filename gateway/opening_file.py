"""Opening balances as people write them down: one JSON file, or a table with a line an invoice."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from process_apis.adoption.balances import (
    OpeningBook,
    OpeningInvoice,
    OpeningProject,
    OrderRemainder,
)
from system_apis.canonical.money import Money

COLUMNS = (
    *("project_number", "contract_number", "currency", "billed_to_date"),
    *("invoice", "net", "period_start", "period_end", "whole_period"),
    *("time_entries", "expenses", "milestones", "difference"),
    *("purchase_order", "remaining"),
)
_NEEDED = COLUMNS[:4]
_BYTE = re.compile(r"\(byte (\d+)\)")


class UnreadableFile(Exception):
    """The file is not as documented; the text says where, and what to do about it."""


def read_opening(path: Path) -> OpeningBook:
    """Return the opening balances of a file, or raise `UnreadableFile`."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror}; name a file that can be read") from error
    return _table(path, body) if path.suffix == ".csv" else _json(path, body)


def _json(path: Path, body: bytes) -> OpeningBook:
    try:
        return msgspec.json.decode(body, type=OpeningBook)
    except msgspec.ValidationError as error:
        raise UnreadableFile(f"{path}: {error}; write this field as documented") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        found = _BYTE.search(str(error))
        line = body[: int(found[1])].count(b"\n") + 1 if found else 1
        reason = str(error).partition(" (byte")[0]
        raise UnreadableFile(f"{path}, line {line}: {reason}; write one JSON object") from error


def _table(path: Path, body: bytes) -> OpeningBook:
    try:
        rows = csv.DictReader(body.decode("utf-8-sig").splitlines(), strict=True)
        unknown = [each for each in rows.fieldnames or () if each not in COLUMNS]
        missing = [each for each in _NEEDED if each not in (rows.fieldnames or ())]
        if unknown or missing:
            told = [f"unknown column {each}" for each in unknown]
            told += [f"column {each} is missing" for each in missing]
            remedy = f"the columns are {', '.join(COLUMNS)}"
            raise UnreadableFile(f"{path}, line 1: {', '.join(told)}; {remedy}")
        projects: dict[str, OpeningProject] = {}
        for line, row in enumerate(rows, start=2):
            _add(projects, {name: (text or "").strip() for name, text in row.items()}, path, line)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(f"{path}: {error}; save it as CSV in UTF-8") from error
    if not projects:
        raise UnreadableFile(f"{path}, line 2: there is no project; write a line an invoice")
    return OpeningBook(tuple(projects.values()))


def _add(projects: dict[str, OpeningProject], row: dict[str, str], path: Path, line: int) -> None:
    """Add a line to the project that it names."""
    try:
        number = row["project_number"]
        told = _project(row)
        known = projects.setdefault(number, told)
        _check_same(known, told)
        projects[number] = msgspec.structs.replace(
            known,
            invoices=(*known.invoices, *_invoices(row)),
            purchase_orders=(*known.purchase_orders, *_orders(row)),
        )
    except (ValueError, msgspec.ValidationError) as error:
        raise UnreadableFile(f"{path}, line {line}: {error}; write it as documented") from error


def _check_same(known: OpeningProject, told: OpeningProject) -> None:
    """Raise `ValueError` when two lines tell one project differently."""
    facts = [(each.contract_number, each.billed_to_date) for each in (known, told)]
    if facts[0] != facts[1]:
        raise ValueError(f"{told.project_number} has another contract or billed_to_date above")


def _project(row: dict[str, str]) -> OpeningProject:
    return msgspec.convert(
        {
            "project_number": row["project_number"],
            "contract_number": row["contract_number"],
            "billed_to_date": _money(row, "billed_to_date"),
        },
        OpeningProject,
    )


def _invoices(row: dict[str, str]) -> Iterator[OpeningInvoice]:
    if not row.get("invoice"):
        return
    yield msgspec.convert(
        {
            "number": row["invoice"],
            "net": _money(row, "net"),
            "period_start": row.get("period_start", ""),
            "period_end": row.get("period_end", ""),
            "whole_period": row.get("whole_period", "").lower() in {"yes", "true"},
            "time_entries": row.get("time_entries", "").split(),
            "expenses": row.get("expenses", "").split(),
            "milestones": row.get("milestones", "").split(),
            "difference": row.get("difference") or None,
        },
        OpeningInvoice,
    )


def _orders(row: dict[str, str]) -> Iterator[OrderRemainder]:
    if row.get("purchase_order"):
        yield OrderRemainder(row["purchase_order"], Money(**_money(row, "remaining")))


def _money(row: dict[str, str], column: str) -> dict[str, str]:
    return {"amount": row.get(column, ""), "currency": row["currency"]}
