"""Which client of a company's books a deal is with: known, new, or a question for a steward."""

from msgspec import Struct

from process_apis.client_matching.questions import Answer, StewardQuestions
from process_apis.client_matching.rules import ClientMatch, MatchTerms, Verdict, compare
from process_apis.opportunity_to_project import rules
from process_apis.pages import every
from system_apis.canonical.party import Client
from system_apis.erp.interface import Erp
from system_apis.errors import NotFound, Refused
from system_apis.known_records import Match, MatchMethod, is_first_id
from system_apis.systems import Systems


class ClientSearch(Struct, frozen=True):
    """The client as the books have it, or else who may be the same in them."""

    known: Client | None = None
    candidates: tuple[ClientMatch, ...] = ()


class ClientMaster(Struct, frozen=True):
    """Finds a deal's client in the books: by number, by cross reference, by a steward's word.

    A name never matches by itself.
    """

    systems: Systems
    steward: StewardQuestions
    terms: MatchTerms

    async def search(self, agreement: rules.Agreement) -> ClientSearch:
        """Return the client in the books of the contract's company, or who it may be there."""
        erp = self._erp(agreement)
        known = await self._known(erp, agreement.client)
        return ClientSearch(known) if known else await self._alike(erp, agreement.client)

    async def bring_into_books(self, agreement: rules.Agreement) -> Client:
        """Return the client in the books under our one id, creating one that is new there."""
        client, erp = agreement.client, self._erp(agreement)
        found = (await self.search(agreement)).known
        method = MatchMethod.TAX_ID
        if found is None:
            draft = rules.ledger_client(client, agreement.contract)
            found = await erp.create_client(draft, key=rules.client_key(client))
            method = MatchMethod.CREATED_BY_US
        elif client.tax_id is None or found.tax_id is None:
            method = MatchMethod.MANUAL
        source = found.source
        if is_first_id(found.id, source.instance, "client", source.record_id):
            match = await self._verified(client, found, method)
            await self.systems.link_client(client.id, source.instance, source.record_id, match)
        return found

    async def _known(self, erp: Erp, client: Client) -> Client | None:
        if client.tax_id:
            found = (await erp.clients(tax_id=client.tax_id)).items
            if len(found) > 1:
                numbers = ", ".join(each.number for each in found)
                raise Refused(erp.instance, f"one tax id, {numbers}", code="CLIENT_AMBIGUOUS")
            if found:
                return found[0]
        try:
            return await erp.client(client.id)
        except NotFound:
            return await erp.client_by_key(rules.client_key(client))

    async def _alike(self, erp: Erp, client: Client) -> ClientSearch:
        """Compare with every client of the books; what a steward said of one counts."""
        candidates = []
        for each in await every(lambda at: erp.clients(cursor=at)):
            seen = compare(client, each, self.terms)
            if seen is None or seen.verdict is Verdict.DIFFERENT:
                continue
            if seen.verdict is Verdict.LINK:
                return ClientSearch(each)
            match await self.steward.answer(client, each):
                case Answer.SAME:
                    return ClientSearch(each)
                case Answer.OPEN:
                    candidates.append(seen)
        return ClientSearch(None, tuple(candidates))

    async def _verified(self, client: Client, found: Client, method: MatchMethod) -> Match:
        """Return how it is known that a record is the client, and which person said so."""
        if method is not MatchMethod.MANUAL:
            return Match(method=method)
        said = await self.steward.decision(client.id, found.id)
        if said is None:
            return Match(method=MatchMethod.EXTERNAL_ID)
        return Match(method=method, verified_by=said.decided_by)

    def _erp(self, agreement: rules.Agreement) -> Erp:
        contract = agreement.contract
        return self.systems.erp(contract.legal_entity, on=contract.effective_from)
