"""What a pay run tells: hours by person and pay code, contractors' by project, each row once."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from system_apis.canonical.payroll import ContractorLine, PayLine
from system_apis.canonical.record import Id, Text

Period = Annotated[
    str, Meta(pattern=r"\A[1-9][0-9]{3}-(0[1-9]|1[0-2])\Z", description="A month, written 2026-10.")
]


class PayRunStatus(StrEnum):
    """Whether those who pay have been told."""

    CLAIMED = "claimed"
    TOLD = "told"


class PayRunWish(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A month of a company that is to be told; its second run tells what came after the first."""

    legal_entity: Text
    period: Period
    run: Annotated[int, Meta(ge=1, le=1000)] = 1


class ToldHours(Struct, frozen=True, kw_only=True):
    """One run of a company's month: what it told, and how many rows that is."""

    id: Id
    legal_entity: str
    period: str
    run: int
    status: PayRunStatus
    rows: int
    lines: tuple[PayLine, ...]
    contractors: tuple[ContractorLine, ...]
