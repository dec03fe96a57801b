"""What is asked of a back office runs in the lane that was declared for it, all the way down."""

from datetime import timedelta
from pathlib import Path
from typing import cast

from governance.lanes import Lane, current_lane
from observability.metrics import Metrics
from process_apis.commands import CommandStatus
from process_apis.engine import Engine, Process, step
from process_apis.events.set_up import ProjectActivated
from process_apis.intake.feeds import Feed, FeedReader
from process_apis.project_to_cash import process as billing
from process_apis.project_to_cash.collection import process as collection
from process_apis.project_to_cash.credits import process as crediting
from process_apis.project_to_cash.ledger.billing import BillingLedger
from store.clock import wall_clock
from system_apis.canonical.record import Change, Page
from tests.process_apis.test_engine import reaches
from tests.process_apis.workshop import Workshop
from tests.stores import empty_store

EVENT = ProjectActivated(project_number="P-7", legal_entity="US")


async def test_a_step_runs_in_the_lane_of_its_process(workshop: Workshop) -> None:
    """A step of billing goes before one of other processes."""
    seen: list[Lane] = []

    async def look() -> int:
        seen.append(current_lane())
        return 1

    async def run(_: ProjectActivated) -> None:
        await step(look)

    process = Process(
        name="test", on=ProjectActivated, run=run, scopes=frozenset(), lane=Lane.BILLING
    )
    async with workshop.engine(process) as engine:
        await engine.start(EVENT, by="U-1")
        await reaches(workshop, CommandStatus.DONE)

    assert seen == [Lane.BILLING]


async def test_feeds_are_read_in_the_lane_of_sync(tmp_path: Path) -> None:
    """Reading a change feed leaves a reserve to processes."""
    seen: list[Lane] = []

    async def changes(*, after: int) -> Page[Change]:
        seen.append(current_lane())
        return Page([])

    store = empty_store(tmp_path / "strata.db")
    nobody = cast(Engine, None), cast(BillingLedger, None)
    feed = Feed("crm", changes, frozenset({"NWA-US"}))

    await FeedReader(store, *nobody, [feed], wall_clock, Metrics()).read_all()
    store.close()

    assert seen == [Lane.SYNC]


def test_what_posts_invoices_and_credit_notes_is_billing() -> None:
    """Preparing and posting go first; asking people, matching cash and reminders do not."""
    every = [
        *billing.processes(cast(billing.ProjectToCash, Anything())),
        *crediting.processes(cast(crediting.Credits, Anything())),
        *collection.processes(cast(collection.AfterPosting, Anything())),
    ]

    first = {each.name for each in every if each.lane is Lane.BILLING}

    assert first == {
        "project-to-cash",
        "project-to-cash.post",
        "project-to-cash.post-credit",
    }
    assert {each.lane for each in every} == {Lane.BILLING, Lane.PROCESSES}


class Anything:
    """Stands for a process of which only the declarations are read."""

    def __getattr__(self, _: str) -> timedelta:
        return timedelta()
