"""The sandbox's own books, read past every connector, and what a checker says of them."""

from collections import Counter
from datetime import date, datetime
from decimal import Decimal

import aiohttp
import msgspec
from msgspec import Struct, field

from system_apis.sandbox.server import SandboxAddress


class BookedLine(Struct):
    """One line of an invoice in the ERP."""

    kind: str
    quantity: Decimal
    rate: Decimal
    amount: Decimal
    employee: str | None = None


class BookedInvoice(Struct, rename="camel"):
    """An invoice in the ERP."""

    id: str
    status: str
    currency: str
    tran_date: date
    subtotal: Decimal
    tax_total: Decimal
    total: Decimal
    amount_due: Decimal
    external_id: str | None = None
    tran_id: str | None = None
    job: str | None = None
    other_ref_num: str | None = None
    message: str | None = None
    items: list[BookedLine] = []


class BookedCredit(Struct, rename="camel"):
    """A credit note in the ERP."""

    status: str
    total: Decimal
    items: list[BookedLine] = []
    external_id: str | None = None
    job: str | None = None


class BookedPayment(Struct, rename="camel"):
    """A payment in the ERP."""

    id: str
    payment: Decimal
    invoice: str | None = None
    external_id: str | None = None


class Job(Struct, rename="camel"):
    """A project in the ERP."""

    id: str
    entity_id: str
    external_id: str | None = None
    is_inactive: bool = False


class Sale(Struct):
    """A sale in the CRM."""

    number: str = field(name="Opportunity_Number__c")
    project_number: str | None = field(name="Project_Number__c", default=None)


class Workspace(Struct):
    """A project in the PSA."""

    id: str
    project_number: str
    external_reference: str
    status: str


class Row(Struct):
    """Hours or an expense in the PSA."""

    reference: str
    approval: str
    time_in_minutes: Decimal = Decimal(0)


class OwedWeek(Struct):
    """A week of a person in the PSA."""

    user_number: str
    start_date: str
    status: str


class PaidHours(Struct, rename="camel"):
    """Hours of a person that payroll was told of."""

    employee_number: str
    pay_code: str
    hours: Decimal


class HoursBatch(Struct):
    """What payroll was told of in one run."""

    reference: str
    lines: list[PaidHours]


class ContractorHours(Struct):
    """What procurement was told of in one run."""

    id: str
    lines: list[msgspec.Raw]


class SystemBooks(Struct, rename="camel"):
    """One system's records, as far as a story looks at them."""

    invoice: list[BookedInvoice] = []
    credit_memo: list[BookedCredit] = []
    customer_payment: list[BookedPayment] = []
    job: list[Job] = []
    customer: list[msgspec.Raw] = []
    workspace: list[Workspace] = field(default_factory=list)
    hours_batch: list[HoursBatch] = []
    hours: list[Row] = field(name="time_entry", default_factory=list)
    spent: list[Row] = field(name="expense", default_factory=list)
    weeks: list[OwedWeek] = field(name="timesheet_submission", default_factory=list)
    contractor_hours: list[ContractorHours] = field(name="contractor_hours", default_factory=list)
    sales: list[Sale] = field(name="Opportunity", default_factory=list)


class Books(Struct):
    """Every system's records."""

    instances: dict[str, SystemBooks]

    def workspaces(self, project: str) -> list[Workspace]:
        """Return what the PSAs hold of a project."""
        return [w for s in self.instances.values() for w in s.workspace if _is(w, project)]

    def handed_in(self, number: str) -> list[str]:
        """Return how the PSAs hold what was handed in under a number, each of its versions."""
        rows = (r for s in self.instances.values() for r in (*s.hours, *s.spent))
        return [r.approval for r in rows if r.reference.partition("/")[0] == number]

    def hours_of(self, number: str) -> Decimal:
        """Return the approved hours under a number, with what was taken off them again."""
        rows = (r for s in self.instances.values() for r in s.hours)
        own = (r for r in rows if r.reference.partition("/")[0].partition("-R")[0] == number)
        return sum((r.time_in_minutes for r in own if r.approval == "approved"), Decimal(0)) / 60

    def submitted(self, employee: str, week_start: str) -> bool:
        """Whether a person's week was handed in, and there is one of it."""
        rows = [w for s in self.instances.values() for w in s.weeks]
        own = [w.status for w in rows if (w.user_number, w.start_date) == (employee, week_start)]
        return own == ["submitted"]

    def jobs(self, project: str) -> list[Job]:
        """Return what the ERPs hold of a project."""
        return [j for s in self.instances.values() for j in s.job if j.entity_id == project]

    def linked(self, opportunity: str) -> str | None:
        """Return the project's number that the CRM shows on a sale."""
        found = [o for s in self.instances.values() for o in s.sales if o.number == opportunity]
        return found[0].project_number

    def invoices(self, project: str) -> list[BookedInvoice]:
        """Return the invoices of a project that stand and were written by the gateway."""
        return [
            i
            for s in self.instances.values()
            for i in s.invoice
            if i.job == project and i.status != "Voided" and i.external_id
        ]

    def void(self, project: str) -> list[BookedInvoice]:
        """Return the documents of a project that were taken out of the books again."""
        every = (i for s in self.instances.values() for i in s.invoice)
        return [each for each in every if each.job == project and each.status == "Voided"]

    def credits(self, project: str) -> list[BookedCredit]:
        """Return the credit notes of a project, with those that were taken out again."""
        return [c for s in self.instances.values() for c in s.credit_memo if c.job == project]

    def payments(self, project: str) -> list[BookedPayment]:
        """Return what was paid on a project's invoices."""
        numbers = {each.tran_id for each in self.invoices(project)}
        return [
            p for s in self.instances.values() for p in s.customer_payment if p.invoice in numbers
        ]


def done_twice(books: Books) -> list[str]:
    """Return every business key under which a system holds more than one standing record."""
    found = []
    for name, system in books.instances.items():
        standing = [each for each in system.invoice if each.status != "Voided"]
        keys = Counter(
            [
                *(("invoice", each.external_id) for each in standing),
                *(("payment", each.external_id) for each in system.customer_payment),
                *(("job", each.external_id) for each in system.job),
                *(("project", each.external_reference) for each in system.workspace),
            ]
        )
        found += [
            f"{name}: {count} x {kind} {key}"
            for (kind, key), count in keys.items()
            if key is not None and count > 1
        ]
    return found


class Fired(Struct):
    """A fault that was played."""

    kind: str
    operation: str


class FaultReport(Struct):
    """What was played since the plan was set."""

    calls: int
    log: list[Fired]


class Operator:
    """Whoever runs the sandbox: reads its books, sets its faults, closes its months."""

    def __init__(self, address: SandboxAddress, session: aiohttp.ClientSession) -> None:
        self._address, self._session = address, session

    def address_of(self, instance: str) -> str:
        """Return where a system is."""
        return self._address.of(instance)

    async def books(self) -> Books:
        """Return every system's records."""
        return msgspec.json.decode(await self.ledger(), type=Books)

    async def ledger(self) -> bytes:
        """Return every system's records of every kind, as they are kept."""
        return await self._ask("GET", "ledger")

    async def fail(self, **plan: object) -> None:
        """Let calls go wrong from now on as the plan says; without one, none does."""
        await self._ask("PUT", "faults", plan)

    async def faults(self) -> FaultReport:
        """Return what went wrong since."""
        return msgspec.json.decode(await self._ask("GET", "faults"), type=FaultReport)

    async def set_period(self, instance: str, entity: str, month: str, *, is_open: bool) -> None:
        """Open or close a month of a company's books."""
        setting = {"instance": instance, "legal_entity": entity, "month": month, "open": is_open}
        await self._ask("PUT", "periods", setting)

    async def digest(self) -> bytes:
        """Return a hash of all that every system holds."""
        return await self._ask("GET", "digest")

    async def set_clock(self, moment: datetime) -> None:
        """Set the sandbox's business time, past the gateway."""
        await self._ask("PUT", "clock", {"now": moment})

    async def key_in_payment(self, instance: str, entity: str, invoice: BookedInvoice) -> None:
        """Book a whole payment straight in an ERP, as a clerk does who knows no gateway."""
        payment = {
            "externalId": f"bank-{invoice.tran_id}",
            "subsidiary": entity,
            "tranDate": invoice.tran_date,
            "invoice": invoice.tran_id,
            "currency": invoice.currency,
            "payment": invoice.amount_due,
            "memo": "keyed in",
        }
        async with self._session.post(
            f"{self._address.of(instance)}/record/v1/customerPayment",
            data=msgspec.json.encode(payment),
        ) as reply:
            assert reply.status == 201, await reply.text()

    async def take_project_number(
        self, instance: str, entity: str, number: str, client: str
    ) -> None:
        """Make a project straight in an ERP, as a clerk does who knows no gateway."""
        job = {
            "entityId": number,
            "companyName": "Another one",
            "subsidiary": entity,
            "customer": client,
            "externalId": f"clerk-{number}",
        }
        async with self._session.post(
            f"{self._address.of(instance)}/record/v1/job", data=msgspec.json.encode(job)
        ) as reply:
            assert reply.status == 201, await reply.text()

    async def _ask(self, method: str, what: str, body: object = None) -> bytes:
        async with self._session.request(
            method,
            f"{self._address.base_url}/_sandbox/{what}",
            data=None if body is None else msgspec.json.encode(body),
            headers={"Authorization": f"Bearer {self._address.control_secret}"},
        ) as reply:
            assert reply.status == 200, await reply.text()
            return await reply.read()


def _is(workspace: Workspace, project: str) -> bool:
    return workspace.project_number == project
