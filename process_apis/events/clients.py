"""The events of clients: what was asked and decided about their records, and what changed."""

from decimal import Decimal
from typing import ClassVar

from process_apis.events.business_event import BusinessEvent
from system_apis.canonical.record import Id


class ClientScanAsked(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """All client records are to be compared."""

    # One comparison on each occasion.
    KEY: ClassVar = "client-scan:{occasion}"

    occasion: str


class ClientPairDecided(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A steward said whether two clients are one; the right one's record is named."""

    # One decision about each pair of clients.
    KEY: ClassVar = "client-pair:{left_id}:{right_id}"

    left_id: Id
    right_id: Id
    right_system: str
    right_record: str
    score: Decimal


class ClientMergeAsked(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Somebody wants two clients to be one."""

    # One merge of a pair at a time; the id says which.
    KEY: ClassVar = "client-merge:{merge_id}"

    merge_id: str
    survivor_id: Id
    merged_id: Id
    reason: str
    asked_by: str


class ClientMergeDecided(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A steward said whether two clients become one."""

    # One decision about each merge.
    KEY: ClassVar = "client-merge-decided:{merge_id}"

    merge_id: str


class ClientUnmergeAsked(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Somebody wants a merge to be undone."""

    # A merge may be asked about again after a no.
    KEY: ClassVar = "client-unmerge:{merge_id}:{round}"

    merge_id: str
    round: int
    reason: str
    asked_by: str


class ClientUnmergeDecided(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A steward said whether a merge is undone."""

    # One decision about each wish.
    KEY: ClassVar = "client-unmerge-decided:{merge_id}:{round}"

    merge_id: str
    round: int


class ClientChanged(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """Somebody changed a client's record in a system."""

    # One look at each version of a record.
    KEY: ClassVar = "client-changed:{instance}:{client_id}:v{version}"

    instance: str
    client_id: Id
    version: int


class ClientChangeReferred(BusinessEvent, frozen=True, kw_only=True, tag=True):
    """A steward wants a change of a client made in the system that owns the changed fields."""

    # Each change is referred once.
    KEY: ClassVar = "client-change:{client_id}:{group}:{instance}:{owner}:v{version}"

    instance: str
    client_id: Id
    group: str
    owner: str
    version: int


ClientEvent = (
    ClientScanAsked
    | ClientPairDecided
    | ClientMergeAsked
    | ClientMergeDecided
    | ClientUnmergeAsked
    | ClientUnmergeDecided
    | ClientChanged
    | ClientChangeReferred
)
