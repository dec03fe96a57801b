"""What a bill rests on: grave faults of its rows hold it, and so does a record in quarantine."""

from collections.abc import AsyncIterator, Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from governance.access import Caller, acting_as
from governance.audit import Audit
from governance.quality.findings import FindingState, QualityFindings
from governance.quality.rules import Judgement, Kind, Verdict
from observability.metrics import Metrics
from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.records import BillingKind
from process_apis.project_to_cash.rules import prepare
from process_apis.quality.inspection import BillingInspection
from process_apis.quality.table import RULES
from store.clock import wall_clock
from system_apis.canonical.team import Booking, BookingKind
from system_apis.canonical.time import EntryStatus
from tests.process_apis.billing_facts import (
    HALF_UP,
    SOURCE,
    contract,
    entry,
    expense,
    facts,
    id_of,
)
from tests.process_apis.quality.commercial_examples import PROJECT
from tests.stores import empty_store

CHECKER = Caller(subject="process:check", client_id="process:check", scopes=frozenset())
LINE_MANAGER = Caller(
    subject="U-LM1",
    client_id="console",
    scopes=frozenset(),
    roles=frozenset({"line_manager"}),
    entities=frozenset({"US"}),
)
RULE_OF = {each.rule.id: each.rule for each in RULES}
Change = Callable[[BillingFacts], BillingFacts]


@pytest.fixture
async def findings(tmp_path: Path) -> AsyncIterator[QualityFindings]:
    """Begin an empty register."""
    store = empty_store(tmp_path / "strata.db")
    audit = Audit(store, wall_clock, tmp_path / "audit-heads.jsonl")
    yield QualityFindings(store, audit, wall_clock, Metrics())
    store.close()


async def _held(findings: QualityFindings, seen: BillingFacts) -> list[tuple[str, str | None]]:
    """Return which rules hold the bill, and how much of it."""
    with acting_as(CHECKER):
        found = await BillingInspection(findings)(seen)
    return [(each.code, str(each.amount_at_risk)) for each in found]


def _bill() -> BillingFacts:
    """Return a bill of work that nothing is wrong with."""
    return replace(
        facts(
            entry("8", number=1),
            entry("4", number=2),
            agreed=replace(contract(), expenses_billable=True),
            expenses=(expense("42.50"),),
        ),
        project=PROJECT,
        bookings=(_booking(),),
    )


def _booking() -> Booking:
    return Booking(
        id=id_of("bk"),
        project_number="P-1",
        legal_entity="US",
        employee="E1",
        role="Consultant",
        percent=Decimal(80),
        kind=BookingKind.HARD,
        start=date(2026, 10, 1),
        end=date(2026, 10, 31),
        source=SOURCE,
    )


def _first(**changed: object) -> Change:
    """Change the first time entry."""
    return lambda seen: replace(
        seen, entries=(replace(seen.entries[0], **changed), *seen.entries[1:])
    )


def _spent(*amounts: str, receipt: str | None, currency: str = "USD") -> Change:
    lines = [
        replace(expense(each, number, currency=currency), receipt_hash=receipt)
        for number, each in enumerate(amounts, start=1)
    ]
    return lambda seen: replace(seen, expenses=tuple(lines))


def _also(*changes: Change) -> Change:
    def changed(seen: BillingFacts) -> BillingFacts:
        for each in changes:
            seen = each(seen)
        return seen

    return changed


WRONG: dict[str, tuple[Change, list[str]]] = {
    "25 hours in a day": (_first(hours=Decimal(25)), ["DQ-E4"]),
    "the same hours again": (
        lambda seen: replace(
            seen, entries=(*seen.entries, replace(seen.entries[0], id=id_of("te", 9)))
        ),
        ["DQ-E5", "DQ-E5"],
    ),
    "a day that nobody was booked for": (_first(work_date=date(2026, 9, 30)), ["DQ-E6"]),
    "a day before the project": (
        lambda seen: replace(seen, project=replace(PROJECT, start=date(2026, 10, 3))),
        ["DQ-E7"],
    ),
    "no receipt of a large expense": (_spent("75.00", receipt=None), ["DQ-X1"]),
    "no receipt in Europe": (
        _spent("5.00", receipt=None, currency="EUR"),
        ["DQ-X1", "DQ-X2"],
    ),
    "one receipt for two": (_spent("10.00", "12.00", receipt="sha256:1"), ["DQ-X3", "DQ-X3"]),
    "another currency": (_spent("80.00", receipt="sha256:1", currency="GBP"), ["DQ-X2"]),
}
RIGHT: dict[str, Change] = {
    "as it is": lambda seen: seen,
    "minutes, which only warn": _first(hours=Decimal("7.90")),
    "work of somebody where bookings are not told": lambda seen: replace(seen, bookings=()),
    "a project that the PSA does not tell": lambda seen: replace(seen, project=None),
    "a fault of rejected time": _first(hours=Decimal(25), status=EntryStatus.REJECTED),
    "a fault of time that is not billed": _first(hours=Decimal(25), billable=False),
    "a fault of time that stands on an invoice": lambda seen: replace(
        _first(hours=Decimal(25))(seen), billed_sources=frozenset({seen.entries[0].id})
    ),
    "a small expense without a receipt": _spent("74.99", receipt=None),
    "expenses that the client does not pay": _also(
        _spent("80.00", receipt=None),
        lambda seen: replace(seen, contract=replace(seen.contract, expenses_billable=False)),
    ),
    "rows under a milestone": lambda seen: replace(
        _first(hours=Decimal(25))(seen),
        event=replace(seen.event, kind=BillingKind.MILESTONE, milestone="M1"),
    ),
}


@pytest.mark.parametrize(("change", "rules"), WRONG.values(), ids=WRONG)
async def test_a_grave_fault_of_a_row_holds_the_bill(
    findings: QualityFindings, change: Change, rules: list[str]
) -> None:
    """However often the bill is checked, it is one finding each."""
    seen = change(_bill())

    held = [await _held(findings, seen) for _ in range(2)]

    assert [code for code, _ in held[1]] == rules
    assert held[0] == held[1]
    assert len(await findings.all_open()) == len(rules)


@pytest.mark.parametrize("change", RIGHT.values(), ids=RIGHT)
async def test_what_is_right_or_only_odd_holds_nothing(
    findings: QualityFindings, change: Change
) -> None:
    """What is not known is not held against anybody."""
    assert await _held(findings, change(_bill())) == []


async def test_a_fault_that_is_put_right_lets_the_bill_go(findings: QualityFindings) -> None:
    """Nobody has to say so; at risk was what the hours cost."""
    wrong = _first(hours=Decimal(25))(_bill())
    before = await _held(findings, wrong)
    after = await _held(findings, _first(hours=Decimal(8), version=2)(wrong))

    rate = wrong.contract.rates[0].rate
    assert before == [("DQ-E4", f"{25 * rate.value:,.2f} {rate.currency}")]
    assert after == []
    assert await findings.all_open() == []


async def test_a_waived_fault_holds_nothing(findings: QualityFindings) -> None:
    """Only the role that owns it lets it be."""
    seen = _first(hours=Decimal(25))(_bill())
    await _held(findings, seen)
    [found] = await findings.all_open()
    waived = await findings.waive(found.id, LINE_MANAGER, reason="a release night", until=_later())

    assert waived.state is FindingState.WAIVED
    assert await _held(findings, seen) == []


@pytest.mark.parametrize("subject", [id_of("ct"), id_of("cl"), id_of("pr"), id_of("lp")])
async def test_a_record_in_quarantine_holds_every_bill_that_rests_on_it(
    findings: QualityFindings, subject: str
) -> None:
    """A record that its system deleted, for one; a warning or a block elsewhere does not."""
    seen = _bill()
    with acting_as(CHECKER):
        await findings.judged(
            _said(Kind.CHANGE, "DQ-I2", subject),
            _said(Kind.CLIENT, "DQ-C9", subject),
            _said(Kind.CLIENT, "DQ-C5", subject),
            _said(Kind.CONTRACT, "DQ-K7", subject),
            _said(Kind.CHANGE, "DQ-I2", id_of("ct", 7)),
        )

    assert await _held(findings, seen) == [("DQ-I2", "None")]


async def test_an_expense_in_another_currency_is_never_on_the_invoice(
    findings: QualityFindings,
) -> None:
    """No rate was agreed for it: it waits, and does not break the check."""
    seen = _spent("80.00", receipt="sha256:1", currency="GBP")(_bill())

    prepared = prepare(seen, HALF_UP)

    assert prepared.draft.currency == "USD"
    assert [each.line.kind for each in prepared.billed if each.line.kind == "expenses"] == []
    assert [code for code, _ in await _held(findings, seen)] == ["DQ-X2"]


def _said(kind: Kind, rule: str, subject: str) -> Judgement:
    return Judgement(
        kind=kind,
        subject=subject,
        version=1,
        system="erp",
        legal_entity="US",
        verdicts=(Verdict(RULE_OF[rule], "it is wrong"),),
    )


def _later() -> datetime:
    return wall_clock() + timedelta(days=7)
