"""Who approves a purchase order of which amount."""

from decimal import Decimal

from msgspec import Struct


class OrderTier(Struct, frozen=True, forbid_unknown_fields=True):
    """Up to an amount in the reporting currency, and that amount too, these roles approve."""

    roles: tuple[str, ...]
    up_to: Decimal | None = None
