"""What a project is to do: a template's plan, tasks and milestones. Source: handbook, 1.4."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from system_apis.canonical.contracts import Evidence
from system_apis.canonical.money import Money
from system_apis.canonical.record import Id, Text
from system_apis.canonical.team import Task
from system_apis.canonical.tree import check_tree

_WHOLE = Decimal(1)


class TemplateTask(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A task that every project of a template begins with."""

    name: Text
    role: Text
    estimated_hours: Decimal
    offset_days: Annotated[int, Meta(ge=0)] = 0
    dependencies: tuple[Text, ...] = ()

    def __post_init__(self) -> None:
        if self.estimated_hours < 0:
            raise ValueError("a task is not estimated at less than nothing")


class TemplateMilestone(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A milestone of a template: its share of the price, and its day after the beginning."""

    name: Text
    share: Decimal
    offset_days: Annotated[int, Meta(ge=0)]


class TemplatePlan(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The tasks and milestones of one published version of a project template."""

    template_code: Text
    template_version: int
    tasks: tuple[TemplateTask, ...] = ()
    milestones: tuple[TemplateMilestone, ...] = ()

    def __post_init__(self) -> None:
        names = {each.name for each in self.tasks}
        if len(names) != len(self.tasks):
            raise ValueError("a template names a task once")
        if any(not names.issuperset(each.dependencies) for each in self.tasks):
            raise ValueError("a task waits for tasks of its own template")
        shares = sum((each.share for each in self.milestones), Decimal(0))
        if self.milestones and shares != _WHOLE:
            raise ValueError("the milestones of a template share out the whole price")


class TaskPlan(Struct, frozen=True, forbid_unknown_fields=True):
    """The tasks of one project: a tree without a circle."""

    tasks: tuple[Task, ...] = ()

    def __post_init__(self) -> None:
        if len({each.project_number for each in self.tasks}) > 1:
            raise ValueError("the tasks of a plan are of one project")
        check_tree({each.id: each.parent_id for each in self.tasks})


class MilestoneStatus(StrEnum):
    """How far a milestone has come."""

    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    DELIVERED = "delivered"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    BILLED = "billed"
    CANCELLED = "cancelled"


class Milestone(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A milestone of a project as delivery keeps it; its price is the contract's."""

    id: Id
    project_number: Text
    number: Text
    name: Text
    sequence: int
    status: MilestoneStatus
    planned_date: date
    forecast_date: date | None = None
    actual_date: date | None = None
    amount: Money | None = None
    share: Decimal | None = None
    evidence: tuple[Evidence, ...] = ()
    deemed_accepted_at: datetime | None = None
    billing_event_id: Id | None = None

    def __post_init__(self) -> None:
        if self.share is not None and not 0 <= self.share <= _WHOLE:
            raise ValueError("a milestone's share of the price is from 0 to 1")
        accepted = self.status in {MilestoneStatus.ACCEPTED, MilestoneStatus.BILLED}
        if accepted and self.actual_date is None:
            raise ValueError("an accepted milestone has an actual date")
        proven = any(each.document_hash for each in self.evidence) or self.deemed_accepted_at
        if self.status is MilestoneStatus.BILLED and not proven:
            raise ValueError("a billed milestone has evidence, or was deemed accepted")
