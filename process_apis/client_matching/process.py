"""From the records that systems hold to the clients that they stand for (domain handbook, 1.1).

A scan reads every record, links what has an equal number, asks a steward about what looks
alike, and remembers what was told apart.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from process_apis.approvals.requests import ApprovalStatus
from process_apis.client_matching import rules
from process_apis.client_matching.questions import NAME, StewardQuestions
from process_apis.client_matching.register import MatchRegister
from process_apis.client_matching.rules import ClientMatch, MatchTerms, Verdict
from process_apis.engine import Process, step
from process_apis.events.clients import ClientPairDecided, ClientScanAsked
from process_apis.pages import every
from system_apis.canonical.party import Client
from system_apis.crm.interface import Crm
from system_apis.erp.interface import Erp
from system_apis.known_records import Match, MatchMethod, is_first_id
from system_apis.systems import Systems

DECIDED = "client-pair-decided"


class ClientMatching(Struct, frozen=True):
    """The process with what it needs at hand."""

    systems: Systems
    register: MatchRegister
    questions: StewardQuestions
    terms: MatchTerms
    entities: frozenset[str]
    clock: Callable[[], datetime]

    async def scan(self, event: ClientScanAsked) -> None:
        """Compare every client record of CRM and ERPs with every other."""
        before = rules.matches(await step(self.read_clients), self.terms)
        await step(self.link_equal, before)
        found = rules.matches(await step(self.read_clients), self.terms)
        await step(self.remember, found)
        await step(self.ask_steward, found)

    async def decide(self, event: ClientPairDecided) -> None:
        """Do as the steward said about two clients."""
        await step(self.apply, event)

    async def read_clients(self) -> list[Client]:
        """Return every client record, the CRM's first: its ids are the ones that stay."""
        found: list[Client] = []
        systems: list[Crm | Erp] = [self.systems.crm, *self.systems.erps.values()]
        for system in systems:
            found += await _clients_of(system)
        return found

    async def link_equal(self, found: list[ClientMatch]) -> int:
        """Link the records that have an equal number, and return how many links that makes."""
        linked = 0
        for each in found:
            right = each.right.source
            apart = is_first_id(each.right.id, right.instance, "client", right.record_id)
            if each.verdict is Verdict.LINK and apart and not await self._are_parted(each):
                is_tax_id = each.reason == rules.EQUAL_TAX_ID
                method = MatchMethod.TAX_ID if is_tax_id else MatchMethod.EXTERNAL_ID
                by_number = Match(method=method)
                await self.systems.link_client(
                    each.left.id, right.instance, right.record_id, by_number
                )
                linked += 1
        return linked

    async def remember(self, found: list[ClientMatch]) -> int:
        """Write down what was found, and return how much of it is new."""
        return await self.register.found(found, self.clock())

    async def ask_steward(self, found: list[ClientMatch]) -> int:
        """Ask about every two clients that look alike, and return how many questions these are."""
        asked = set()
        for each in found:
            two = each.left.id != each.right.id
            if each.verdict is Verdict.STEWARD and two and not await self._are_parted(each):
                entity = self._entity_of(each)
                asked.add(await self.questions.ask(each, entity))
        return len(asked)

    async def apply(self, event: ClientPairDecided) -> None:
        """Link two clients, or remember that they are two."""
        said = await self.questions.decision(event.left_id, event.right_id)
        if said is None or said.decided_at is None or said.decided_by is None:
            return
        verdict = Verdict.DIFFERENT
        if said.status is ApprovalStatus.APPROVED:
            verdict = Verdict.LINK
            confirmed = Match(
                method=MatchMethod.MANUAL,
                confidence=event.score / 100,
                verified_by=said.decided_by,
            )
            await self.systems.link_client(
                event.left_id, event.right_system, event.right_record, confirmed
            )
        await self.register.decided(
            event.left_id, event.right_id, verdict, by=said.decided_by, at=said.decided_at
        )

    async def _are_parted(self, match: ClientMatch) -> bool:
        return await self.questions.are_parted(match.left.id, match.right.id)

    def _entity_of(self, match: ClientMatch) -> str:
        """Return a company whose books hold one of the records; any when the CRM holds both."""
        for client in (match.right, match.left):
            served = self.systems.entities_of(client.source.instance)
            if served:
                return min(served)
        return min(self.entities)


async def _clients_of(system: Crm | Erp) -> list[Client]:
    return await every(lambda cursor: system.clients(cursor=cursor))


def processes(process: ClientMatching) -> list[Process]:
    """Return what of client matching happens on which event."""
    reading = frozenset({"system:crm:read", "system:erp:read"})
    return [
        Process(name=NAME, on=ClientScanAsked, run=process.scan, scopes=reading),
        Process(name=DECIDED, on=ClientPairDecided, run=process.decide, scopes=frozenset()),
    ]
