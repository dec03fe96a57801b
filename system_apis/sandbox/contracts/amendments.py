"""Amendments: changes to agreements that somebody asked for, and how far each has come."""

import hashlib
from decimal import Decimal

from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Kept, Shelf
from system_apis.sandbox.contracts.agreements import Agreements
from system_apis.sandbox.contracts.documents import Documents
from system_apis.sandbox.contracts.listing import known, page_of
from system_apis.sandbox.contracts.records import Agreement, Amendment, Deltas
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route, texts

_PATH = "/api/v2/amendments"
_FILTERS = {"agreementNumber": "agreement_number", "amendmentNumber": "amendment_number"}
_REASONS = {"SCOPE", "PRICE", "SCHEDULE", "STAFFING", "CAP"}
_NEXT = {
    "DRAFT": {"ASSESSED", "WITHDRAWN"},
    "ASSESSED": {"APPROVED_INTERNALLY", "REJECTED", "WITHDRAWN"},
    "APPROVED_INTERNALLY": {"WITH_CLIENT", "WITHDRAWN", "EFFECTIVE"},
    "WITH_CLIENT": {"COUNTERSIGNED", "REJECTED", "WITHDRAWN"},
    "COUNTERSIGNED": {"EFFECTIVE"},
}


class AmendmentPage(Struct, frozen=True, rename="camel"):
    """A page of amendments."""

    amendments: list[Amendment]
    next_page_token: str | None = None


class NewAmendment(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A change as it is asked for."""

    amendment_number: str
    reason: str
    requested_by: str
    concerns: tuple[str, ...] = ()
    currency: str | None = None
    deltas: Deltas
    document: str | None = None
    accounting: str | None = None


class NewState(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """How far an amendment is to have come; `waivedBy` stands in for a client's signature."""

    state: str
    document: str | None = None
    waived_by: str | None = None


class Amendments:
    """The amendments of one contract system; a number is given once in an agreement."""

    def __init__(self, books: Books, agreements: Agreements, documents: Documents) -> None:
        self._agreements, self._documents = agreements, documents
        keys = ("agreement_id", *_FILTERS.values())
        self._shelf = Shelf(books, "amendment", Amendment, keys)

    def routes(self) -> list[Route]:
        """Return the addresses of amendments."""
        under = "/api/v2/agreements/{id}/amendments"
        return [
            Route("amendments", "GET", _PATH, self._all),
            Route("amendment", "GET", f"{_PATH}/{{id}}", self._one),
            Route("record_amendment", "POST", under, self._record),
            Route("set_amendment_state", "PUT", f"{_PATH}/{{id}}/state", self._state),
        ]

    def _all(self, call: Call) -> Answer:
        found, token = page_of(call, self._shelf, _FILTERS)
        return Answer(body=texts(AmendmentPage([_shown(each) for each in found], token)))

    def _one(self, call: Call) -> Answer:
        return _answer(self._known(call))

    def _record(self, call: Call) -> Answer:
        agreement, wish = self._agreements.known(call), call.read(NewAmendment)
        _check(agreement, wish)
        self._check_document(agreement.agreement_id, wish.document)
        number = {"agreement_id": agreement.agreement_id, "amendment_number": wish.amendment_number}
        there = self._shelf.find(number)
        if there:
            if _asked(there[0].record) != structs.replace(wish, currency=None):
                raise Refusal(422, "AMENDMENT_NUMBER_TAKEN", f"{wish.amendment_number} is another")
            return _answer(there[0])
        made = _made(agreement, wish, call)
        return _answer(self._shelf.put(made.amendment_id, made, call.now), status=201)

    def _state(self, call: Call) -> Answer:
        kept, wish = self._known(call), call.read(NewState)
        there = kept.record
        if wish.state == there.state:
            return _answer(kept)
        if wish.state not in _NEXT.get(there.state, set()):
            raise Refusal(422, "STATE", f"an amendment does not go {there.state} > {wish.state}")
        unsigned = wish.state == "EFFECTIVE" and there.state != "COUNTERSIGNED"
        if unsigned and wish.waived_by is None:
            raise Refusal(422, "NOT_COUNTERSIGNED", "the client has not signed, and nobody waived")
        self._check_document(there.agreement_id, wish.document)
        if wish.state == "EFFECTIVE":
            self._agreements.amend(there.agreement_id, there, call.now)
        moved = structs.replace(
            there,
            state=wish.state,
            document=wish.document or there.document,
            waived_by=wish.waived_by if unsigned else there.waived_by,
        )
        return _answer(self._shelf.put(moved.amendment_id, moved, call.now))

    def _check_document(self, agreement_id: str, digest: str | None) -> None:
        if digest is not None and self._documents.of(agreement_id, digest) is None:
            raise Refusal(422, "DOCUMENT_NOT_FILED", f"{digest} is not on file")

    def _known(self, call: Call) -> Kept[Amendment]:
        said = call.path["id"]
        return known(self._shelf.get(said), "AMENDMENT_NOT_FOUND", f"amendment {said}")


def _made(agreement: Agreement, wish: NewAmendment, call: Call) -> Amendment:
    number = f"{agreement.agreement_id}/{wish.amendment_number}"
    return Amendment(
        amendment_id=f"amd-{hashlib.sha256(number.encode()).hexdigest()[:12]}",
        amendment_number=wish.amendment_number,
        agreement_id=agreement.agreement_id,
        agreement_number=agreement.agreement_number,
        contracting_entity=agreement.contracting_entity,
        project_ref=agreement.project_ref,
        currency=agreement.commercials.currency,
        reason=wish.reason,
        requested_by=wish.requested_by,
        requested_at=call.now,
        concerns=wish.concerns,
        deltas=wish.deltas,
        requested_with=wish.document,
        document=wish.document,
        accounting=wish.accounting,
    )


def _check(agreement: Agreement, wish: NewAmendment) -> None:
    if wish.reason not in _REASONS:
        raise Refusal(422, "REASON", f"{wish.reason} is no reason")
    if wish.currency not in {None, agreement.commercials.currency}:
        raise Refusal(422, "CURRENCY", f"the agreement is in {agreement.commercials.currency}")
    promised = {each.deliverable_id for each in agreement.deliverables}
    changed = {each.deliverable_id for each in wish.deltas.deliverables}
    for one in sorted({*wish.concerns, *changed} - promised):
        raise Refusal(422, "DELIVERABLE_UNKNOWN", f"there is no {one}")
    if any(each.hours == Decimal(0) for each in wish.deltas.hours):
        raise Refusal(422, "HOURS", "no hours are no change")


def _asked(amendment: Amendment) -> NewAmendment:
    """Return what an amendment was made from."""
    return NewAmendment(
        amendment_number=amendment.amendment_number,
        reason=amendment.reason,
        requested_by=amendment.requested_by,
        concerns=amendment.concerns,
        deltas=amendment.deltas,
        document=amendment.requested_with,
        accounting=amendment.accounting,
    )


def _answer(kept: Kept[Amendment], *, status: int = 200) -> Answer:
    return Answer(body=texts(_shown(kept)), status=status, record=kept.record.amendment_id)


def _shown(kept: Kept[Amendment]) -> Amendment:
    return structs.replace(kept.record, revision=kept.version, modified_at=kept.updated_at)
