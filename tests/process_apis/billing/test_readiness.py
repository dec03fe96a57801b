"""Readiness: each reason that keeps an invoice back appears, names who acts, and clears alone."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.readiness.blockers import blockers
from process_apis.project_to_cash.records import Blocker
from process_apis.project_to_cash.rules import prepare
from system_apis.canonical.billing import FiscalPeriod
from system_apis.canonical.contracts import (
    Backup,
    BillingModel,
    Contract,
    InvoicingTerms,
    TaxTerms,
)
from system_apis.canonical.money import Money
from system_apis.canonical.party import ClientStatus
from system_apis.canonical.time import EntryStatus, TimeEntry
from tests.process_apis.billing_facts import (
    HALF_UP,
    MONTH_END,
    client,
    contract,
    entry,
    expense,
    facts,
    id_of,
    order,
    week,
)
from tests.process_apis.owing_facts import objection, posted

Change = Callable[[BillingFacts], BillingFacts]
OPEN = [EntryStatus.DRAFT, EntryStatus.SUBMITTED, EntryStatus.HELD]


def _found(seen: BillingFacts) -> list[Blocker]:
    prepared = prepare(seen, HALF_UP)
    return blockers(seen, prepared.draft, prepared.over_cap)


def _reasons(seen: BillingFacts) -> list[tuple[str, str]]:
    return [(each.code, each.reason) for each in _found(seen)]


def _ready() -> BillingFacts:
    """Return an event with everything that could keep it back, and nothing that does."""
    return facts(
        entry("8", number=1),
        entry("4", status=EntryStatus.REJECTED, number=2),
        entry("4", status=EntryStatus.SUBMITTED, number=3, billable=False),
        agreed=contract(cap="10000", orders=(order("PO-1", "10000"),)),
        expenses=(expense("42.50", 1), expense("95", 2, status=EntryStatus.REJECTED)),
    )


def _agreed(**terms: object) -> Change:
    return lambda seen: replace(seen, contract=_changed(seen.contract, terms))


def _changed(agreed: Contract, terms: dict[str, object]) -> Contract:
    return replace(agreed, **terms)


def _with(**known: object) -> Change:
    return lambda seen: replace(seen, **known)


BLOCKED: list[tuple[Change, str, str, str]] = [
    (_agreed(signed_at=None), "B01", "CONTRACT_NOT_SIGNED", "sales_operations"),
    (_agreed(document_hash=None), "B01", "CONTRACT_NOT_SIGNED", "sales_operations"),
    (
        _agreed(effective_to=date(2026, 9, 30)),
        "B01",
        "CONTRACT_NOT_ACTIVE",
        "sales_operations",
    ),
    (
        _agreed(effective_from=date(2026, 10, 2)),
        "B01",
        "CONTRACT_NOT_ACTIVE",
        "sales_operations",
    ),
    (
        _agreed(billing_model=BillingModel.FIXED_FEE),
        "DQ-K10",
        "REVENUE_METHOD_MISSING",
        "finance",
    ),
    (_with(client=client(ClientStatus.ON_HOLD)), "B02", "CLIENT_ON_HOLD", "finance"),
    (_with(client=client(ClientStatus.BLOCKED)), "B02", "CLIENT_ON_HOLD", "finance"),
    (
        _with(client=replace(client(), billing_address=None)),
        "B02",
        "BILLING_ADDRESS_MISSING",
        "finance",
    ),
    (_agreed(purchase_orders=()), "B03", "PO_MISSING", "project_manager"),
    (
        _agreed(purchase_orders=(order("PO-1", "10000", date(2026, 10, 30)),)),
        "B03",
        "PO_EXPIRED",
        "project_manager",
    ),
    (_with(ordered=Money("7717.51", "USD")), "B03", "PO_EXHAUSTED", "project_manager"),
    *(
        (_with(entries=(entry("8", status=status),)), "B04", "TIME_NOT_APPROVED", "project_manager")
        for status in OPEN
    ),
    (
        _with(timesheets=(week("E1"), week("E2", submitted=False))),
        "B05",
        "TIMESHEET_MISSING",
        "line_manager",
    ),
    *(
        (
            _with(expenses=(expense("42.50", status=status),)),
            "B06",
            "EXPENSES_NOT_APPROVED",
            "line_manager",
        )
        for status in OPEN
    ),
    (_with(entries=(entry("8", role="Stranger"),)), "B07", "RATE_NOT_FOUND", "project_manager"),
    (_agreed(nte_cap=Money("2239.99", "USD")), "B09", "NTE_EXCEEDED", "finance"),
    (
        _with(fiscal_period=FiscalPeriod("US", MONTH_END, MONTH_END, is_open=False)),
        "B13",
        "PERIOD_CLOSED",
        "finance",
    ),
    (_agreed(tax=TaxTerms("AE", Decimal(0))), "B02", "TAX_ID_MISSING", "finance"),
    (
        _with(client=replace(client(), country="DE", tax_id="DE123")),
        "B02",
        "TAX_ID_INVALID",
        "finance",
    ),
    (_with(billed_sources=frozenset({id_of("te", 1)})), "B10", "SOURCE_ALREADY_BILLED", "finance"),
    (_agreed(tax=None), "B11", "TAX_UNDETERMINED", "finance"),
    (_with(has_rate=False), "B12", "EXCHANGE_RATE_MISSING", "finance"),
    (
        _agreed(invoicing=InvoicingTerms(backup=(Backup.RECEIPTS,))),
        "B19",
        "BACKUP_MISSING",
        "project_manager",
    ),
    (_agreed(tax=TaxTerms("AE", Decimal("0.19"))), "B11", "TAX_CONTRADICTORY", "finance"),
    (
        _with(disputes=(objection(posted("INV-1", "100"), "10"),)),
        "B14",
        "DISPUTE_OPEN",
        "finance",
    ),
    (_with(fiscal_period=None), "B13", "PERIOD_CLOSED", "finance"),
    (_with(client=None), "B20", "LEDGER_REFERENCE_MISSING", "finance"),
    (_with(ledger_project=None), "B20", "LEDGER_REFERENCE_MISSING", "finance"),
]


def test_an_event_with_everything_in_place_is_ready() -> None:
    """Rejected rows are decided and work that is not billable waits for nobody."""
    assert _found(_ready()) == []


@pytest.mark.parametrize(("spoilt", "code", "reason", "owner"), BLOCKED)
def test_each_blocker_comes_alone_and_goes_when_its_cause_does(
    spoilt: Change, code: str, reason: str, owner: str
) -> None:
    """One thing that is missing is one blocker, with who acts and what they do."""
    [blocker] = _found(spoilt(_ready()))

    assert (blocker.code, blocker.reason, blocker.owner) == (code, reason, owner)
    assert blocker.remedy


def test_all_blockers_are_told_at_once_in_the_order_of_their_codes() -> None:
    """Nobody is sent away once for each thing that is missing."""
    worst = facts(
        entry("8", number=1),
        entry("8", number=2, status=EntryStatus.SUBMITTED, role="Stranger"),
        agreed=replace(contract(cap="100", orders=()), signed_at=None),
        expenses=(expense("42.50", status=EntryStatus.HELD),),
    )
    worst = replace(
        worst,
        client=client(ClientStatus.BLOCKED),
        timesheets=(week("E1", submitted=False),),
        fiscal_period=None,
        ledger_project=None,
    )

    codes = [each.code for each in _found(worst)]

    assert codes == ["B01", "B02", "B03", "B04", "B05", "B06", "B07", "B09", "B13", "B20"]


@pytest.mark.parametrize("day", [date(2026, 10, 1), date(2026, 9, 1)])
def test_a_contract_is_active_from_its_first_day(day: date) -> None:
    """The period's first day is what counts."""
    assert _reasons(_agreed(effective_from=day)(_ready())) == []


def test_a_contract_is_active_until_its_last_day() -> None:
    """A period that begins on the last day is still billed."""
    assert _reasons(_agreed(effective_to=date(2026, 10, 1))(_ready())) == []


def test_an_order_suffices_to_the_cent_and_until_the_end_of_its_last_day() -> None:
    """2,282.50 are left of the order, and that is what the invoice is."""
    assert prepare(_ready(), HALF_UP).draft.net == Money("2282.50", "USD")
    assert _reasons(_with(ordered=Money("7717.50", "USD"))(_ready())) == []


def test_several_orders_suffice_together() -> None:
    """What an invoice needs is looked for on all orders that hold."""
    both = (order("PO-1", "1000"), order("PO-2", "1282.50"))

    assert _reasons(_agreed(purchase_orders=both)(_ready())) == []


def test_no_order_is_asked_for_when_the_contract_asks_for_none() -> None:
    """Most clients pay without one."""
    none_needed = _agreed(purchase_order_required=False, purchase_orders=())

    assert _reasons(none_needed(_ready())) == []


def test_no_order_is_asked_for_an_invoice_of_nothing() -> None:
    """An event that bills nothing has nothing to order."""
    idle = facts(agreed=contract(orders=()))

    assert _reasons(idle) == []


def test_what_waits_is_named() -> None:
    """Whoever clears a blocker reads in it which rows, weeks and roles it is about."""
    seen = replace(
        facts(
            entry("1", number=7, status=EntryStatus.HELD),
            entry("1", number=8, role="Stranger"),
            expenses=(expense("1", 9, status=EntryStatus.SUBMITTED),),
        ),
        timesheets=(week("E3", submitted=False),),
    )

    told = {each.code: each.remedy for each in _found(seen)}

    assert "TE-7" in told["B04"]
    assert "E3 2026-10-26" in told["B05"]
    assert "EX-9" in told["B06"]
    assert "Stranger" in told["B07"]


@pytest.mark.parametrize(
    "stranger",
    [
        entry("8", role="Stranger", number=2, status=EntryStatus.REJECTED),
        entry("8", role="Stranger", number=2, billable=False),
    ],
    ids=["rejected", "not billable"],
)
def test_work_that_is_never_billed_needs_no_rate(stranger: TimeEntry) -> None:
    """It does not hold what is billed."""
    assert _reasons(facts(entry("8"), stranger)) == []


def test_what_exceeds_the_cap_is_at_risk_until_finance_accepts_exactly_that() -> None:
    """An answer about another amount does not count; a raised cap clears it as well."""
    over = facts(entry("1"), agreed=contract(cap="1000"), billed="900")
    [blocker] = _found(over)

    assert blocker.amount_at_risk == Money("180.00", "USD")
    assert _reasons(_accepted(over, "179.99")) == [("B09", "NTE_EXCEEDED")]
    assert _reasons(_accepted(over, "180.00")) == []
    assert _reasons(_agreed(nte_cap=Money("1180.00", "USD"))(over)) == []


def _accepted(seen: BillingFacts, amount: str) -> BillingFacts:
    accepted = Money.of(Decimal(amount), "USD")
    return replace(seen, event=replace(seen.event, accepted_over_cap=accepted))
