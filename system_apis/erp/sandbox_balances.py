"""What customers owe in the sandbox ERP, and the currencies that it takes, in NetSuite's words."""

from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.billing import ClientBalance
from system_apis.canonical.money import Money


class Currency(Struct, frozen=True, rename="camel"):
    """A currency that the ERP knows."""

    symbol: str
    is_inactive: bool


class Currencies(Struct, frozen=True):
    """The currencies that the ERP knows."""

    items: list[Currency]


class CustomerSubsidiary(Struct, frozen=True):
    """What a customer owes a subsidiary."""

    entity: str
    subsidiary: str
    currency: str
    balance: Decimal

    def canonical(self, client_id: str, client_number: str) -> ClientBalance:
        """Say the same in our words."""
        return ClientBalance(
            client_id=client_id,
            client_number=client_number,
            legal_entity=self.subsidiary,
            balance=Money.of(self.balance, self.currency),
        )


class Balances(Struct, frozen=True):
    """What a customer owes each subsidiary."""

    items: list[CustomerSubsidiary]
