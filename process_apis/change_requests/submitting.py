"""Submitting: what the firm says of a change request is written into the contract system."""

from msgspec import Struct

from process_apis.change_requests.applications import Applications
from process_apis.change_requests.records import ApplicationState
from system_apis.canonical.changes import ChangeStatus, ChangeStep
from system_apis.systems import Systems

_FROM = {
    ChangeStatus.IMPACT_ASSESSED: {ChangeStatus.DRAFT},
    ChangeStatus.INTERNAL_APPROVED: {ChangeStatus.IMPACT_ASSESSED},
    ChangeStatus.REJECTED: {ChangeStatus.IMPACT_ASSESSED},
    ChangeStatus.WITHDRAWN: {ChangeStatus.DRAFT},
}


class Submitting(Struct, frozen=True):
    """The steps before the client is asked to sign; each is done once."""

    systems: Systems
    applications: Applications

    async def assess(self, application_id: str) -> None:
        """Say that the impact of a change request was assessed."""
        await self._advance(application_id, ChangeStatus.IMPACT_ASSESSED)

    async def agree(self, application_id: str) -> None:
        """Say that the firm agrees to a change request, which its client may sign now."""
        await self._advance(application_id, ChangeStatus.INTERNAL_APPROVED)
        await self.applications.turn(application_id, ApplicationState.AGREED)

    async def refuse(self, application_id: str) -> None:
        """Say that the firm does not want a change request; what nobody assessed is withdrawn."""
        await self._advance(application_id, ChangeStatus.REJECTED)
        await self._advance(application_id, ChangeStatus.WITHDRAWN)
        await self.applications.turn(application_id, ApplicationState.REJECTED)

    async def _advance(self, application_id: str, status: ChangeStatus) -> None:
        """Advance a change request, unless it is there or beyond by somebody else's hand."""
        submitted = await self.applications.get(application_id)
        if submitted.change is None:
            return
        contracts = self.systems.contracts
        request = await contracts.change_request(submitted.change.change_request_id)
        if request.status in _FROM[status]:
            key = f"cr:{application_id}:{status}"
            await contracts.advance_change_request(request.id, ChangeStep(status=status), key=key)
