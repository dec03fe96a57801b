"""The sandbox contract system's documents, reports and log, in its words and in ours."""

from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec import Struct

from system_apis.canonical import documents
from system_apis.canonical.contracts import ServiceLevelReport
from system_apis.canonical.record import Source
from system_apis.change_feed import FeedLine

_RECORD_TYPES = {
    "agreement": "contract",
    "document": "document",
    "amendment": "change_request",
    "service_report": "service_level_report",
}


class Ids(Struct, frozen=True):
    """Our ids of a record and of the contract that it belongs to."""

    own: str
    contract: str


class Paper(Struct, frozen=True, rename="camel"):
    """What every paper of an agreement says."""

    agreement_id: str
    agreement_number: str
    contracting_entity: str


class Document(Paper, frozen=True, rename="camel", kw_only=True):
    """A document, without what it says."""

    document_id: str
    digest: str
    title: str
    media_type: str | None
    byte_length: int | None
    filed_at: datetime
    revision: int
    modified_at: datetime

    @property
    def record_id(self) -> str:
        """The system's id of it."""
        return self.document_id

    def canonical(self, ids: Ids, instance: str) -> documents.Document:
        """Say the same in our words."""
        return documents.Document(
            id=ids.own,
            contract_id=ids.contract,
            contract_number=self.agreement_number,
            legal_entity=self.contracting_entity,
            document_hash=self.digest,
            title=self.title,
            content_held=self.byte_length is not None,
            media_type=self.media_type,
            length=self.byte_length,
            filed_at=self.filed_at,
            source=Source("contracts", instance, "document", self.document_id, self.modified_at),
            version=self.revision,
        )


class Content(Struct, frozen=True, rename="camel"):
    """What a document says."""

    document_id: str
    digest: str
    media_type: str
    content: bytes


class ServiceReport(Paper, frozen=True, rename="camel", kw_only=True):
    """Whether a month's service was as promised."""

    report_id: str
    month: str
    target_met: bool
    credit_percent: Decimal | None
    reported_at: datetime
    revision: int

    @property
    def record_id(self) -> str:
        """The system's id of it."""
        return self.report_id

    def canonical(self, ids: Ids, instance: str) -> ServiceLevelReport:
        """Say the same in our words."""
        return ServiceLevelReport(
            id=ids.own,
            contract_id=ids.contract,
            contract_number=self.agreement_number,
            legal_entity=self.contracting_entity,
            period=self.month,
            met=self.target_met,
            credit_percent=self.credit_percent,
            reported_at=self.reported_at,
            source=Source("contracts", instance, "service_report", self.report_id),
            version=self.revision,
        )


class Documents(Struct, frozen=True, rename="camel"):
    """A page of documents."""

    documents: list[Document]
    next_page_token: str | None


class ServiceReports(Struct, frozen=True, rename="camel"):
    """A page of reports."""

    reports: list[ServiceReport]
    next_page_token: str | None


class Activity(Struct, frozen=True, rename="camel"):
    """Something that happened to a record."""

    position: int
    object_type: str
    object_id: str
    revision: int
    occurred_at: datetime

    def line(self) -> FeedLine:
        """Say the same in our words."""
        kind = _RECORD_TYPES[self.object_type]
        return FeedLine(self.position, kind, self.object_id, self.revision, self.occurred_at)


class ActivityLog(Struct, frozen=True):
    """What happened next."""

    activities: list[Activity]


class Fault(Struct, frozen=True):
    """Why the system says no."""

    code: str
    message: str


class Errors(Struct, frozen=True):
    """The one error of an answer."""

    error: Fault


def refusal_in(body: bytes) -> Fault | None:
    """Return the system's own reason for a refusal, if it is to be read."""
    try:
        return msgspec.json.decode(body, type=Errors).error
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
