"""The ERP over HTTP: clients, invoices, payments and the periods of the books."""

from datetime import date

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from governance.policy import (
    ApiPolicy,
    DataClass,
    Layer,
    Lifecycle,
    Objective,
    Operation,
    Owner,
    RatePlan,
    Stage,
    TenantRule,
)
from system_apis.answers import (
    IdempotencyKey,
    IfNoneMatch,
    command_key,
    existing,
    page_across,
    require_entity,
    tagged,
)
from system_apis.canonical.billing import (
    FiscalPeriod,
    Invoice,
    InvoiceDraft,
    LedgerProject,
    LedgerProjectDraft,
    Payment,
    PaymentApplication,
    PaymentDraft,
)
from system_apis.canonical.party import Client, ClientDraft
from system_apis.canonical.record import Page, Text
from system_apis.erp import books_face, credits_face, journals_face, payables_face
from system_apis.systems import Systems

_READ = Operation(scope="system:erp:read", tenants=TenantRule.BY_RECORD)
_FIRM_WIDE = Operation(scope="system:erp:read", tenants=TenantRule.FIRM_WIDE)
_WRITE = Operation(
    scope="system:erp:write", tenants=TenantRule.BY_RECORD, writes=True, idempotency_key=True
)
_PAYMENT = Operation(
    scope="system:erp:record_payment",
    tenants=TenantRule.BY_RECORD,
    writes=True,
    idempotency_key=True,
)
_PAYABLE = Operation(
    scope="system:erp:record_payable",
    tenants=TenantRule.BY_RECORD,
    writes=True,
    idempotency_key=True,
)
_JOURNAL = Operation(
    scope="system:erp:record_journal",
    tenants=TenantRule.BY_RECORD,
    writes=True,
    idempotency_key=True,
)
POLICY = ApiPolicy(
    name="erp",
    layer=Layer.SYSTEM,
    version=1,
    title="Books",
    owner=Owner(team="Finance Systems", contact="finance-systems@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 23)),
    rate_plan=RatePlan(limit="600/minute"),
    objective=Objective(availability="0.995", latency_ms=800),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "client": _FIRM_WIDE,
        "clients": _FIRM_WIDE,
        "client_by_key": _FIRM_WIDE,
        "create_client": _WRITE,
        "currencies": _FIRM_WIDE,
        "balances": _READ,
        "ledger_project": _READ,
        "ledger_project_by_key": _READ,
        "create_ledger_project": _WRITE,
        "close_ledger_project": _WRITE,
        "fiscal_period": _READ,
        "invoice": _READ,
        "invoices": _READ,
        "invoice_by_key": _READ,
        "create_invoice": _WRITE,
        "post_invoice": _WRITE,
        "void_invoice": _WRITE,
        "credit_note": _READ,
        "credit_notes": _READ,
        "credit_note_by_key": _READ,
        "create_credit_note": _WRITE,
        "post_credit_note": _WRITE,
        "payment": _READ,
        "payment_by_key": _READ,
        "payments": _READ,
        "record_payment": _PAYMENT,
        "apply_payment": _PAYMENT,
        "payable": _READ,
        "payables": _READ,
        "payable_by_key": _READ,
        "create_payable": _PAYABLE,
        "post_payable": _PAYABLE,
        "release_payable": _PAYABLE,
        "journal": _READ,
        "journals": _READ,
        "journal_by_key": _READ,
        "record_journal": _JOURNAL,
        "changes": _FIRM_WIDE,
    },
)
INTERNAL = (
    "client_by_key",
    "ledger_project_by_key",
    "invoice_by_key",
    "credit_note_by_key",
    "payment_by_key",
    "payable_by_key",
    "journal_by_key",
    "changes",
)


class NewClient(Struct, frozen=True, forbid_unknown_fields=True):
    """A client as it is to be created in the ERP of a legal entity."""

    legal_entity: str
    on: date
    client: ClientDraft


class ClosedLedgerProject(Struct, frozen=True, forbid_unknown_fields=True):
    """A project dimension that is to be taken out of use in the books of a date."""

    on: date
    legal_entity: Text
    number: Text


class NewLedgerProject(Struct, frozen=True, forbid_unknown_fields=True):
    """A project dimension as it is to be created in the books of a date."""

    on: date
    project: LedgerProjectDraft


@get("/clients", opt={"operation": "clients"})
async def clients(
    systems: NamedDependency[Systems],
    number: FromQuery[str | None] = None,
    tax_id: FromQuery[str | None] = None,
    source: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[Client]:
    """Return clients, a page at a time, one ERP after the other."""
    if source is not None:
        found = await systems.id_of_source(source, "client")
        return Page([await (await systems.erp_of(found)).client(found)])
    return await page_across(
        systems.erps,
        cursor,
        lambda erp, at: erp.clients(number=number, tax_id=tax_id, cursor=at),
    )


@get("/clients/{client_id:str}", opt={"operation": "client"})
async def client(
    systems: NamedDependency[Systems],
    client_id: FromPath[str],
    if_none_match: IfNoneMatch = None,
) -> Response[Client | None]:
    """Return one client."""
    erp = await systems.erp_of(client_id)
    return tagged(await erp.client(client_id), if_none_match)


@post("/clients", opt={"operation": "create_client"})
async def create_client(
    systems: NamedDependency[Systems],
    data: JSONBody[NewClient],
    idempotency_key: IdempotencyKey,
) -> Client:
    """Create a client that invoices can be addressed to."""
    require_entity(data.legal_entity)
    erp = systems.erp(data.legal_entity, on=data.on)
    return await erp.create_client(data.client, key=command_key(idempotency_key))


@get("/ledger-projects", opt={"operation": "ledger_project"})
async def ledger_project(
    systems: NamedDependency[Systems],
    legal_entity: FromQuery[str],
    number: FromQuery[str],
    on: FromQuery[date],
) -> LedgerProject:
    """Return the project dimension of a number in a legal entity's books."""
    require_entity(legal_entity)
    erp = systems.erp(legal_entity, on=on)
    return existing("erp", await erp.ledger_project(number, legal_entity=legal_entity))


@post("/ledger-projects", opt={"operation": "create_ledger_project"})
async def create_ledger_project(
    systems: NamedDependency[Systems],
    data: JSONBody[NewLedgerProject],
    idempotency_key: IdempotencyKey,
) -> LedgerProject:
    """Create a project dimension in the books."""
    require_entity(data.project.legal_entity)
    erp = systems.erp(data.project.legal_entity, on=data.on)
    return await erp.create_ledger_project(data.project, key=command_key(idempotency_key))


@post("/ledger-projects/closure", status_code=200, opt={"operation": "close_ledger_project"})
async def close_ledger_project(
    systems: NamedDependency[Systems],
    data: JSONBody[ClosedLedgerProject],
    idempotency_key: IdempotencyKey,
) -> LedgerProject:
    """Take a project dimension out of use that nothing was booked on."""
    require_entity(data.legal_entity)
    erp = systems.erp(data.legal_entity, on=data.on)
    key = command_key(idempotency_key)
    return await erp.close_ledger_project(data.number, legal_entity=data.legal_entity, key=key)


@get("/fiscal-periods", opt={"operation": "fiscal_period"})
async def fiscal_period(
    systems: NamedDependency[Systems], legal_entity: FromQuery[str], on: FromQuery[date]
) -> FiscalPeriod:
    """Return the fiscal period that a date falls in."""
    require_entity(legal_entity)
    erp = systems.erp(legal_entity, on=on)
    return existing("erp", await erp.fiscal_period(legal_entity=legal_entity, on=on))


@get("/invoices", opt={"operation": "invoices"})
async def invoices(
    systems: NamedDependency[Systems],
    number: FromQuery[str | None] = None,
    reference: FromQuery[str | None] = None,
    legal_entity: FromQuery[str | None] = None,
    source: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[Invoice]:
    """Return invoices, a page at a time, one ERP after the other."""
    if source is not None:
        found = await systems.id_of_source(source, "invoice")
        return Page([await (await systems.erp_of(found)).invoice(found)])
    return await page_across(
        systems.erps,
        cursor,
        lambda erp, at: erp.invoices(
            number=number, reference=reference, legal_entity=legal_entity, cursor=at
        ),
    )


@get("/invoices/{invoice_id:str}", opt={"operation": "invoice"})
async def invoice(
    systems: NamedDependency[Systems],
    invoice_id: FromPath[str],
    if_none_match: IfNoneMatch = None,
) -> Response[Invoice | None]:
    """Return one invoice."""
    erp = await systems.erp_of(invoice_id)
    return tagged(await erp.invoice(invoice_id), if_none_match)


@post("/invoices", opt={"operation": "create_invoice"})
async def create_invoice(
    systems: NamedDependency[Systems],
    data: JSONBody[InvoiceDraft],
    idempotency_key: IdempotencyKey,
) -> Invoice:
    """Write a draft invoice; nothing is posted yet."""
    require_entity(data.legal_entity)
    erp = systems.erp(data.legal_entity, on=data.issue_date)
    return await erp.create_invoice(data, key=command_key(idempotency_key))


@post("/invoices/{invoice_id:str}/posting", status_code=200, opt={"operation": "post_invoice"})
async def post_invoice(
    systems: NamedDependency[Systems],
    invoice_id: FromPath[str],
    idempotency_key: IdempotencyKey,
) -> Invoice:
    """Post a draft, which gives it a number."""
    erp = await systems.erp_of(invoice_id)
    return await erp.post_invoice(invoice_id, key=command_key(idempotency_key))


@post("/invoices/{invoice_id:str}/void", status_code=200, opt={"operation": "void_invoice"})
async def void_invoice(
    systems: NamedDependency[Systems],
    invoice_id: FromPath[str],
    idempotency_key: IdempotencyKey,
) -> Invoice:
    """Take a draft that was never posted out of the books."""
    erp = await systems.erp_of(invoice_id)
    return await erp.void_invoice(invoice_id, key=command_key(idempotency_key))


@get("/payments", opt={"operation": "payments"})
async def payments(
    systems: NamedDependency[Systems],
    invoice_number: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[Payment]:
    """Return payments, a page at a time, one ERP after the other."""
    return await page_across(
        systems.erps,
        cursor,
        lambda erp, at: erp.payments(invoice_number=invoice_number, cursor=at),
    )


@get("/payments/{payment_id:str}", opt={"operation": "payment"})
async def payment(
    systems: NamedDependency[Systems],
    payment_id: FromPath[str],
    if_none_match: IfNoneMatch = None,
) -> Response[Payment | None]:
    """Return one payment."""
    erp = await systems.erp_of(payment_id)
    return tagged(await erp.payment(payment_id), if_none_match)


@post("/payments", opt={"operation": "record_payment"})
async def record_payment(
    systems: NamedDependency[Systems],
    data: JSONBody[PaymentDraft],
    idempotency_key: IdempotencyKey,
) -> Payment:
    """Book an incoming payment, against its invoice or as its client's unapplied money."""
    require_entity(data.legal_entity)
    erp = systems.erp(data.legal_entity, on=data.date)
    return await erp.record_payment(data, key=command_key(idempotency_key))


@post(
    "/payments/{payment_id:str}/applications", status_code=200, opt={"operation": "apply_payment"}
)
async def apply_payment(
    systems: NamedDependency[Systems],
    payment_id: FromPath[str],
    data: JSONBody[PaymentApplication],
    idempotency_key: IdempotencyKey,
) -> Payment:
    """Apply a part of an unapplied payment to an invoice."""
    erp = await systems.erp_of(payment_id)
    return await erp.apply_payment(payment_id, data, key=command_key(idempotency_key))


handlers = [
    clients,
    client,
    create_client,
    ledger_project,
    create_ledger_project,
    close_ledger_project,
    fiscal_period,
    *books_face.handlers,
    invoices,
    invoice,
    create_invoice,
    post_invoice,
    void_invoice,
    *credits_face.handlers,
    payments,
    payment,
    record_payment,
    apply_payment,
    *payables_face.handlers,
    *journals_face.handlers,
]
