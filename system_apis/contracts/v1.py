"""Contracts over HTTP: the terms that win over every other system's, and what proves them."""

from datetime import date

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

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
from system_apis.answers import IdempotencyKey, IfNoneMatch, command_key, page_across, tagged
from system_apis.canonical.changes import ChangeRequest, ChangeRequestDraft, ChangeStep
from system_apis.canonical.contracts import (
    ClientOrderDraft,
    Contract,
    EvidenceDraft,
    ServiceLevelReport,
)
from system_apis.canonical.documents import Document, DocumentContent, DocumentDraft
from system_apis.canonical.record import Page
from system_apis.systems import Systems

_READ = Operation(scope="system:contracts:read", tenants=TenantRule.BY_RECORD)
_CONTENT = Operation(scope="system:contracts:read", tenants=TenantRule.BY_RECORD, sensitive=True)
_FILE = Operation(
    scope="system:contracts:file", tenants=TenantRule.BY_RECORD, writes=True, idempotency_key=True
)
_RECORD_CHANGE = Operation(
    scope="system:contracts:record_change",
    tenants=TenantRule.BY_RECORD,
    writes=True,
    idempotency_key=True,
)
_WRITE = Operation(
    scope="system:contracts:write", tenants=TenantRule.BY_RECORD, writes=True, idempotency_key=True
)
POLICY = ApiPolicy(
    name="contracts",
    layer=Layer.SYSTEM,
    version=1,
    title="Contracts",
    owner=Owner(team="Legal Operations", contact="legal-operations@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 23)),
    rate_plan=RatePlan(limit="600/minute"),
    objective=Objective(availability="0.995", latency_ms=500),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "contract": _READ,
        "contracts": _READ,
        "document": _READ,
        "documents": _READ,
        "document_content": _CONTENT,
        "file_document": _FILE,
        "file_evidence": _FILE,
        "record_purchase_order": _FILE,
        "change_request": _READ,
        "change_requests": _READ,
        "record_change_request": _RECORD_CHANGE,
        "advance_change_request": _WRITE,
        "service_level_reports": _READ,
        "changes": Operation(scope="system:contracts:read", tenants=TenantRule.FIRM_WIDE),
    },
)
INTERNAL = ("changes",)


@get("/contracts", opt={"operation": "contracts"})
async def contracts(
    systems: NamedDependency[Systems],
    number: FromQuery[str | None] = None,
    opportunity_number: FromQuery[str | None] = None,
    source: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[Contract]:
    """Return contracts in the order they were created, a page at a time."""
    system = systems.contracts
    if source is not None:
        return Page([await system.contract(await systems.id_of_source(source, "contract"))])
    return await page_across(
        {system.instance: system},
        cursor,
        lambda one, at: one.contracts(
            number=number, opportunity_number=opportunity_number, cursor=at
        ),
    )


@get("/contracts/{contract_id:str}", opt={"operation": "contract"})
async def contract(
    systems: NamedDependency[Systems],
    contract_id: FromPath[str],
    if_none_match: IfNoneMatch = None,
) -> Response[Contract | None]:
    """Return one contract."""
    return tagged(await systems.contracts.contract(contract_id), if_none_match)


@get("/documents", opt={"operation": "documents"})
async def documents(
    systems: NamedDependency[Systems],
    contract_number: FromQuery[str | None] = None,
    document_hash: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[Document]:
    """Return what is known of documents, a page at a time."""
    system = systems.contracts
    return await page_across(
        {system.instance: system},
        cursor,
        lambda one, at: one.documents(
            contract_number=contract_number, document_hash=document_hash, cursor=at
        ),
    )


@get("/documents/{document_id:str}", opt={"operation": "document"})
async def document(
    systems: NamedDependency[Systems],
    document_id: FromPath[str],
    if_none_match: IfNoneMatch = None,
) -> Response[Document | None]:
    """Return what is known of one document."""
    return tagged(await systems.contracts.document(document_id), if_none_match)


@get("/documents/{document_id:str}/content", opt={"operation": "document_content"})
async def document_content(
    systems: NamedDependency[Systems], document_id: FromPath[str]
) -> DocumentContent:
    """Return what a document says, held against its hash."""
    return await systems.contracts.document_content(document_id)


@post("/contracts/{contract_id:str}/documents", opt={"operation": "file_document"})
async def file_document(
    systems: NamedDependency[Systems],
    contract_id: FromPath[str],
    data: JSONBody[DocumentDraft],
    idempotency_key: IdempotencyKey,
) -> Document:
    """File a document of a contract; the same bytes are one document."""
    key = command_key(idempotency_key)
    return await systems.contracts.file_document(contract_id, data, key=key)


@post("/contracts/{contract_id:str}/evidence", status_code=200, opt={"operation": "file_evidence"})
async def file_evidence(
    systems: NamedDependency[Systems],
    contract_id: FromPath[str],
    data: JSONBody[EvidenceDraft],
    idempotency_key: IdempotencyKey,
) -> Contract:
    """File what proves a milestone's acceptance."""
    key = command_key(idempotency_key)
    return await systems.contracts.file_evidence(contract_id, data, key=key)


@post(
    "/contracts/{contract_id:str}/purchase-orders",
    status_code=200,
    opt={"operation": "record_purchase_order"},
)
async def record_purchase_order(
    systems: NamedDependency[Systems],
    contract_id: FromPath[str],
    data: JSONBody[ClientOrderDraft],
    idempotency_key: IdempotencyKey,
) -> Contract:
    """Record a purchase order that the client sent."""
    key = command_key(idempotency_key)
    return await systems.contracts.record_purchase_order(contract_id, data, key=key)


@get("/change-requests", opt={"operation": "change_requests"})
async def change_requests(
    systems: NamedDependency[Systems],
    contract_number: FromQuery[str | None] = None,
    number: FromQuery[str | None] = None,
    milestone: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[ChangeRequest]:
    """Return change requests, a page at a time; with a milestone, those it waits for."""
    system = systems.contracts
    return await page_across(
        {system.instance: system},
        cursor,
        lambda one, at: one.change_requests(
            contract_number=contract_number, number=number, milestone=milestone, cursor=at
        ),
    )


@get("/change-requests/{change_request_id:str}", opt={"operation": "change_request"})
async def change_request(
    systems: NamedDependency[Systems],
    change_request_id: FromPath[str],
    if_none_match: IfNoneMatch = None,
) -> Response[ChangeRequest | None]:
    """Return one change request."""
    return tagged(await systems.contracts.change_request(change_request_id), if_none_match)


@post("/contracts/{contract_id:str}/change-requests", opt={"operation": "record_change_request"})
async def record_change_request(
    systems: NamedDependency[Systems],
    contract_id: FromPath[str],
    data: JSONBody[ChangeRequestDraft],
    idempotency_key: IdempotencyKey,
) -> ChangeRequest:
    """Record a change request in status `draft`."""
    key = command_key(idempotency_key)
    return await systems.contracts.record_change_request(contract_id, data, key=key)


@put("/change-requests/{change_request_id:str}/status", opt={"operation": "advance_change_request"})
async def advance_change_request(
    systems: NamedDependency[Systems],
    change_request_id: FromPath[str],
    data: JSONBody[ChangeStep],
    idempotency_key: IdempotencyKey,
) -> ChangeRequest:
    """Write down how far a change request has come."""
    key = command_key(idempotency_key)
    return await systems.contracts.advance_change_request(change_request_id, data, key=key)


@get("/service-level-reports", opt={"operation": "service_level_reports"})
async def service_level_reports(
    systems: NamedDependency[Systems],
    contract_number: FromQuery[str | None] = None,
    period: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[ServiceLevelReport]:
    """Return reports on the service of a month (`2026-10`), a page at a time."""
    system = systems.contracts
    return await page_across(
        {system.instance: system},
        cursor,
        lambda one, at: one.service_level_reports(
            contract_number=contract_number, period=period, cursor=at
        ),
    )


handlers = [
    contracts,
    contract,
    documents,
    document,
    document_content,
    file_document,
    file_evidence,
    record_purchase_order,
    change_requests,
    change_request,
    record_change_request,
    advance_change_request,
    service_level_reports,
]
