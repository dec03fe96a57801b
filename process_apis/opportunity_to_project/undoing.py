"""What takes a half-made set-up back: each step undoes one write, and may be done again."""

from msgspec import Struct

from process_apis.engagements import Engagement, Engagements
from process_apis.opportunity_to_project import rules, staffing
from process_apis.opportunity_to_project.preparation import Preparation
from process_apis.pages import every
from process_apis.project_to_cash.ledger.billing import BillingLedger
from system_apis.canonical.delivery import ProjectStatus
from system_apis.systems import Systems


class Undoing(Struct, frozen=True):
    """The compensations of a set-up, the last write first."""

    systems: Systems
    engagements: Engagements
    billing: BillingLedger
    preparation: Preparation

    async def find(self, opportunity_id: str) -> Engagement | None:
        """Return the engagement that is given up, if it was ever written down."""
        return await self.engagements.of_opportunity(opportunity_id)

    async def unlink_project(self, agreement: rules.Agreement) -> None:
        """Take the project's number off the opportunity."""
        opportunity = agreement.opportunity
        await self.systems.crm.unlink_project(opportunity.id, key=f"unlink:{opportunity.id}")

    async def return_people(self, agreement: rules.Agreement) -> int:
        """Let the people whom sales promised count for the opportunity again."""
        contract, number = agreement.contract, agreement.opportunity.number
        psa = self.systems.psa(contract.legal_entity, on=contract.effective_from)
        project = contract.project_number
        booked = await every(lambda at: psa.bookings(project_number=project, cursor=at))
        presold = staffing.presold(booked)
        for each in presold:
            await psa.move_booking(each.id, number, key=f"booking:{each.id}:{number}")
        return len(presold)

    async def close_in_books(self, agreement: rules.Agreement) -> bool:
        """Take the project out of use in the books, if it was us who brought it there."""
        contract = agreement.contract
        number, entity = contract.project_number, contract.legal_entity
        erp = self.systems.erp(entity, on=contract.effective_from)
        ours = await erp.ledger_project_by_key(rules.ledger_project_key(number))
        if ours is None:
            return False
        key = f"close-ledger-project:{number}"
        await erp.close_ledger_project(number, legal_entity=entity, key=key)
        return True

    async def cancel_billing(self, agreement: rules.Agreement) -> int:
        """Cancel what was planned to be billed."""
        return await self.billing.cancel_planned(agreement.contract.number)

    async def archive_project(self, agreement: rules.Agreement) -> bool:
        """Take the project out of sight in the PSA, if it is there and never became active."""
        contract = agreement.contract
        psa = self.systems.psa(contract.legal_entity, on=contract.effective_from)
        project = await psa.project_by_key(rules.project_key(agreement.opportunity))
        if project is None or project.status is ProjectStatus.CANCELLED:
            return False
        await psa.archive_project(project.id, key=f"archive:{project.id}")
        return True

    async def cancel_engagement(self, engagement: Engagement) -> None:
        """Write down that there will be no project."""
        await self.engagements.cancelled(engagement)
