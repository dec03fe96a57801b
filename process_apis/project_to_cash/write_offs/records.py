"""The nouns of writing off: what is given up of billing, and where that stands."""

from datetime import date
from enum import StrEnum

from msgspec import Struct

from governance.audit import Reason
from system_apis.canonical.billing import InvoiceDraft
from system_apis.canonical.money import Money
from system_apis.canonical.record import Id


class WriteOffStage(StrEnum):
    """Where a write-off stands; `reversed` is one whose work is to be billed again."""

    ASKED = "asked"
    REJECTED = "rejected"
    WRITTEN_OFF = "written_off"
    REVERSAL_ASKED = "reversal_asked"
    REVERSED = "reversed"


STANDING = (WriteOffStage.WRITTEN_OFF, WriteOffStage.REVERSAL_ASKED)


class WriteOff(Struct, frozen=True, kw_only=True):
    """What a billing event would have been invoiced at, which is given up for a reason.

    `draft` is the invoice that is never sent. `ground` tells its lines and their sources
    apart from others; `version` rises with each time that somebody asks. `approvers` are the
    roles that its amount asks for, by the edition `terms_version` of the firm's terms.
    """

    id: Id
    billing_event_id: Id
    contract_number: str
    version: int
    stage: WriteOffStage
    draft: InvoiceDraft
    ground: str
    reason: str
    requested_by: str
    approvers: tuple[str, ...]
    terms_version: int
    written_off_on: date | None = None
    reversal_reason: str | None = None
    reversed_on: date | None = None

    @property
    def stands(self) -> bool:
        """Whether its work is given up by now, and not put back."""
        return self.stage in STANDING


class WriteOffWish(Struct, frozen=True, forbid_unknown_fields=True):
    """What a billing event comes to with tax, as whoever gives it up has seen it, and why."""

    amount: Money
    reason: Reason


class ReversalWish(Struct, frozen=True, forbid_unknown_fields=True):
    """Why what was written off is to be billed after all."""

    reason: Reason
