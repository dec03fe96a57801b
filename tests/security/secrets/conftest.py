"""The gateway with the orders API, running."""

from tests.gateway.conftest import caller, house

__all__ = ["caller", "house"]
