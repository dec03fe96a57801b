"""Northwind's whole October on Tryton: three companies, three currencies, every tax of theirs."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from gateway.demo.comparison import Comparison, Figure
from tests.real.tryton.clerk import clerk_at
from tests.real.tryton.documents import Document, SoldLine
from tests.real.tryton.server import Tryton
from tests.real.tryton_scene import tryton_scene
from tests.stories.programs import NORTHWIND

pytestmark = pytest.mark.real
LEDGERS = {"erp-a": ("NWA-US", "NWA-DE"), "erp-b": ("HAL-UK",)}
MONTH_END = date(2026, 10, 31)


class Tax(Struct, frozen=True):
    """How a contract's invoices are taxed."""

    category: str
    rate: Decimal


class Contract(Struct, frozen=True):
    """A contract, as far as its tax goes."""

    project: str
    tax: Tax


class PriorInvoice(Struct, frozen=True):
    """An invoice of the months before."""

    currency: str
    gross: Decimal


class Firm(Struct, frozen=True):
    """What is agreed with the firm's clients."""

    contracts: tuple[Contract, ...]
    prior_invoices: tuple[PriorInvoice, ...]


class Owed(Struct, frozen=True):
    """What clients owe, by currency."""

    open_receivables: dict[str, Decimal]


class CreditAndRebill(Struct, frozen=True):
    """What the firm expects of the hours that were billed wrongly."""

    credited_net: Decimal
    rebilled: Decimal
    released_after_cap_raise: Decimal


EXPECTED: dict[str, Figure] = msgspec.json.decode((NORTHWIND / "expected.json").read_bytes())
CORRECTION = msgspec.convert(EXPECTED["credit_rebill"], CreditAndRebill, strict=False)
FIRM = msgspec.json.decode((NORTHWIND / "fixture.json").read_bytes(), type=Firm)

# These books begin with October: what was invoiced before it is not in them.
BEFORE = {each.currency: each.gross for each in FIRM.prior_invoices}


async def test_the_books_of_three_companies_hold_the_month_as_expected(
    own_tryton: Tryton, tmp_path: Path
) -> None:
    """Every document of October, and the correction after it, is in Tryton to the last digit."""
    async with tryton_scene(tmp_path, own_tryton, ledgers=LEDGERS) as stage:
        told = await stage.story.play()
        code, said = await stage.gateway.run("audit", "verify")
    with clerk_at(own_tryton) as clerk:
        documents = clerk.documents()

    month = [each for each in documents if each.issued <= MONTH_END]
    clients = {each.project_number: each.client_number for each in told.projects}
    found = _compared(_told(month, clients))
    assert found.differences + found.not_computed == []
    owed = told.computed.pop("dso")
    assert _compared(told.computed).differences == []
    assert _owed(owed) == {
        currency: amount - BEFORE.get(currency, 0)
        for currency, amount in _owed(EXPECTED["dso"]).items()
    }
    assert told.broken == []
    assert {(each.project, each.state) for each in month} == {
        (each.project, "paid") for each in FIRM.contracts
    }
    assert _taxes(documents) == {(each.project, each.tax) for each in FIRM.contracts}
    assert _corrected(documents) == [
        ("credit_note", CORRECTION.credited_net),
        ("invoice", CORRECTION.rebilled),
        ("invoice", CORRECTION.released_after_cap_raise),
    ]
    assert [each.corrects for each in month if each.kind == "credit_note"] == [
        each.number for each in month if each.project == "P-3001" and each.kind == "invoice"
    ]
    for entity, books in groupby(documents, lambda each: each.legal_entity):
        _check_numbers(entity, list(books))
    assert code == 0, said


def _owed(told: Figure) -> dict[str, Decimal]:
    """Return what clients owe, by currency."""
    return msgspec.convert(told, Owed, strict=False).open_receivables


def _compared(computed: dict[str, Figure]) -> Comparison:
    """Compare figures with those of `expected.json`, in the sections that they have."""
    return Comparison(computed, {name: EXPECTED[name] for name in computed})


def _told(documents: Iterable[Document], clients: dict[str, str]) -> dict[str, Figure]:
    """Return documents in the shape of `expected.json`, clients by the firm's own numbers."""
    told: dict[str, list[Figure]] = {"invoices": [], "credit_notes": []}
    for each in documents:
        told[f"{each.kind}s"].append(
            {
                "project": each.project,
                "issue_date": each.issued.isoformat(),
                "client": clients[each.project],
                "legal_entity": each.legal_entity,
                "currency": each.currency,
                "kind": each.kind,
                "lines": [_line(line) for line in each.lines],
                "net": str(each.net),
                "tax": str(each.tax),
                "gross": str(each.gross),
                "tax_category": each.tax_category,
            }
        )
    return {**told}


def _line(line: SoldLine) -> dict[str, Figure]:
    said = {
        "kind": line.kind,
        "employee": line.employee,
        "milestone": line.milestone,
        "quantity": line.quantity,
        "rate": line.rate,
        "net": line.net,
    }
    return {name: str(value) for name, value in said.items() if value is not None}


def _taxes(documents: Iterable[Document]) -> set[tuple[str, Tax]]:
    return {
        (each.project, Tax(line.tax_category, line.tax_rate))
        for each in documents
        for line in each.lines
    }


def _corrected(documents: Iterable[Document]) -> list[tuple[str, Decimal]]:
    """Return what came to the books of P-1001 after the month, as it is numbered."""
    return [
        (each.kind, each.net)
        for each in documents
        if each.project == "P-1001" and each.issued > MONTH_END
    ]


def _check_numbers(entity: str, books: list[Document]) -> None:
    """One number after the other, in the order of their days."""
    counted = [int(each.number.rpartition("-")[2]) for each in books]
    assert counted == list(range(1, len(books) + 1)), entity
    days = [each.issued for each in books]
    assert days == sorted(days), entity
