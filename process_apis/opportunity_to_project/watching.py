"""Watching for the second half of a deal: once it is won or signed, the other must come in time."""

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct

from process_apis.events.set_up import HandoverOverdue
from process_apis.opportunity_to_project.handovers import Handovers
from process_apis.opportunity_to_project.preparation import Preparation
from process_apis.opportunity_to_project.rules import SetupTerms
from process_apis.opportunity_to_project.second_half import Deal, Handover, Missing, wait_of
from system_apis.canonical.party import LegalEntity
from system_apis.errors import Refused
from system_apis.systems import Systems


class Watch(Struct, frozen=True):
    """The steps that begin a wait, end it, and tell a person that it was too long."""

    systems: Systems
    handovers: Handovers
    preparation: Preparation
    entities: Mapping[str, LegalEntity]
    terms: SetupTerms
    clock: Callable[[], datetime]

    async def watch_win(self, opportunity_id: str) -> None:
        """Wait for the signature of a deal that is won, or for nothing any more."""
        opportunity = await self.systems.crm.opportunity(opportunity_id)
        await self._watch(await self._deal(opportunity.number))

    async def watch_signature(self, contract_id: str) -> None:
        """Wait for the win of a deal that is signed, or for nothing any more."""
        contract = await self.systems.contracts.contract(contract_id)
        if contract.opportunity_number is not None:
            await self._watch(await self._deal(contract.opportunity_number))

    async def ask_for_other_half(self, event: HandoverOverdue) -> None:
        """Stop at a person for as long as the other half of a deal is missing."""
        deal = await self._deal(event.opportunity_number)
        wait = await self._wait(deal)
        if wait is None or wait.subject_id != event.subject_id:
            return
        first = "won" if wait.missing is Missing.SIGNATURE else "signed"
        raise Refused(
            "set-up",
            f"{deal.standing}; it was {first} on {wait.since}, the wait ended on {wait.last_day}",
            code=wait.missing,
        )

    async def _watch(self, deal: Deal) -> None:
        wait = await self._wait(deal)
        if wait is not None:
            await self.handovers.begin(wait)
        over = deal.ids - {wait.subject_id} if wait else deal.ids
        await self.handovers.end(over, deal.standing)

    async def _wait(self, deal: Deal) -> Handover | None:
        """Return what a deal waits for; one whose project runs without us waits for nothing."""
        wait = wait_of(deal, self.entities, self.terms.handover_days, self.clock())
        if wait and deal.contract and await self.preparation.runs_without_us(deal.contract):
            return None
        return wait

    async def _deal(self, number: str) -> Deal:
        sold = (await self.systems.crm.opportunities(number=number)).items
        agreed = (await self.systems.contracts.contracts(opportunity_number=number)).items
        return Deal(number, sold[0] if sold else None, agreed[0] if agreed else None)
