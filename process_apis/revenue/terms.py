"""The firm's own terms of revenue, and the method that follows from a contract."""

from msgspec import Struct

from system_apis.canonical.contracts import BillingModel, Contract
from system_apis.canonical.revenue import RevenueMethod

_FOLLOWS = {
    BillingModel.TIME_AND_MATERIALS: RevenueMethod.RIGHT_TO_INVOICE,
    BillingModel.RETAINER: RevenueMethod.STRAIGHT_LINE,
    BillingModel.SUBSCRIPTION: RevenueMethod.STRAIGHT_LINE,
}


class RevenueTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a firm decides about its revenue [P].

    `rework_is_progress`: hours that are not billed count as progress of a fixed price;
    wasted effort would not (ASC 606-10-55-21). `losses_provided`: a loss to come is provided
    for at once (ASC 605-35, IAS 37).
    """

    rework_is_progress: bool = True
    losses_provided: bool = True


def method_of(contract: Contract) -> RevenueMethod | None:
    """Return how a contract earns: as it names itself, else as its billing says (DQ-K10)."""
    return contract.revenue_method or _FOLLOWS.get(contract.billing_model)
