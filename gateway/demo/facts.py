"""What the story takes from a firm's fixture: who pays what and when. No expected result."""

from datetime import date
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


class StoryFacts(Struct, frozen=True):
    """The facts beside the firm's own systems."""

    payments: tuple[ClientPayment, ...] = ()


def load_facts(firm_dir: Path) -> StoryFacts:
    """Return the story's facts from a directory's `fixture.json`."""
    return msgspec.json.decode((firm_dir / "fixture.json").read_bytes(), type=StoryFacts)
