"""A period is billed once: what reaches into it keeps it back until finance parts the two."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace

from governance.access import Caller, acting_as
from governance.audit import Audit
from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.readiness.overlaps import overlaps
from process_apis.project_to_cash.records import (
    AdoptedDocument,
    BillingKind,
    ClientInvoice,
    EventStatus,
    InvoiceStage,
    PeriodClaim,
)
from process_apis.project_to_cash.rules import prepare
from store.clock import wall_clock
from store.database import Store
from system_apis.canonical.contracts import Contract
from system_apis.canonical.money import Money
from tests.process_apis.billing_facts import HALF_UP, contract, entry, id_of
from tests.process_apis.rules.test_other_models import RETAINER, SUBSCRIPTION, due, reasons
from tests.stores import empty_store

CALLER = Caller(subject="tests", client_id="tests", scopes=frozenset())
SEPTEMBER_15, OCTOBER_14 = date(2026, 9, 15), date(2026, 10, 14)


def _claim(start: date, end: date, kind: BillingKind = BillingKind.RETAINER) -> PeriodClaim:
    return PeriodClaim(kind=kind, event_id=id_of("be", 2), start=start, end=end, invoice="INV-7")


def _october(claim: PeriodClaim) -> BillingFacts:
    return replace(due(RETAINER, BillingKind.RETAINER), claims=(claim,))


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (SEPTEMBER_15, OCTOBER_14, ["PERIOD_OVERLAP"]),
        (date(2026, 10, 31), date(2026, 11, 29), ["PERIOD_OVERLAP"]),
        (date(2026, 9, 1), date(2026, 10, 1), ["PERIOD_OVERLAP"]),
        (date(2026, 9, 1), date(2026, 9, 30), []),
        (date(2026, 11, 1), date(2026, 11, 30), []),
    ],
)
def test_a_retainer_month_that_another_period_reaches_into_is_kept_back(
    start: date, end: date, found: list[str]
) -> None:
    """By one day is enough; what ends the day before or begins the day after is apart."""
    assert reasons(_october(_claim(start, end))) == found


def test_the_blocker_names_the_other_invoice_and_its_period() -> None:
    """Finance is told what to credit."""
    [blocker] = overlaps(_october(_claim(SEPTEMBER_15, OCTOBER_14)))

    assert (blocker.code, blocker.owner) == ("B10", "finance")
    assert "INV-7 bills 2026-09-15 to 2026-10-14" in blocker.remedy


def test_a_period_that_is_only_planned_twice_is_kept_back_too() -> None:
    """It is told by its days as long as there is no invoice."""
    planned = replace(_claim(SEPTEMBER_15, OCTOBER_14), invoice=None)
    [blocker] = overlaps(_october(planned))

    assert f"another bill is planned for {SEPTEMBER_15} to {OCTOBER_14}" in blocker.remedy


def test_another_kind_of_the_same_contract_is_apart() -> None:
    """A down payment of October is no month of October."""
    claim = _claim(SEPTEMBER_15, OCTOBER_14, BillingKind.DOWN_PAYMENT)

    assert reasons(_october(claim)) == []


def test_what_is_billed_again_is_told_by_its_sources() -> None:
    """The second event of a period has the first one's period, and only what was left over."""
    facts = _october(_claim(date(2026, 10, 1), date(2026, 10, 31)))
    again = replace(facts, event=replace(facts.event, sequence=2))

    assert reasons(facts) == ["PERIOD_OVERLAP"]
    assert list(overlaps(again)) == []


@pytest.mark.parametrize(
    ("agreed", "kind", "until", "found"),
    [
        (RETAINER, BillingKind.RETAINER, date(2026, 10, 14), ["PERIOD_OVERLAP"]),
        (SUBSCRIPTION, BillingKind.SUBSCRIPTION, date(2026, 10, 1), ["PERIOD_OVERLAP"]),
        (contract(), BillingKind.TIME, date(2026, 10, 14), ["PERIOD_OVERLAP"]),
        (RETAINER, BillingKind.RETAINER, date(2026, 9, 30), []),
    ],
)
def test_an_opening_balance_that_covers_part_of_a_period_keeps_it_back(
    agreed: Contract, kind: BillingKind, until: date, found: list[str]
) -> None:
    """What was billed before Strata is not billed by it again."""
    balance = replace(agreed, billed_until=until, billed_to_date=Money.of("10000", "USD"))

    assert reasons(due(balance, kind, entry("8"))) == found


class Ledger(Struct, frozen=True):
    """A billing ledger, and the store that it is in."""

    store: Store
    billing: BillingLedger

    async def adopted(self, facts: BillingFacts) -> ClientInvoice:
        """Take over an invoice of another hand that bills 15 September to 14 October."""
        event = replace(
            due(RETAINER, BillingKind.RETAINER).event,
            id=id_of("be", 2),
            period_start=SEPTEMBER_15,
            period_end=OCTOBER_14,
            status=EventStatus.INVOICED,
        )
        draft = prepare(facts, HALF_UP).draft
        invoice = ClientInvoice(
            id=id_of("inv", 1),
            billing_event_id=event.id,
            version=1,
            stage=InvoiceStage.POSTED,
            draft=draft,
            reference="INV:1",
            project_manager="U-1",
            instance="erp",
            number="INV-7",
            posted=draft.gross,
            adopted=True,
        )
        document = AdoptedDocument(event=event, invoice=invoice, sources=())
        await self.store.write(lambda c: self.billing.adopt(c, document, CALLER))
        return invoice

    async def october(self) -> list[str]:
        """Return what keeps the retainer of October back, by the ledger."""
        facts = due(RETAINER, BillingKind.RETAINER)
        return reasons(replace(facts, claims=await self.billing.so_far.claims(facts.event)))


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    """Open an empty ledger, and act as somebody who may write in it."""
    store = empty_store(tmp_path / "ledger.sqlite")
    with acting_as(CALLER):
        billing = BillingLedger(store, Audit(store, wall_clock, tmp_path / "heads.jsonl"))
        yield Ledger(store, billing)
    store.close()


async def test_an_adopted_invoice_across_two_months_keeps_both_back_until_it_is_credited(
    ledger: Ledger,
) -> None:
    """15 September to 14 October is billed; October waits until finance took that back."""
    before = await ledger.october()
    invoice = await ledger.adopted(due(RETAINER, BillingKind.RETAINER))
    during = await ledger.october()
    await ledger.billing.moved(replace(invoice, credited=invoice.posted), seen=invoice)

    assert (before, during) == ([], ["PERIOD_OVERLAP"])
    assert await ledger.october() == []


async def test_an_adopted_invoice_of_single_entries_leaves_the_fee_to_be_billed(
    ledger: Ledger,
) -> None:
    """Hours that another hand billed are no retainer month."""
    await ledger.adopted(due(contract(), BillingKind.TIME, entry("8")))

    assert await ledger.october() == []


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (EventStatus.PLANNED, ["PERIOD_OVERLAP"]),
        (EventStatus.BLOCKED, ["PERIOD_OVERLAP"]),
        (EventStatus.NOTHING_TO_BILL, []),
        (EventStatus.CANCELLED, []),
    ],
)
async def test_only_an_event_that_will_bill_keeps_another_one_back(
    ledger: Ledger, status: EventStatus, found: list[str]
) -> None:
    """One that was given up bills nothing any more."""
    event = replace(
        due(RETAINER, BillingKind.RETAINER).event,
        id=id_of("be", 2),
        period_start=SEPTEMBER_15,
        period_end=OCTOBER_14,
        status=status,
    )
    await ledger.billing.plan([event])

    assert await ledger.october() == found
