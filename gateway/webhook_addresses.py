"""The address that systems send their messages to: the signature says who sends, no token does."""

import msgspec
from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from gateway.inbound.limit import over_limit
from gateway.inbound.stage import AuditEntry, Governance
from gateway.oauth_addresses import GatewayRequest, address_of
from gateway.problem_types import Slug
from gateway.problems import Refusal
from governance.policy import RatePlan
from governance.rate_limits import Limit
from observability.tracing import current_trace_id
from process_apis.intake.inbox import Outcome
from process_apis.intake.receiving import Receiving
from system_apis.signatures import Message, NotGenuine

PATH = "/process/intake/v1/events"
SIGNED = "the message's signature is held against its source's secret"
SOURCE_PLAN = RatePlan(limit="1200/minute")
# What is forged is counted by address, so that it uses up nothing of a source's own.
FORGED_PLAN = RatePlan(limit="60/minute")
LIMITED = "limited"


class Receipt(Struct, frozen=True):
    """What became of a message."""

    status: Outcome


def webhook_addresses(governance: Governance, receiving: Receiving) -> list[HTTPRouteHandler]:
    """Return the handler that takes messages."""
    by_source = governance.limits.of(PATH, SOURCE_PLAN)
    forged = governance.limits.of(f"{PATH}#forged", FORGED_PLAN)

    @post(f"{PATH}/{{source:str}}", opt={"open": SIGNED}, include_in_schema=False)
    async def receive(request: GatewayRequest, source: FromPath[str]) -> Response[bytes]:
        message = _message(request, governance.public_url, await request.body())
        try:
            genuine = receiving.verify(source, message)
        except NotGenuine:
            await _check(forged, address_of(request, governance))
            await governance.audit.record(_refused(request))
            raise Refusal(Slug.INVALID_SIGNATURE) from None
        try:
            await _check(by_source, source)
        except Refusal:
            receiving.count(source, LIMITED)
            raise
        receipt = Receipt(await receiving.take(genuine))
        return Response(
            msgspec.json.encode(receipt), status_code=202, media_type="application/json"
        )

    return [receive]


async def _check(limit: Limit, who: str) -> None:
    decision = await limit.decide(who)
    if not decision.allowed:
        raise over_limit(decision)


def _message(request: GatewayRequest, public_url: str, body: bytes) -> Message:
    headers: dict[str, str] = {}
    for name, value in request.scope["headers"]:
        said = value.decode("latin-1")
        known = headers.get(name.decode("latin-1"))
        headers[name.decode("latin-1")] = said if known is None else f"{known}, {said}"
    return Message(uri=f"{public_url}{request.scope['path']}", headers=headers, body=body)


def _refused(request: GatewayRequest) -> AuditEntry:
    return AuditEntry(
        action=f"{PATH}:receive",
        subject=request.scope["path"],
        outcome="401",
        trace_id=current_trace_id(),
        caller=None,
    )
