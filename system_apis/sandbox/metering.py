"""A system's own quota of calls in a day, told with every answer, as Salesforce does it."""

from collections.abc import Mapping
from datetime import date, datetime

from system_apis.sandbox.crm.api import SandboxCrm
from system_apis.sandbox.exchange import Refusal, SandboxSystem

CALLS_PER_DAY = 1_000_000


class CallMeter:
    """Counts the calls of a day in UTC; beyond the quota it refuses."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._day, self._used = date.min, 0

    def spend(self, now: datetime) -> Refusal | None:
        """Count a call, or return what it is refused with."""
        if now.date() != self._day:
            self._day, self._used = now.date(), 0
        if self._used >= self.most:
            return Refusal(429, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        self._used += 1
        return None

    # https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_api_usage.htm
    def told(self) -> Mapping[str, str]:
        """Return the header that says how much is used."""
        return {"Sforce-Limit-Info": f"api-usage={self._used}/{self.most}"}


def meters_of(systems: Mapping[str, SandboxSystem]) -> dict[str, CallMeter]:
    """Return a meter for every system whose product has such a quota."""
    return {
        name: CallMeter(CALLS_PER_DAY)
        for name, system in systems.items()
        if isinstance(system, SandboxCrm)
    }
