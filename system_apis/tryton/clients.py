"""Clients in Tryton: parties, with our key among the numbers that they are known by."""

from typing import ClassVar

from msgspec import Struct
from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as gb_vat
from stdnum.us import ein as us_ein

from system_apis.canonical.party import Address, Client, ClientDraft
from system_apis.canonical.record import Page
from system_apis.tryton.books import Books
from system_apis.tryton.parties import KEY_MARK, Party, PaymentTerm
from system_apis.tryton.values import Created

_KINDS = {"eu_vat": eu_vat, "us_ein": us_ein, "gb_vat": gb_vat}
_EVEN_INACTIVE = ["active", "in", [True, False]]
_PUNCTUATION = str.maketrans("", "", " .-/")


class _OwnCompany(Struct, frozen=True):
    model: ClassVar[str] = "company.company"
    fields: ClassVar[tuple[str, ...]] = ("party",)

    id: int
    party: int


class NewIdentifier(Struct, frozen=True):
    """A number by which someone knows a party."""

    type: str | None
    code: str


class NewAddress(Struct, frozen=True):
    """An address that invoices go to."""

    street_unstructured: str
    city: str
    postal_code: str
    country: int
    subdivision: int | None
    invoice: bool = True


class NewContact(Struct, frozen=True):
    """A way to reach a party."""

    type: str
    value: str


class NewParty(Struct, frozen=True):
    """A client as Tryton takes it."""

    name: str
    code: str
    customer_payment_term: int
    identifiers: tuple[tuple[str, list[NewIdentifier]]]
    addresses: tuple[tuple[str, list[NewAddress]]]
    contact_mechanisms: tuple[tuple[str, list[NewContact]], ...] = ()


def new_party(
    draft: ClientDraft, key: str, *, term: int, country: int, subdivision: int | None
) -> NewParty:
    """Return a client to write, with our key among the numbers that it is known by."""
    tax = [NewIdentifier(_kind(draft.tax_id), draft.tax_id)] if draft.tax_id else []
    site = [NewContact("website", draft.domain)] if draft.domain else []
    at = draft.billing_address
    address = NewAddress(at.street, at.city, at.postal_code, country, subdivision)
    return NewParty(
        name=draft.legal_name,
        code=draft.number,
        customer_payment_term=term,
        identifiers=(("create", [*tax, NewIdentifier(None, KEY_MARK + key)]),),
        addresses=(("create", [address]),),
        contact_mechanisms=(("create", site),) if site else (),
    )


def _kind(tax_id: str) -> str | None:
    """Return Tryton's name for the kind of a tax id, or None: then it is kept as it is."""
    return next((kind for kind, module in _KINDS.items() if module.is_valid(tax_id)), None)


class Clients:
    """The parties that buy from the firm."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def one(self, client_id: str) -> Client:
        """Return one client, or raise `NotFound`."""
        record_id = await self._books.record("client", client_id)
        party = await self._books.the(Party, record_id, _EVEN_INACTIVE)
        [ours] = await self._books.references.ids_of("client", [str(record_id)])
        return party.canonical(ours, self._books.instance)

    async def page(
        self, *, number: str | None, tax_id: str | None, cursor: str | None
    ) -> Page[Client]:
        """Return clients in the order they were created, a page at a time."""
        domain = await self.domain()
        if number is not None:
            domain.append(["code", "=", number])
        if tax_id is not None:
            codes = [tax_id, tax_id.translate(_PUNCTUATION)]
            domain.append(["identifiers.code_compact", "in", codes])
        parties = await self._books.page(Party, domain, cursor)
        return Page(await self._canonical(parties.items), parties.next_cursor)

    async def domain(self) -> list[object]:
        """Return the domain of all clients: the parties that are not our own companies."""
        companies = await self._books.wire.search(_OwnCompany, [])
        return [_EVEN_INACTIVE, ["id", "not in", [each.party for each in companies]]]

    async def by_key(self, key: str) -> Client | None:
        """Return the client that was created with this key, if any."""
        domain = [["identifiers.code", "=", KEY_MARK + key], _EVEN_INACTIVE]
        found = await self._canonical(await self._books.wire.search(Party, domain))
        return found[0] if found else None

    async def create(self, draft: ClientDraft, key: str) -> Client:
        """Create a client; of two at once one is refused for its code, and finds the other's."""
        if made := await self.by_key(key):
            return made
        new = new_party(
            draft,
            key,
            term=await self._payment_term(draft.payment_terms_days),
            country=await self._country(draft.billing_address.country),
            subdivision=await self._subdivision(draft.billing_address),
        )
        reply = await self._books.wire.create(Party.model, new)
        if reply.status == 400:
            if made := await self.by_key(key):
                return made
            if await self._books.wire.ids(Party.model, [["code", "=", draft.number]]):
                reason = f"another client has the number {draft.number}"
                raise self._books.refusal(reason, "NUMBER_TAKEN")
        party = await self._books.the(Party, reply.read(Created).id)
        return (await self._canonical([party]))[0]

    async def party(self, number: str) -> Party:
        """Return the party of a client's number, or raise `Refused`."""
        found = await self._books.wire.search(Party, [["code", "=", number]])
        if not found:
            raise self._books.refusal(f"no client {number}", "CLIENT_UNKNOWN")
        return found[0]

    async def _canonical(self, parties: list[Party]) -> list[Client]:
        ids = await self._books.references.ids_of("client", [str(each.id) for each in parties])
        instance = self._books.instance
        return [each.canonical(id_, instance) for each, id_ in zip(parties, ids, strict=True)]

    async def _payment_term(self, days: int) -> int:
        terms = await self._books.wire.search(PaymentTerm, [])
        fitting = [term.id for term in terms if term.net_days == days]
        return self._books.first(fitting, f"payment term of {days} days")

    async def _country(self, code: str) -> int:
        return await self._books.only("country.country", [["code", "=", code]], f"country {code}")

    async def _subdivision(self, address: Address) -> int | None:
        if address.region is None:
            return None
        code = f"{address.country}-{address.region}"
        named = f"region {code}"
        return await self._books.only("country.subdivision", [["code", "=", code]], named)
