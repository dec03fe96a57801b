"""Which client of the ERP is which client of the CRM, as an import finds it out."""

from msgspec import Struct

from governance.access import Caller
from process_apis.adoption.running import ClientLink
from store.database import Store
from system_apis.known_records import Match, MatchMethod, holders
from system_apis.systems import Systems


class LinkState(Struct, frozen=True):
    """A link that is to be written, or the other record that stands in its way."""

    link: ClientLink | None = None
    other: str | None = None


class ClientLinks(Struct, frozen=True):
    """Looks links up in the cross references, and writes them."""

    systems: Systems
    store: Store

    async def state_of(self, link: ClientLink | None) -> LinkState:
        """Return what is to be done about a link."""
        if link is None:
            return LinkState()
        held = [
            each.record_id
            for each in await holders(self.store, link.canonical_id)
            if each.active and each.instance == link.source.instance
        ]
        others = [each for each in held if each != link.source.record_id]
        if others:
            return LinkState(other=others[0])
        return LinkState() if held else LinkState(link)

    async def write(self, link: ClientLink, *, by: Caller) -> None:
        """Say that both records are one client, verified by who imports; twice is once."""
        match = Match(method=MatchMethod.IMPORTED, verified_by=by.subject)
        source = link.source
        await self.systems.link_client(link.canonical_id, source.instance, source.record_id, match)
