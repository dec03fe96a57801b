"""What is said of the read models: how fresh, how complete, and what was read from them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from system_apis.canonical.record import Text


class ReadFrom(Struct, frozen=True, kw_only=True):
    """Where records were read: in their system just now, or in a read model of some age.

    `completeness` is the share of the known records that were read as they were told.
    """

    system: str
    record_type: str
    from_model: bool
    read_up_at: datetime
    age_seconds: int
    completeness: Decimal | None


class ModelView(Struct, frozen=True, kw_only=True):
    """What a read model holds of one system, how fresh it is and how complete.

    At its last building the system listed `listed` records; `differed` of them were not known so.
    """

    model: str
    system: str
    answers: bool
    is_building: bool
    built: int
    read_up_at: datetime | None
    age_seconds: int | None
    built_at: datetime | None
    records: int
    in_doubt: int
    completeness: Decimal | None
    listed: int
    differed: int


class ModelList(Struct, frozen=True):
    """The read models, one of each system."""

    items: list[ModelView]


class RebuildWish(Struct, frozen=True, forbid_unknown_fields=True):
    """Which system's model is to be built anew; the same `request` again asks for nothing more."""

    system: Text
    request: Annotated[Text, Meta(description="A name for this request, of your own.")]
