"""What is on record: every change that was asked for, and everything that was refused."""

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from gateway.inbound.stage import AuditEntry, Governance, Mounted, exchange_of_now
from gateway.problem_types import KINDS
from gateway.problems import Refusal, refusal_of
from governance.access import Forbidden
from governance.tokens import InvalidToken
from observability.tracing import current_trace_id

REFUSALS = (InvalidToken, Forbidden, Refusal)
_TOLD = frozenset({401, 403, 409})


class Audit:
    """Record the outcome of a change, and of a read that was refused, before it is answered.

    The effect itself writes its own entry in its own transaction; this one says who asked.
    """

    def __init__(self, inner: ASGIApp, mounted: Mounted, governance: Governance) -> None:
        self._inner, self._trail = inner, governance.audit
        self._action, self._writes = mounted.action, mounted.operation.writes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on, and record the answer's status before the answer leaves."""

        async def send_recorded(message: Message) -> None:
            if message["type"] == "http.response.start":
                status = message["status"]
                if self._writes or status in _TOLD:
                    await self._trail.record(_entry(self._action, scope, str(status)))
            await send(message)

        await self._inner(scope, receive, send_recorded)


class Refused:
    """Around the stages of an operation: record what one of them refused."""

    def __init__(self, inner: ASGIApp, mounted: Mounted, governance: Governance) -> None:
        self._inner, self._trail, self._action = inner, governance.audit, mounted.action

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on, record a refusal, and let it rise."""
        try:
            await self._inner(scope, receive, send)
        except REFUSALS as refusal:
            status = KINDS[refusal_of(refusal).slug].status
            await self._trail.record(_entry(self._action, scope, str(status)))
            raise


def _entry(action: str, scope: Scope, outcome: str) -> AuditEntry:
    return AuditEntry(
        action=action,
        subject=scope["path"],
        outcome=outcome,
        trace_id=current_trace_id(),
        caller=exchange_of_now.get().caller,
    )
