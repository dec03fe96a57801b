"""Who uses what: each call is counted for its consumer, and for the fields that it chose."""

from urllib.parse import parse_qs

from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec.structs import fields

from gateway.inbound.stage import Governance, Mounted, exchange_of_now
from gateway.promised_types import record_type
from governance.usage import WHOLE_RECORD, Used

_CHOOSING = "fields"


class Use:
    """Count the call in memory; nothing is written on its way."""

    def __init__(self, inner: ASGIApp, mounted: Mounted, governance: Governance) -> None:
        self._inner, self._usage = inner, governance.usage
        self._api, self._operation = mounted.policy.path, mounted.name
        self._choice = _choice(mounted)
        self._known: dict[tuple[str, str], Used] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a call that is within its caller's limit, whatever comes of it."""
        caller = exchange_of_now.get().caller
        consumer = self._usage.named(caller.client_id) if caller else ""
        for field in self._chosen(scope) if self._choice else (WHOLE_RECORD,):
            used = self._known.get((consumer, field))
            if used is None:
                used = Used(self._api, self._operation, consumer, field)
                self._known[consumer, field] = used
            self._usage.count(used)
        await self._inner(scope, receive, send)

    def _chosen(self, scope: Scope) -> frozenset[str] | tuple[str]:
        """Return the fields that are asked for and that there are, else the whole record."""
        asked = parse_qs(scope["query_string"].decode("latin-1")).get(_CHOOSING)
        if not asked:
            return (WHOLE_RECORD,)
        return self._choice & set(asked[0].split(","))


def _choice(mounted: Mounted) -> frozenset[str]:
    """Return the fields that callers of an operation choose from, none if it has no choice."""
    annotations = mounted.handler.fn.__annotations__
    record = record_type(annotations.get("return"))
    if _CHOOSING not in annotations or record is None:
        return frozenset()
    return frozenset(each.encode_name for each in fields(record))
