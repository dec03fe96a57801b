"""AZ-24: a field that asks for a scope of its own is shown to nobody who lacks it."""

from collections.abc import Awaitable, Callable
from itertools import chain, combinations
from pathlib import Path

import msgspec
import pytest
from litestar import get
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from gateway.mounting import Unmountable
from governance.access import Forbidden, acting_as
from system_apis.canonical.attendance import TimeOff
from system_apis.canonical.changes import ChangeRequest
from system_apis.canonical.contracts import Contract
from system_apis.canonical.delivery import Project, Resource
from system_apis.canonical.people import EmployeeCost
from system_apis.canonical.procurement import Vendor
from system_apis.canonical.record import Page
from system_apis.door import Ungovernable
from system_apis.restricted import restricted_within, shown_with
from tests.gateway.house import House
from tests.gateway.orders import orders_api
from tests.security.authorization.payroll import (
    ANA,
    BANK,
    PAY,
    READ,
    SECRETS,
    WRITE,
    Payroll,
    payroll,
    somebody,
)

Ask = Callable[[Payroll], Awaitable[object]]
ASKED: dict[str, Ask] = {
    "a record": lambda door: door.person("1"),
    "a page": lambda door: door.people(),
    "a list": lambda door: door.found("Ana"),
    "what a write answers": lambda door: door.hire("Ana", key="k-1"),
}
HELD = list(chain.from_iterable(combinations((PAY, BANK), size) for size in range(3)))


@pytest.mark.parametrize("held", HELD, ids=lambda held: " ".join(held) or "neither")
@pytest.mark.parametrize("asked", ASKED)
async def test_az_24_a_field_is_left_out_for_whoever_lacks_its_scope(
    tmp_path: Path, asked: str, held: tuple[str, ...]
) -> None:
    """In a record, a page, a list, within other records, and after a write: in process too."""
    door = payroll(tmp_path)
    with acting_as(somebody(READ, WRITE, *held)):
        told = msgspec.json.encode(await ASKED[asked](door)).decode()

    assert (SECRETS[0] in told, '"salary"' in told) == (PAY in held,) * 2
    assert (SECRETS[1] in told, '"iban"' in told) == (BANK in held,) * 2
    assert "Hanseatic" in told


async def test_az_24_a_withheld_field_is_not_found_out_by_a_filter(tmp_path: Path) -> None:
    """Whoever may not see a salary may not ask who has it."""
    door = payroll(tmp_path)
    with acting_as(somebody(READ)), pytest.raises(Forbidden) as told:
        await door.found("Ana", salary=SECRETS[0])
    with acting_as(somebody(READ, PAY)):
        found = await door.found("Ana", salary=SECRETS[0])

    assert told.value.scope == PAY
    assert found is not None


async def test_az_24_what_is_withheld_from_one_is_not_lost_to_the_next(tmp_path: Path) -> None:
    """A write whose answer was shown in part is repeated in whole to whoever may see it."""
    door = payroll(tmp_path)
    with acting_as(somebody(WRITE)):
        await door.hire("Ana", key="k-1")
    with acting_as(somebody(WRITE, PAY, BANK)):
        again = await door.hire("Ana", key="k-1")

    assert again == ANA


class Envelope(Struct, frozen=True):
    """Something whose type does not say what it holds."""

    holds: object
    names: tuple[str, ...] = ("Ana",)


@pytest.mark.parametrize("held", [ANA, [ANA], (Page([ANA]),)], ids=["one", "many", "pages"])
def test_az_24_a_field_is_left_out_wherever_its_record_lies(held: object) -> None:
    """What a type does not say is looked for in the value, and what is plain is left as it is."""
    shown = shown_with(frozenset({READ}), Envelope(held))

    told = msgspec.json.encode(shown).decode()
    assert "Hanseatic" in told
    assert not [secret for secret in SECRETS if secret in told]
    assert shown_with(frozenset({READ, PAY, BANK}), held) is held


def test_az_24_a_door_that_would_show_a_field_unasked_is_not_opened(tmp_path: Path) -> None:
    """A field that cannot be left out is shown by operations of its own scope only."""
    with pytest.raises(Ungovernable, match=r"payroll\.slips shows Slip\.paid"):
        payroll(tmp_path, slips=READ)


@get("/costs", opt={"operation": "list"})
async def costs() -> list[EmployeeCost]:
    """Return what people cost."""
    raise AssertionError


def test_az_24_an_api_that_would_show_a_field_unasked_is_not_mounted(tmp_path: Path) -> None:
    """The gateway does not start with an answer that holds what its scope does not cover."""
    handlers: list[HTTPRouteHandler] = [costs]

    with pytest.raises(Unmountable, match=r"EmployeeCost\.cost_rates"):
        House(tmp_path).app(orders_api(handlers=handlers))


def test_az_24_costs_and_bank_accounts_ask_for_scopes_of_their_own() -> None:
    """What the handbook calls restricted is so wherever it is answered."""
    told = {
        (each.record, each.field): each.scope
        for kind in (Resource, Project, Contract, ChangeRequest, EmployeeCost, TimeOff, Vendor)
        for each in restricted_within(kind)
    }

    assert told == {
        ("Resource", "cost_rate"): "system:psa:read_cost",
        ("Budget", "cost"): "system:psa:read_cost",
        ("Budget", "margin"): "system:psa:read_cost",
        ("Estimate", "cost"): "system:psa:read_cost",
        ("Contract", "planned_cost"): "system:psa:read_cost",
        ("ChangeDeltas", "cost"): "system:psa:read_cost",
        ("EmployeeCost", "cost_rates"): "system:hr:read_cost",
        ("TimeOff", "leave_type"): "system:hr:read_leave_type",
        ("Vendor", "tax_ids"): "system:procurement:read_tax_id",
        ("Vendor", "bank_accounts"): "system:procurement:read_bank",
    }
