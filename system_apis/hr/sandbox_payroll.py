"""The sandbox HR system's hours to be paid, in BambooHR's words and in ours."""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.payroll import PayLine, PayRun


class HoursLine(Struct, frozen=True, rename="camel"):
    """Hours of a person that are paid as one thing."""

    employee_number: str
    pay_code: str
    hours: Decimal


class HoursBatch(Struct, frozen=True, rename="camel"):
    """The hours of a division's month, under a reference that is unique."""

    reference: str
    division: str
    start: date
    end: date
    lines: tuple[HoursLine, ...]

    @classmethod
    def of(cls, run: PayRun) -> "HoursBatch":
        """Say a pay run in BambooHR's words."""
        return cls(
            reference=run.number,
            division=run.legal_entity,
            start=run.period_start,
            end=run.period_end,
            lines=tuple(HoursLine(each.employee, each.pay_code, each.hours) for each in run.lines),
        )

    def canonical(self) -> PayRun:
        """Say the same in our words."""
        return PayRun(
            number=self.reference,
            legal_entity=self.division,
            period_start=self.start,
            period_end=self.end,
            lines=tuple(
                PayLine(each.employee_number, each.pay_code, each.hours) for each in self.lines
            ),
        )
