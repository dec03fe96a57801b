"""Clerks who know no gateway: they key projects and invoices straight into the systems."""

from datetime import date
from decimal import Decimal

import aiohttp
import msgspec
from msgspec import Struct

from system_apis.sandbox.server import SandboxAddress


class KeyedLine(Struct, frozen=True):
    """A line as a clerk writes it."""

    employee: str | None
    quantity: str
    rate: str
    kind: str = "time"
    description: str = "as agreed"


class KeyedInvoice(Struct, frozen=True, kw_only=True):
    """An invoice as a clerk writes it."""

    project: str
    entity: str
    customer: str
    currency: str
    on: date
    lines: tuple[KeyedLine, ...]
    tax_code: str = "E"
    tax_rate: str = "0"
    order: str | None = None
    due_on: date | None = None


class KeyedProject(Struct, frozen=True, kw_only=True):
    """A project as a clerk opens it."""

    number: str
    contract: str
    entity: str
    client: str
    client_name: str
    currency: str
    lead: str
    first: date
    last: date
    title: str = "Opened by hand"
    method: str = "time_and_materials"
    template: str = "TPL-TIME-AND-MATERIALS"


class Clerks:
    """Whoever works in the ERP and the PSA without the gateway."""

    def __init__(self, address: SandboxAddress, session: aiohttp.ClientSession) -> None:
        self._address, self._session = address, session

    async def open_project(self, psa: str, wish: KeyedProject) -> str:
        """Open a project in a PSA for time, and return its id there."""
        made = await self._ask(
            "POST",
            f"{self._address.of(psa)}/api/v1/workspaces",
            {
                "title": wish.title,
                "project_number": wish.number,
                "external_reference": f"by hand {wish.number}",
                "client_number": wish.client,
                "client_name": wish.client_name,
                "contract_number": wish.contract,
                "legal_entity": wish.entity,
                "billing_method": wish.method,
                "currency": wish.currency,
                "lead": wish.lead,
                "template_code": wish.template,
                "template_version": 1,
                "start_date": wish.first,
                "due_date": wish.last,
            },
        )
        number = str(msgspec.json.decode(made, type=_Workspaces).results[0].id)
        one = f"{self._address.of(psa)}/api/v1/workspaces/{number}/status"
        await self._ask("PUT", one, {"status": "Active"})
        return number

    async def open_job(self, erp: str, wish: KeyedProject, customer: str) -> None:
        """Make a project known to an ERP's books."""
        job = {
            "entityId": wish.number,
            "companyName": wish.title,
            "subsidiary": wish.entity,
            "customer": customer,
            "externalId": f"by hand {wish.number}",
        }
        await self._ask("POST", f"{self._address.of(erp)}/record/v1/job", job)

    async def draft_invoice(self, erp: str, wish: KeyedInvoice) -> str:
        """Write an invoice in an ERP without posting it, and return its id there."""
        invoice = {
            "externalId": f"by hand {wish.on}",
            "subsidiary": wish.entity,
            "entity": wish.customer,
            "job": wish.project,
            "currency": wish.currency,
            "tranDate": wish.on,
            "dueDate": wish.due_on or wish.on,
            "otherRefNum": wish.order,
            "taxCode": wish.tax_code,
            "taxRate": Decimal(wish.tax_rate),
            "items": [
                {
                    "kind": each.kind,
                    "description": each.description,
                    "quantity": Decimal(each.quantity),
                    "rate": Decimal(each.rate),
                    "employee": each.employee,
                }
                for each in wish.lines
            ],
        }
        made = await self._ask("POST", f"{self._address.of(erp)}/record/v1/invoice", invoice)
        return msgspec.json.decode(made, type=_Invoice).id

    async def post_invoice(self, erp: str, record: str) -> str:
        """Post an invoice, and return its number."""
        path = f"{self._address.of(erp)}/record/v1/invoice/{record}/post"
        return msgspec.json.decode(await self._ask("POST", path, {}), type=_Invoice).tran_id or ""

    async def void_invoice(self, erp: str, record: str) -> None:
        """Take a draft out of the books."""
        await self._ask("POST", f"{self._address.of(erp)}/record/v1/invoice/{record}/void", {})

    async def invoice(self, erp: str, wish: KeyedInvoice) -> str:
        """Write and post an invoice, and return its number."""
        return await self.post_invoice(erp, await self.draft_invoice(erp, wish))

    async def pay(self, erp: str, invoice: KeyedInvoice, number: str, amount: str) -> None:
        """Book a payment against an invoice."""
        payment = {
            "externalId": f"bank {number} {amount}",
            "subsidiary": invoice.entity,
            "tranDate": invoice.on,
            "invoice": number,
            "currency": invoice.currency,
            "payment": Decimal(amount),
            "memo": "keyed in",
        }
        await self._ask("POST", f"{self._address.of(erp)}/record/v1/customerPayment", payment)

    async def edit_account(self, crm: str, account: str, **said: str) -> None:
        """Edit a client's account in the CRM, in its own words."""
        path = f"/services/data/v59.0/sobjects/Account/{account}"
        await self._ask("PATCH", f"{self._address.of(crm)}{path}", said)

    async def _ask(self, method: str, url: str, body: object) -> bytes:
        sent = msgspec.json.Encoder(decimal_format="number").encode(body)
        async with self._session.request(method, url, data=sent) as reply:
            assert reply.status in {200, 201, 204}, await reply.text()
            return await reply.read()


class _Invoice(Struct, rename="camel"):
    id: str
    tran_id: str | None = None


class _Workspace(Struct):
    id: str


class _Workspaces(Struct):
    results: list[_Workspace] = []
