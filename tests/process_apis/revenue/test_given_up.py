"""A month of hours that is given up earns nothing, until it is put back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace

from gateway.firm import load_firm
from governance.access import Caller, acting_as
from governance.audit import Audit
from process_apis.engagements import Engagement
from process_apis.opportunity_to_project.planned import planned_events
from process_apis.project_to_cash.checks import Checks
from process_apis.project_to_cash.collection.disputes import Disputes
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import BillingEvent, EventStatus
from process_apis.project_to_cash.write_offs.ledger import WriteOffLedger
from process_apis.project_to_cash.write_offs.records import WriteOff, WriteOffStage
from process_apis.project_to_cash.write_offs.rules import ground_of
from process_apis.project_to_cash.write_offs.weighing import Weighing
from process_apis.revenue.figures.standing import standing
from process_apis.revenue.reading import Reading
from process_apis.revenue.records import ProjectStanding
from store.clock import wall_clock
from system_apis.canonical.time import EntryDraft
from tests.faults.changed_project import now, systems_of
from tests.process_apis.billing_facts import MONTH_END, id_of
from tests.process_apis.engaged import engaged_by
from tests.process_apis.revenue_facts import judged, usd
from tests.stores import empty_store
from tests.system_apis.sandbox.house import MONTH_END as LATE
from tests.system_apis.sandbox.house import NORTHWIND, House, house_of

COMPANY = "NWA-US"
CLIENT = ("CUST-1001", "Contoso Health Inc.")
CALLER = Caller(
    subject="tests",
    client_id="tests",
    scopes=frozenset({"system:psa:read_cost"}),
    entities=frozenset({COMPANY}),
)
FIRM = load_firm(NORTHWIND)


class Worked(Struct):
    """The firm's project at rates: its October, and what says what it earned."""

    engagement: Engagement
    billing: BillingLedger
    write_offs: WriteOffLedger
    reading: Reading

    async def october(self) -> BillingEvent:
        """Return the billing event of October."""
        found = await self.billing.events(
            entities=frozenset({COMPANY}), contract_number=self.engagement.contract_number
        )
        return next(each for each in found if each.period_end == MONTH_END)

    async def stands(self) -> ProjectStanding:
        """Return how the project stands at the end of October."""
        return standing(judged(await self.reading.facts(self.engagement, "2026-10")))

    async def worked_late(self, hours: str) -> None:
        """Have somebody hand in hours of October after the others, and have them approved."""
        draft = EntryDraft(
            number="TE-LATE",
            employee="E101",
            role="Principal",
            project_number="P-1001",
            work_date=MONTH_END,
            hours=Decimal(hours),
            billable=True,
        )
        psa = self.reading.systems.psas["psa"]
        entered = await psa.enter_time(draft, key="TE-LATE")
        await psa.decide_time(entered.id, approved=True, key="TE-LATE:approve")

    async def written_off(self) -> WriteOff:
        """Have October written off."""
        event = await self.october()
        prepared = (await Weighing(self.reading.checks).weigh(event)).prepared
        wish = WriteOff(
            id=id_of("wo"),
            billing_event_id=event.id,
            contract_number=event.contract_number,
            version=1,
            stage=WriteOffStage.ASKED,
            draft=prepared.draft,
            ground=ground_of(prepared),
            reason="the client is insolvent",
            requested_by="U-FI1",
            approvers=("finance_director",),
            terms_version=0,
        )
        asked = await self.write_offs.ask(wish, 0)
        return await self.write_offs.write_off(asked, prepared.billed, seen=event, on=MONTH_END)

    async def put_back(self, known: WriteOff) -> None:
        """Have October billed after all."""
        asked = replace(
            known, stage=WriteOffStage.REVERSAL_ASKED, version=2, reversal_reason="they pay"
        )
        await self.write_offs.turn(known, asked, reason="they pay")
        await self.write_offs.put_back(asked, on=MONTH_END)


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[Worked]:
    """Let the firm's October be worked, and nobody have billed it yet."""
    async with house_of(NORTHWIND, tmp_path, timeout_ms=10_000) as house:
        await house.at(LATE)
        async with _project(house, tmp_path) as there:
            yield there


@asynccontextmanager
async def _project(house: House, folder: Path) -> AsyncIterator[Worked]:
    store = empty_store(folder / "strata.sqlite")
    audit = Audit(store, wall_clock, folder / "heads.jsonl")
    entities = FIRM.legal_entities()
    systems = systems_of(house, *entities)
    billing, write_offs = BillingLedger(store, audit), WriteOffLedger(store, audit)
    disputes = Disputes(store, audit, billing)
    checks = Checks(systems, billing, entities, now, disputes, FIRM.approval_policy())
    with acting_as(CALLER):
        contract = (await systems.contracts.contracts(number="CT-1001")).items[0]
        await billing.plan(planned_events(contract, "CUST-1001"))
        reading = Reading(systems, billing, checks, FIRM.exchange(), entities, write_offs)
        yield Worked(engaged_by(contract, CLIENT, now()), billing, write_offs, reading)
    store.close()


async def test_hours_that_are_written_off_earn_nothing_until_they_are_put_back(
    project: Worked,
) -> None:
    """Nor do hours that are handed in after it: the month is given up, not its hours alone.

    What was earned before Strata billed stays; what is given up is named as lost.
    """
    before = await project.stands()
    off = await project.written_off()
    gone = await project.stands()
    await project.worked_late("2")
    later = await project.stands()
    await project.put_back(off)
    back = await project.stands()

    assert (before.revenue, before.recognized) == (usd("58640.50"), usd("81240.50"))
    assert (gone.revenue, gone.recognized) == (usd("0"), usd("22600"))
    assert (before.leakage.write_off, gone.leakage.write_off) == (usd("0"), usd("58640.50"))
    assert (later.revenue, later.hours - gone.hours) == (usd("0"), Decimal(2))
    assert gone.hours == before.hours
    assert (back.revenue, back.leakage.over_cap) == (before.revenue, usd("4360"))
    assert back.leakage.write_off == usd("0")


@pytest.mark.parametrize("status", [EventStatus.CANCELLED, EventStatus.NOTHING_TO_BILL])
async def test_hours_of_an_event_that_is_never_billed_earn_nothing(
    project: Worked, status: EventStatus
) -> None:
    """Whether its project never opened, or a check found nothing that is to be billed."""
    event = await project.october()
    await project.billing.checked(replace(event, status=status), seen=event)

    stands = await project.stands()
    assert (stands.revenue, stands.leakage.write_off) == (usd("0"), usd("0"))
