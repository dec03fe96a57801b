"""What the examples of every rule of quality are made of."""

from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from system_apis.canonical.money import Money
from tests.process_apis.billing_facts import client

Examples = dict[str, tuple[Struct, Struct]]
DAY = timedelta(days=1)
WHOLE = replace(client(), country="DE", tax_id="DE811000012", domain="contoso.example")


def usd(amount: str) -> Money:
    """Return dollars."""
    return Money.of(amount, "USD")
