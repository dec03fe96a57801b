"""What the inbound stages saw, written into the one audit."""

from gateway.inbound.stage import AuditEntry as Seen
from governance.audit import Audit, AuditEntry

NOBODY = "anonymous"


class Trail:
    """Hands the gateway's entries to the chain."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def record(self, entry: Seen) -> None:
        """Keep an entry."""
        caller = entry.caller
        await self._audit.record(
            AuditEntry(
                actor=caller.subject if caller else NOBODY,
                client_id=caller.client_id if caller else NOBODY,
                on_behalf_of=caller.on_behalf_of if caller else None,
                action=entry.action,
                subject=entry.subject,
                reason=entry.outcome,
                trace_id=entry.trace_id,
            )
        )
