"""What people do along an engagement, from its set-up to the payment of its invoice."""

import re
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path

import aiohttp
from msgspec import Struct

from experience_apis.delivery.projects import ProjectView
from experience_apis.finance.v1 import InvoicePage
from experience_apis.finance.views import InvoiceView, ReadinessPage, ReadinessView
from experience_apis.worklist.items import Item
from experience_apis.worklist.v1 import Worklist
from gateway.demo.stillness import Stillness
from process_apis.engagements import EngagementStatus
from process_apis.project_to_cash.records import EventStatus, InvoiceStage
from system_apis.sandbox.server import SandboxAddress
from tests.stories.books import BookedInvoice, Books, Operator, done_twice
from tests.stories.clerks import Clerks
from tests.stories.people import Answer, People, until
from tests.stories.programs import BEGINS, NORTHWIND, GatewayProgram, sandbox_program

MORNING = "2026-10-31T08:00:00Z"
EVENING = "2026-10-31T16:00:00Z"
# An id of ours: a prefix, and 26 letters of ours or 24 of a digest.
OPAQUE = re.compile(r"\b[a-z]{2,5}_(?:[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{24})\b")
NEWEST = "SELECT max(sequence) FROM audit"


class Engagement:
    """One project's engagement, as the people of the firm carry it on."""

    def __init__(self, people: People, project: str = "P-1001") -> None:
        self.people, self.project = people, project

    async def set_up(self) -> ProjectView:
        """Wait until the project is active everywhere, approving what people are asked first."""
        path = f"/experience/delivery/v1/projects/{self.project}"

        async def done() -> ProjectView | None:
            answer = await self.people.call("finance", "GET", f"{path}/progress")
            if answer.status == 404:
                return None
            view = answer.read(ProjectView)
            if view.status is EngagementStatus.PENDING_APPROVAL:
                await self._agree()
            over = view.set_up is not None and view.set_up.status == "done"
            return view if over and view.status is EngagementStatus.ACTIVE else None

        return await until(done, f"the set-up of {self.project}")

    async def _agree(self) -> None:
        """Have everybody who is asked about the set-up approve it."""
        for person in self.people.firm.people:
            found = await self.people.read(person.id, "/experience/worklist/v1/", Worklist)
            for item in found.items:
                if f"{self.project}: set-up" in item.title:
                    await self.decide(person.id, item)

    async def at(self, moment: str) -> None:
        """Let the business time be this moment."""
        answer = await self.people.call("operator", "PUT", "/governance/v1/clock", {"now": moment})
        assert answer.status == 200, answer.body

    async def readiness(self, period_end: str = "2026-10-31") -> ReadinessView:
        """Return the billing event of the month."""
        page = await self.people.read("finance", "/experience/finance/v1/readiness", ReadinessPage)
        [event] = [
            each
            for each in page.items
            if each.project_number == self.project and str(each.period_end) == period_end
        ]
        return event

    async def first_check(self) -> ReadinessView:
        """Let the billing day begin, and return what the first check found."""
        await self.at(MORNING)

        async def checked() -> ReadinessView | None:
            event = await self.readiness()
            return event if event.status is not EventStatus.PLANNED else None

        return await until(checked, "the first readiness check")

    async def blocked_only_by(self, code: str, period_end: str = "2026-10-31") -> ReadinessView:
        """Wait until one thing alone keeps the month's billing event back."""

        async def alone() -> ReadinessView | None:
            event = await self.readiness(period_end)
            return event if [each.code for each in event.blockers] == [code] else None

        return await until(alone, f"{code} alone")

    async def asked(self, who: str, about: str) -> Item:
        """Wait for what a person is asked about, told by a part of its title; none names an id."""

        async def waiting() -> Item | None:
            found = await self.people.read(who, "/experience/worklist/v1/", Worklist)
            assert not [each.title for each in found.items if OPAQUE.search(each.title)]
            return next((each for each in found.items if about in each.title), None)

        return await until(waiting, f"a question to {who} about {about!r}")

    async def decide(
        self, who: str, item: Item, decision: str = "approve", version: int | None = None
    ) -> Answer:
        """Decide, and return the answer."""
        said = {
            "decision": decision,
            "version": version or item.version,
            "comment": "as agreed",
        }
        return await self.people.call(who, "POST", item.act_at, said)

    async def approve(self, who: str, about: str) -> None:
        """Approve what a person is asked about."""
        answer = await self.decide(who, await self.asked(who, about))
        assert answer.status == 200, answer.body

    async def check_again(self, who: str = "finance") -> None:
        """Have the month's billing event looked at again."""
        event = await self.readiness()
        answer = await self.people.call(
            who,
            "POST",
            f"/process/project-to-cash/v1/billing-events/{event.billing_event_id}/check",
        )
        assert answer.status == 202, answer.body

    async def invoice(self, *stages: InvoiceStage) -> InvoiceView:
        """Wait until the project's invoice has come to one of the stages."""

        async def there() -> InvoiceView | None:
            page = await self.people.read("finance", "/experience/finance/v1/invoices", InvoicePage)
            ours = [each for each in page.items if each.project_number == self.project]
            return next((each for each in ours if each.stage in stages), None)

        return await until(there, f"the invoice of {self.project} being {', '.join(stages)}")

    async def drafted(self) -> InvoiceView:
        """Carry the month to a draft that waits for its approvals."""
        await self.set_up()
        await self.first_check()
        await self.at(EVENING)
        await self.approve("finance", "over the cap")
        return await self.invoice(InvoiceStage.PENDING_APPROVAL)

    async def approved_by_all(self) -> None:
        """Have the project manager and finance approve the draft."""
        await self.approve("project_manager", "invoice of")
        await self.approve("finance", "invoice of")

    async def pay(self, invoice: InvoiceView, key: str) -> Answer:
        """Book the client's payment, repeating the command for as long as it is told to."""
        await self.at("2026-11-30T12:00:00Z")
        payment = {
            "legal_entity": invoice.legal_entity,
            "invoice_number": invoice.number,
            "date": "2026-11-30",
            "amount": invoice.expected,
            "reference": f"BANK-{invoice.number}",
        }

        async def booked() -> Answer | None:
            answer = await self.people.call(
                "finance", "POST", "/system/erp/v1/payments", payment, Idempotency_Key=key
            )
            return None if answer.status in {409, 503} else answer

        return await until(booked, "the booking of the payment")

    async def paid(self, key: str = "payment-1") -> InvoiceView:
        """Carry a posted invoice to its payment."""
        invoice = await self.invoice(InvoiceStage.POSTED)
        answer = await self.pay(invoice, key)
        assert answer.status == 201, answer.body
        return await self.invoice(InvoiceStage.PAID)


class Counts(Struct, frozen=True):
    """How many records of an engagement the systems hold, and what they hold twice."""

    projects: int
    ledger_projects: int
    invoices: int
    payments: int
    twice: tuple[str, ...] = ()


def counts_of(books: Books, project: str) -> Counts:
    """Count an engagement's records in the systems' own books."""
    return Counts(
        projects=len(books.workspaces(project)),
        ledger_projects=len(books.jobs(project)),
        invoices=len(books.invoices(project)),
        payments=len(books.payments(project)),
        twice=tuple(done_twice(books)),
    )


EACH_ONCE = Counts(projects=1, ledger_projects=1, invoices=1, payments=1)


class Scene(Struct, frozen=True):
    """A gateway that serves a firm, the firm's people, and whoever runs its systems."""

    gateway: GatewayProgram
    people: People
    operator: Operator
    engagement: Engagement
    clerks: Clerks

    async def posted_once(self) -> BookedInvoice:
        """Return the project's one invoice in the ERP's own books."""
        [invoice] = (await self.operator.books()).invoices(self.engagement.project)
        return invoice

    async def settled(self) -> None:
        """Wait until nothing has been put on record for some rounds of the gateway."""
        path = f"file:{self.gateway.data_dir / 'strata.sqlite'}?mode=ro"
        stillness, seen = Stillness(self._metrics), -1

        async def still() -> bool:
            nonlocal seen
            await stillness.look()
            with closing(sqlite3.connect(path, uri=True)) as store:
                before, seen = seen, int(store.execute(NEWEST).fetchone()[0])
            if seen != before:
                stillness.wake()
            return stillness.is_quiet

        await until(still, "quiet books")

    async def _metrics(self) -> str:
        return (await self.people.call("operator", "GET", "/metrics")).body.decode()

    async def counts(self) -> Counts:
        """Return how many there are of everything that must be there once."""
        return counts_of(await self.operator.books(), self.engagement.project)


@asynccontextmanager
async def scene(
    folder: Path,
    *,
    firm: Path = NORTHWIND,
    begins: str = BEGINS,
    project: str = "P-1001",
    faults: Mapping[str, object] | None = None,
    impatient: tuple[str, ...] = (),
    settings: Mapping[str, str] | None = None,
    serving: bool = True,
) -> AsyncIterator[Scene]:
    """Serve a firm from empty directories until the block ends.

    `faults` is in force before the gateway starts; with the systems that are named as
    `impatient` it waits no longer than half a second for an answer. Without `serving` the
    gateway is there, and whoever wants it starts it.
    """
    async with (
        sandbox_program(firm, folder / "sandbox", begins) as address,
        aiohttp.ClientSession() as session,
    ):
        operator = Operator(address, session)
        await operator.fail(**dict(faults or {}))
        (folder / "strata.toml").write_text("".join(_impatient(address, impatient)))
        gateway = GatewayProgram(folder, firm, address, dict(settings or {}))
        try:
            if serving:
                await gateway.start()
            people = People(gateway.base_url, gateway.data_dir, firm, session)
            yield Scene(
                gateway, people, operator, Engagement(people, project), Clerks(address, session)
            )
        finally:
            await gateway.kill()


def _impatient(address: SandboxAddress, systems: tuple[str, ...]) -> Iterator[str]:
    for system in systems:
        kind, _, _ = system.partition("-")
        yield f"[systems.{kind}.{system}]\nconnector = 'sandbox'\n"
        yield f"[systems.{kind}.{system}.config.connection]\n"
        yield f"base_url = '{address.of(system)}'\ntimeout_ms = 500\n"
