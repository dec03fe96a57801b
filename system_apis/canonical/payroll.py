"""Hours as payroll, and whoever pays contractors, are told of them: once, then differences."""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.record import Text


class PayLine(Struct, frozen=True, forbid_unknown_fields=True):
    """Hours of a person that are paid as one thing; below nothing they are taken back."""

    employee: Text
    pay_code: Text
    hours: Decimal


class PayRun(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The hours of a company's month that were not told before, by person and pay code."""

    number: Text
    legal_entity: Text
    period_start: date
    period_end: date
    lines: tuple[PayLine, ...]


class ContractorLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Approved hours of a contractor on a project."""

    vendor_number: Text | None
    contractor: Text
    project_number: Text
    hours: Decimal


class ContractorRun(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The contractors' hours of a company's month that were not told before."""

    number: Text
    legal_entity: Text
    period_start: date
    period_end: date
    lines: tuple[ContractorLine, ...]
