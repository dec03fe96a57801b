"""Agreements, and what arrives for them: the client's orders, and the proofs of acceptance."""

from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Kept, Shelf
from system_apis.sandbox.business_time import stamp
from system_apis.sandbox.contracts.amended import amended
from system_apis.sandbox.contracts.documents import Documents
from system_apis.sandbox.contracts.listing import known, page_of
from system_apis.sandbox.contracts.records import (
    Acceptance,
    Agreement,
    Amendment,
    Deliverable,
    Evidence,
    Order,
    ReceivedOrder,
)
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route, texts

_FILTERS = {"agreementNumber": "agreement_number", "opportunityRef": "opportunity_ref"}
_PATH = "/api/v2/agreements"


class AgreementPage(Struct, frozen=True, rename="camel"):
    """A page of agreements; `nextPageToken` asks for the next."""

    agreements: list[Agreement]
    next_page_token: str | None = None


class NewOrder(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A purchase order as it is entered."""

    number: str
    amount: Decimal
    currency: str
    valid_to: date


class NewAcceptance(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A proof of acceptance as it is entered; it names a document of the agreement."""

    deliverable_id: str
    type: str
    digest: str
    accepted_by: str
    accepted_at: datetime


class Agreements:
    """The agreements of one contract system; what arrives makes a new revision of one."""

    def __init__(self, books: Books, documents: Documents) -> None:
        self._documents = documents
        self._shelf = Shelf(books, "agreement", Agreement, tuple(_FILTERS.values()))
        self._orders = Shelf(books, "order", Order, ("agreement_id", "number"), announced=False)
        self._proofs = Shelf(
            books, "acceptance", Acceptance, ("agreement_id", "deliverable_id"), announced=False
        )

    def routes(self) -> list[Route]:
        """Return the addresses of agreements."""
        one = f"{_PATH}/{{id}}"
        return [
            Route("agreements", "GET", _PATH, self._all),
            Route("agreement", "GET", one, self._one),
            Route("record_order", "POST", f"{one}/orders", self._order),
            Route("file_acceptance", "POST", f"{one}/acceptances", self._accept),
            Route("file_document", "POST", f"{one}/documents", self._file),
        ]

    def known(self, call: Call) -> Agreement:
        """Return the agreement that a call names, or refuse."""
        return self._known(call).record

    def amend(self, agreement_id: str, amendment: Amendment, now: datetime) -> None:
        """Let an agreement be as an amendment that takes effect says."""
        kept = self._shelf.get(agreement_id)
        if kept is not None:
            self._shelf.put(agreement_id, amended(kept.record, amendment), now)

    def _all(self, call: Call) -> Answer:
        found, token = page_of(call, self._shelf, _FILTERS)
        return Answer(body=texts(AgreementPage([self._shown(each) for each in found], token)))

    def _one(self, call: Call) -> Answer:
        return self._answer(self._known(call))

    def _file(self, call: Call) -> Answer:
        return self._documents.file(self.known(call), call)

    def _order(self, call: Call) -> Answer:
        kept, wish = self._known(call), call.read(NewOrder)
        _check_order(kept.record, wish)
        there = self._orders.find(
            {"agreement_id": kept.record.agreement_id, "number": wish.number}, limit=1
        )
        if there:
            order = there[0].record.order
            if (order.amount, order.valid_to) != (wish.amount, wish.valid_to):
                raise Refusal(422, "ORDER_NUMBER_TAKEN", f"{wish.number} came with other terms")
            return self._repeated(kept, order.received_at, call)
        arrived = ReceivedOrder(wish.number, wish.amount, wish.valid_to, call.now)
        made = Order(kept.record.agreement_id, wish.number, arrived)
        self._orders.put(f"{made.agreement_id}/{made.number}", made, call.now)
        return self._revised(kept, call)

    def _accept(self, call: Call) -> Answer:
        kept, wish = self._known(call), call.read(NewAcceptance)
        agreement = kept.record
        self._check_acceptance(agreement, wish, call)
        there = self._proof(agreement.agreement_id, wish.deliverable_id)
        if there is not None:
            if (there.type, there.digest) != (wish.type, wish.digest):
                raise Refusal(422, "EVIDENCE_THERE", f"{wish.deliverable_id} was accepted before")
            return self._repeated(kept, there.received_at, call)
        proof = Evidence(wish.type, wish.digest, call.now, wish.accepted_by, wish.accepted_at)
        made = Acceptance(agreement.agreement_id, wish.deliverable_id, proof)
        self._proofs.put(f"{made.agreement_id}/{made.deliverable_id}", made, call.now)
        return self._revised(kept, call)

    def _check_acceptance(self, agreement: Agreement, wish: NewAcceptance, call: Call) -> None:
        promised = {each.deliverable_id: each for each in agreement.deliverables}
        deliverable = promised.get(wish.deliverable_id)
        if deliverable is None:
            raise Refusal(422, "DELIVERABLE_UNKNOWN", f"there is no {wish.deliverable_id}")
        if deliverable.evidence_type not in {None, wish.type}:
            raise Refusal(422, "EVIDENCE_TYPE", f"{deliverable.evidence_type} was agreed")
        if self._documents.of(agreement.agreement_id, wish.digest) is None:
            raise Refusal(422, "DOCUMENT_NOT_FILED", f"{wish.digest} is not on file")
        if wish.accepted_at > call.now:
            raise Refusal(422, "NOT_YET", "nothing is accepted before it happens")

    def _repeated(self, kept: Kept[Agreement], arrived: datetime | None, call: Call) -> Answer:
        """Answer a wish that is fulfilled; one that a crash cut in half is finished first."""
        if arrived is not None and kept.updated_at < stamp(arrived):
            return self._revised(kept, call)
        return self._answer(kept)

    def _revised(self, kept: Kept[Agreement], call: Call) -> Answer:
        if call.half:
            return self._answer(kept, status=201)
        fresh = self._shelf.put(kept.record.agreement_id, kept.record, call.now)
        return self._answer(fresh, status=201)

    def _known(self, call: Call) -> Kept[Agreement]:
        said = call.path["id"]
        return known(self._shelf.get(said), "AGREEMENT_NOT_FOUND", f"agreement {said}")

    def _answer(self, kept: Kept[Agreement], *, status: int = 200) -> Answer:
        return Answer(body=texts(self._shown(kept)), status=status, record=kept.record.agreement_id)

    def _shown(self, kept: Kept[Agreement]) -> Agreement:
        """Return an agreement with all that arrived for it."""
        record = kept.record.agreement_id
        orders = tuple(one.record.order for one in self._orders.find({"agreement_id": record}))
        proofs = {
            one.record.deliverable_id: one.record.evidence
            for one in self._proofs.find({"agreement_id": record})
        }
        return structs.replace(
            kept.record,
            orders=orders,
            deliverables=tuple(_proven(each, proofs) for each in kept.record.deliverables),
            revision=kept.version,
            modified_at=kept.updated_at,
        )

    def _proof(self, agreement_id: str, deliverable_id: str) -> Evidence | None:
        asked = {"agreement_id": agreement_id, "deliverable_id": deliverable_id}
        found = self._proofs.find(asked, limit=1)
        return found[0].record.evidence if found else None


def _check_order(agreement: Agreement, wish: NewOrder) -> None:
    if wish.currency != agreement.commercials.currency:
        raise Refusal(422, "CURRENCY", f"the agreement is in {agreement.commercials.currency}")
    if wish.amount <= 0:
        raise Refusal(422, "AMOUNT", "an order is for more than nothing")


def _proven(deliverable: Deliverable, proofs: dict[str, Evidence]) -> Deliverable:
    return structs.replace(deliverable, evidence=proofs.get(deliverable.deliverable_id))
