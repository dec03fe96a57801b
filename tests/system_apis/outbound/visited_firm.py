"""The sandbox firm's systems as settings name them, and a visitor of their addresses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import aiohttp
import httpx
from litestar import Litestar, Request, Response, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import Receive, Scope, Send

from gateway.decoding import StrictRequest
from gateway.problems import problem_answer, refusal_of
from governance.access import Caller, acting_as
from system_apis.canonical.party import Address, ClientDraft
from system_apis.connectors import SystemSettings
from system_apis.contracts import v1 as contracts_v1
from system_apis.crm import v1 as crm_v1
from system_apis.crm import v2 as crm_v2
from system_apis.erp import v1 as erp_v1
from system_apis.hr import v1 as hr_v1
from system_apis.procurement import v1 as procurement_v1
from system_apis.psa import v1 as psa_v1
from system_apis.sandbox.server import SandboxAddress
from system_apis.systems import Route, SystemKind, Systems

FIRM = Path(__file__).parents[3] / "northwind"
APIS = [crm_v1, crm_v2, psa_v1, erp_v1, contracts_v1, hr_v1, procurement_v1]
ALL = frozenset({"NWA-US", "NWA-DE", "HAL-UK"})
ROUTES = [
    Route(SystemKind.PSA, "NWA-US", "psa"),
    Route(SystemKind.PSA, "NWA-DE", "psa"),
    Route(SystemKind.ERP, "NWA-US", "erp-a"),
    Route(SystemKind.ERP, "NWA-DE", "erp-a"),
    Route(SystemKind.ERP, "HAL-UK", "erp-b"),
    Route(SystemKind.ERP, "HAL-UK", "erp-a", since=date(2027, 1, 1)),
]
KINDS = {
    "crm": SystemKind.CRM,
    "contracts": SystemKind.CONTRACTS,
    "psa": SystemKind.PSA,
    "erp-a": SystemKind.ERP,
    "erp-b": SystemKind.ERP,
    "procurement": SystemKind.PROCUREMENT,
}
DRAFT = {
    "number": "PR-9001",
    "name": "A project of this test",
    "client_number": "CL-1",
    "client_name": "A client",
    "contract_number": "CT-9001",
    "legal_entity": "NWA-US",
    "billing_model": "T&M",
    "currency": "USD",
    "project_manager": "E-1",
    "template_code": "TM",
    "template_version": 1,
    "start": "2026-11-01",
    "end": "2026-12-31",
}

RECEIPT = {
    "line": 1,
    "start": "2026-10-01",
    "end": "2026-10-31",
    "quantity": "8",
    "rests_on": "time_entries",
    "evidence": [],
    "accepted_by": "E-1",
    "accepted_at": "2026-10-31T12:00:00Z",
}
BILL_LINE = {
    "description": "Hours",
    "purchase_order_line": 1,
    "quantity": "8",
    "unit_price": {"amount": "70", "currency": "EUR"},
    "net": {"amount": "560.00", "currency": "EUR"},
    "tax": {"amount": "0.00", "currency": "EUR"},
}
BILL = {
    "legal_entity": "NWA-DE",
    "number": "B-1",
    "currency": "EUR",
    "issue_date": "2026-10-31",
    "due_date": "2026-11-30",
    "net": {"amount": "560.00", "currency": "EUR"},
    "tax": {"amount": "0.00", "currency": "EUR"},
    "gross": {"amount": "560.00", "currency": "EUR"},
}
NEW_CLIENT = ClientDraft(
    number="CL-9001",
    legal_name="A client of this test",
    country="US",
    tax_id=None,
    billing_address=Address("1 Main St", "Boston", "02101", "US"),
    payment_terms_days=30,
)


def settings_of(sandbox: SandboxAddress) -> list[SystemSettings]:
    """Return how every system of the firm is reached."""
    return [
        SystemSettings(
            kind=kind,
            instance=instance,
            connector="sandbox",
            config={"connection": {"base_url": sandbox.of(instance), "timeout_ms": 1_500}},
        )
        for instance, kind in KINDS.items()
    ]


async def operate(sandbox: SandboxAddress, what: str, told: dict[str, object]) -> None:
    """Turn a knob on the sandbox's operator's side."""
    token = {"Authorization": f"Bearer {sandbox.control_secret}"}
    url = f"{sandbox.base_url}/_sandbox/{what}"
    async with (
        aiohttp.ClientSession() as operator,
        operator.put(url, json=told, headers=token) as answer,
    ):
        assert answer.status < 300, await answer.text()


def caller(*entities: str) -> Caller:
    """Return somebody of some companies who may do everything."""
    scopes = {operation.scope for api in APIS for operation in api.POLICY.operations.values()}
    return Caller(
        subject="e-7",
        client_id="integration",
        scopes=frozenset(scopes),
        entities=frozenset(entities),
    )


def _problem(_: Request[Caller, str, State], error: Exception) -> Response[bytes]:
    answer = problem_answer(refusal_of(error))
    return Response(answer.body, status_code=answer.status)


@asynccontextmanager
async def visit(systems: Systems, caller: Caller) -> AsyncIterator[httpx.AsyncClient]:
    """Mount the APIs at their addresses and visit them as a caller."""
    routers = [Router(api.POLICY.path, route_handlers=api.handlers) for api in APIS]
    app = Litestar(
        routers,
        dependencies={"systems": Provide(lambda: systems, sync_to_thread=False)},
        exception_handlers={Exception: _problem},
        request_class=StrictRequest,
        logging_config=None,
    )

    async def as_caller(scope: Scope, receive: Receive, send: Send) -> None:
        with acting_as(caller):
            await app(scope, receive, send)

    transport = httpx.ASGITransport(as_caller)  # type: ignore[arg-type]  # ASGI, in Litestar's words
    async with httpx.AsyncClient(transport=transport, base_url="http://strata") as client:
        yield client
