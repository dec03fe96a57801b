"""The firm's own terms of changes: what applies by itself, and what somebody approves [P]."""

from decimal import Decimal

from msgspec import Struct

from process_apis.order_tiers import OrderTier


class ChangeTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a firm decides about changes (domain handbook, 3(f) and the milestone matrix).

    `redated_by_itself_days`: an event that is not invoiced may move so far by itself.
    `price_change` and `margin_fall` (both shares of 1): beyond them the `delivery_head`
    approves as well. `order_change` (a share): beyond it an order is approved anew.
    `fully_booked` (percent): above it a person is booked too much. `notice_business_days` holds
    where a contract names none.
    """

    redated_by_itself_days: int = 10
    price_change: Decimal = Decimal("0.10")
    margin_fall: Decimal = Decimal("0.02")
    delivery_head: str = "line_manager"
    order_change: Decimal = Decimal("0.10")
    order_tiers: tuple[OrderTier, ...] = (
        OrderTier(("project_manager",), Decimal(5_000)),
        OrderTier(("project_manager", "procurement"), Decimal(25_000)),
        OrderTier(("project_manager", "procurement", "finance_director"), Decimal(100_000)),
        OrderTier(("project_manager", "procurement", "finance_director", "cfo")),
    )
    fully_booked: Decimal = Decimal(100)
    notice_business_days: int = 5

    def tier(self, amount: Decimal | None) -> OrderTier:
        """Return the tier of an amount in the reporting currency: the last when it is unknown."""
        for each in self.order_tiers:
            if each.up_to is None or (amount is not None and amount <= each.up_to):
                return each
        return self.order_tiers[-1]
