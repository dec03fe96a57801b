"""The firm's own terms of write-offs: who approves which amount [P]."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from process_apis.order_tiers import OrderTier


class WriteOffTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who agrees to a write-off, by its amount with tax in the reporting currency.

    Every role of a tier must agree, each by another person than who asks.
    """

    tiers: Annotated[tuple[OrderTier, ...], Meta(min_length=1)] = (
        OrderTier(("finance_director",), Decimal(50_000)),
        OrderTier(("finance_director", "cfo")),
    )

    def roles(self, amount: Decimal | None) -> tuple[str, ...]:
        """Return the roles that approve an amount: those of the last tier when it is unknown."""
        for each in self.tiers:
            if each.up_to is None or (amount is not None and amount <= each.up_to):
                return each.roles
        return self.tiers[-1].roles
