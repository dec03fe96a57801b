"""The sandbox procurement system's contractors' hours, in Coupa's words and in ours."""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.payroll import ContractorLine, ContractorRun


class HoursLine(Struct, frozen=True, rename="kebab"):
    """Hours of a contractor on a project."""

    supplier_number: str | None
    worker: str
    project: str
    hours: Decimal


class HoursBatch(Struct, frozen=True, rename="kebab"):
    """Contractors' hours of a month, under a number that is unique."""

    id: str
    account_type: str
    start_date: date
    end_date: date
    lines: tuple[HoursLine, ...]

    @classmethod
    def of(cls, run: ContractorRun) -> "HoursBatch":
        """Say contractors' hours in Coupa's words."""
        return cls(
            id=run.number,
            account_type=run.legal_entity,
            start_date=run.period_start,
            end_date=run.period_end,
            lines=tuple(
                HoursLine(each.vendor_number, each.contractor, each.project_number, each.hours)
                for each in run.lines
            ),
        )

    def canonical(self) -> ContractorRun:
        """Say the same in our words."""
        return ContractorRun(
            number=self.id,
            legal_entity=self.account_type,
            period_start=self.start_date,
            period_end=self.end_date,
            lines=tuple(
                ContractorLine(
                    vendor_number=each.supplier_number,
                    contractor=each.worker,
                    project_number=each.project,
                    hours=each.hours,
                )
                for each in self.lines
            ),
        )
