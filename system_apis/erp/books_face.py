"""The ERP over HTTP, as far as it is about what its books take, and what clients owe in all."""

from datetime import date

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from msgspec import Struct

from system_apis.answers import existing, require_entity
from system_apis.canonical.billing import ClientBalance
from system_apis.canonical.record import Page
from system_apis.systems import Systems


class TakenCurrencies(Struct, frozen=True):
    """The currencies that a company's books take."""

    legal_entity: str
    currencies: tuple[str, ...]


@get("/currencies", opt={"operation": "currencies"})
async def currencies(
    systems: NamedDependency[Systems], legal_entity: FromQuery[str], on: FromQuery[date]
) -> TakenCurrencies:
    """Return the currencies that a company's books take, where its ERP tells them."""
    require_entity(legal_entity)
    found = existing("erp", await systems.erp(legal_entity, on=on).currencies())
    return TakenCurrencies(legal_entity, tuple(sorted(found)))


@get("/balances", opt={"operation": "balances"})
async def balances(
    systems: NamedDependency[Systems],
    legal_entity: FromQuery[str],
    client_number: FromQuery[str],
    on: FromQuery[date],
) -> Page[ClientBalance]:
    """Return what a client owes a company, in each currency, as the books of a date have it."""
    require_entity(legal_entity)
    found = await systems.erp(legal_entity, on=on).balances(client_number=client_number)
    return Page([each for each in found if each.legal_entity == legal_entity])


handlers = [currencies, balances]
