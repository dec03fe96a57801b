"""What the story takes from a firm's fixture: who pays what and when. No expected result."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec import Struct

CURRENT = "current:"


class ClientPayment(Struct, frozen=True):
    """Money that a client sends; `current:P-…` is the invoice that the story posts."""

    invoice: str
    date: date
    amount: Decimal

    @property
    def project(self) -> str | None:
        """The project whose new invoice is paid, if it is a new one."""
        return self.invoice.removeprefix(CURRENT) if self.invoice.startswith(CURRENT) else None


class Won(Struct, frozen=True):
    """A sale, and when it was won."""

    stage: str
    closed_won_at: datetime | None = None


class Answered(Struct, frozen=True):
    """An approval that was asked for and given."""

    requested_at: datetime
    decided_at: datetime


class SetUpCase(Struct, frozen=True):
    """One set-up with the times that were recorded of it."""

    opportunity: str
    closed_won_at: datetime
    ready_at: datetime
    approvals: tuple[Answered, ...] = ()


class StoryFacts(Struct, frozen=True):
    """The facts beside the firm's own systems."""

    payments: tuple[ClientPayment, ...] = ()
    opportunities: tuple[Won, ...] = ()
    setup_case: SetUpCase | None = None

    def won_between(self, first: datetime, last: datetime) -> set[datetime]:
        """Return the moments between two others at which deals are won."""
        moments = (each.closed_won_at for each in self.opportunities if each.stage == "closed_won")
        return {each for each in moments if each is not None and first < each <= last}


def load_facts(firm_dir: Path) -> StoryFacts:
    """Return the story's facts from a directory's `fixture.json`."""
    return msgspec.json.decode((firm_dir / "fixture.json").read_bytes(), type=StoryFacts)
