"""A run that goes on after a long wait is told in a trace of its own, also after a restart."""

from datetime import datetime, timedelta

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from observability.stretch import Origin
from observability.tracing import Config, Tracing, trace_headers
from process_apis.commands import CommandStatus
from process_apis.engine import Process, step
from process_apis.events.billing import InvoiceDrafted
from process_apis.events.set_up import ProjectActivated
from process_apis.exceptions.queue import ExceptionStatus, Resolution
from store.clock import wall_clock
from system_apis.errors import Refused
from tests.process_apis.test_engine import EVENT, OPERATOR, Work, reaches, until
from tests.process_apis.workshop import Workshop

BEGAN = f"00-{'1' * 32}-{'2' * 16}-01"
NOTED = "rojo=1,tenant@vendor=2"
FOLLOWING = InvoiceDrafted(
    invoice_id="inv_00000000000000000000000000", version=1, legal_entity="US"
)


async def test_what_a_person_sets_going_again_next_week_is_linked_to_its_beginning(
    workshop: Workshop,
) -> None:
    """Systems hear what was noted along the caller's trace until then, and no longer."""
    kept = InMemorySpanExporter()
    workshop.tracing = Tracing(Config(sample_ratio=1.0), kept)
    work, heard = Work(Refused("erp", "no")), list[dict[str, str]]()

    async def acts() -> None:
        heard.append(trace_headers())
        await work.act()

    async def run(event: ProjectActivated) -> InvoiceDrafted:
        await step(acts)
        await step(work.act)
        return FOLLOWING

    async def tell(event: InvoiceDrafted) -> None:
        heard.append(trace_headers())

    async def follow(event: InvoiceDrafted) -> None:
        await step(tell, event)

    first = Process(name="first", on=ProjectActivated, run=run, scopes=frozenset())
    second = Process(name="second", on=InvoiceDrafted, run=follow, scopes=frozenset())
    async with workshop.engine(first, second) as engine:
        await engine.start(EVENT, by="U-1", origin=Origin(BEGAN, NOTED))
        await reaches(workshop, CommandStatus.PARKED)
    workshop.wall = _next_week
    async with workshop.engine(first, second) as engine:
        (case,) = await workshop.exceptions.listed(OPERATOR, status=ExceptionStatus.OPEN)
        await workshop.exceptions.resolve(
            case, Resolution.RETRY, note="mended", by=OPERATOR, at=wall_clock()
        )
        await until(lambda: engine.resume(case))
        await reaches(workshop, CommandStatus.DONE, FOLLOWING.business_key)

    before, again, act, told = kept.get_finished_spans()
    [link] = again.links
    own = again.get_span_context()
    assert before.get_span_context().trace_id == link.context.trace_id == int("1" * 32, 16)
    assert own.trace_id != link.context.trace_id
    assert {each.parent.span_id for each in (act, told) if each.parent} == {own.span_id}
    assert not act.links
    assert not told.links
    assert [each.get("tracestate") for each in heard] == [NOTED, None, None]


async def test_what_was_noted_along_a_trace_is_known_again_after_a_restart(
    workshop: Workshop,
) -> None:
    """A run that was under way goes on in its trace, with all that systems heard before."""
    heard = list[dict[str, str]]()

    async def acts() -> None:
        heard.append(trace_headers())

    async def run(event: ProjectActivated) -> None:
        await step(acts)

    process = Process(name="first", on=ProjectActivated, run=run, scopes=frozenset())
    async with workshop.engine(process) as engine:
        command = await engine.start(EVENT, by="U-1", origin=Origin(BEGAN, NOTED))
    async with workshop.engine(process):
        await reaches(workshop, CommandStatus.DONE)
    stored = await workshop.commands.find(command.key)

    assert stored is not None
    assert stored.origin == Origin(BEGAN, NOTED)
    assert {each["tracestate"] for each in heard} == {NOTED}


def _next_week() -> datetime:
    return wall_clock() + timedelta(days=7)
