"""Documents by their hash: what was signed, certified or ordered, and what it says."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from system_apis.canonical.record import Id, Source, Text

LARGEST_DOCUMENT = 700_000
DocumentHash = Annotated[
    str,
    Meta(
        pattern=r"\Asha256:[0-9a-f]{64}\Z",
        description="The SHA-256 of a document's bytes.",
        examples=["sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ),
]
MediaType = Annotated[
    str,
    Meta(
        pattern=r"\A[a-z]+/[a-z0-9][a-z0-9.+-]{0,99}\Z",
        description="What kind of bytes a document is.",
        examples=["application/pdf"],
    ),
]
DocumentBytes = Annotated[
    bytes,
    Meta(min_length=1, max_length=LARGEST_DOCUMENT, description="What a document says, in base64."),
]


class Document(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A document of a contract. One whose content is not held is known by its hash alone."""

    id: Id
    contract_id: Id
    contract_number: str
    legal_entity: str
    document_hash: str
    title: str
    content_held: bool
    media_type: str | None = None
    length: int | None = None
    filed_at: datetime
    source: Source
    version: int = 1

    def __post_init__(self) -> None:
        if self.content_held != (self.length is not None):
            raise ValueError("content that is held has a length, and no other has")


class DocumentDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A document as it is to be filed; its hash follows from its bytes."""

    title: Text
    media_type: MediaType
    content: DocumentBytes


class DocumentContent(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a document says; the bytes have been held against the hash."""

    document_hash: str
    contract_number: str
    legal_entity: str
    media_type: str
    length: int
    content: bytes
