"""The documents of agreements: filed once by their hash, and given back byte by byte."""

import hashlib

from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Kept, Shelf
from system_apis.sandbox.contracts.listing import known, page_of
from system_apis.sandbox.contracts.records import Agreement, Document, DocumentContent
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route, texts

_PATH = "/api/v2/documents"
_FILTERS = {"agreementNumber": "agreement_number", "digest": "digest"}


class DocumentPage(Struct, frozen=True, rename="camel"):
    """A page of documents, without what they say."""

    documents: list[Document]
    next_page_token: str | None = None


class NewDocument(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A document as it is uploaded; the system itself computes its hash."""

    title: str
    media_type: str
    content: bytes


class Documents:
    """The document store of one contract system."""

    def __init__(self, books: Books) -> None:
        keys = ("agreement_id", *_FILTERS.values())
        self._shelf = Shelf(books, "document", Document, keys)
        self._contents = Shelf(books, "document_content", DocumentContent, (), announced=False)

    def routes(self) -> list[Route]:
        """Return the addresses of documents."""
        one = f"{_PATH}/{{id}}"
        return [
            Route("documents", "GET", _PATH, self._all),
            Route("document", "GET", one, self._one),
            Route("document_content", "GET", f"{one}/content", self._content),
        ]

    def of(self, agreement_id: str, digest: str) -> Kept[Document] | None:
        """Return the document of an agreement that has a hash, if it was filed."""
        found = self._shelf.find({"agreement_id": agreement_id, "digest": digest}, limit=1)
        return found[0] if found else None

    def file(self, agreement: Agreement, call: Call) -> Answer:
        """Take a document in; the same bytes for the same agreement are one document."""
        wish = call.read(NewDocument)
        if not wish.content:
            raise Refusal(422, "EMPTY_DOCUMENT", "a document says something")
        digest = f"sha256:{hashlib.sha256(wish.content).hexdigest()}"
        there = self.of(agreement.agreement_id, digest)
        if there is not None and there.record.byte_length is not None:
            return _answer(there)
        made = there.record if there else _made(agreement, wish, digest, call)
        if call.half:
            return _answer(there or self._shelf.put(made.document_id, made, call.now))
        whole = structs.replace(made, media_type=wish.media_type, byte_length=len(wish.content))
        content = DocumentContent(whole.document_id, digest, wish.media_type, wish.content)
        self._contents.put(whole.document_id, content, call.now)
        return _answer(self._shelf.put(whole.document_id, whole, call.now), status=201)

    def _all(self, call: Call) -> Answer:
        found, token = page_of(call, self._shelf, _FILTERS)
        return Answer(body=texts(DocumentPage([_shown(each) for each in found], token)))

    def _one(self, call: Call) -> Answer:
        return _answer(self._known(call))

    def _content(self, call: Call) -> Answer:
        kept = self._known(call)
        held = self._contents.get(kept.record.document_id)
        held = known(held, "CONTENT_NOT_HELD", f"content of {kept.record.digest}")
        return Answer(body=texts(held.record), record=held.record.document_id)

    def _known(self, call: Call) -> Kept[Document]:
        said = call.path["id"]
        return known(self._shelf.get(said), "DOCUMENT_NOT_FOUND", f"document {said}")


def document_id(agreement_id: str, digest: str) -> str:
    """Return the id that a document has in an agreement: it follows from its hash."""
    return f"{agreement_id}-{digest.rpartition(':')[2][:16]}"


def _made(agreement: Agreement, wish: NewDocument, digest: str, call: Call) -> Document:
    return Document(
        document_id=document_id(agreement.agreement_id, digest),
        agreement_id=agreement.agreement_id,
        agreement_number=agreement.agreement_number,
        contracting_entity=agreement.contracting_entity,
        digest=digest,
        title=wish.title,
        filed_at=call.now,
    )


def _answer(kept: Kept[Document], *, status: int = 200) -> Answer:
    return Answer(body=texts(_shown(kept)), status=status, record=kept.record.document_id)


def _shown(kept: Kept[Document]) -> Document:
    return structs.replace(kept.record, revision=kept.version, modified_at=kept.updated_at)
