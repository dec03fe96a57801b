"""Every connector says of each write how it is made safe."""

import inspect
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from system_apis.contracts.interface import Contracts
from system_apis.crm.interface import Crm
from system_apis.dedupe import LookUpFirst
from system_apis.erp.interface import Erp
from system_apis.hr.interface import Hr
from system_apis.procurement.interface import Procurement
from system_apis.psa.interface import Psa
from tests.system_apis.contract.conftest import connectors
from tests.system_apis.sandbox.house import House

GUIDE = Path(__file__).parents[3] / "docs" / "add-a-connector.md"
INTERFACES = {
    "crm": Crm,
    "psa": Psa,
    "erp": Erp,
    "contracts": Contracts,
    "hr": Hr,
    "procurement": Procurement,
}

Connected = Crm | Psa | Erp | Contracts | Hr | Procurement
CONNECTED: dict[str, Callable[[House], Connected]] = {
    "crm": House.crm,
    "psa": House.psa,
    "erp": House.erp,
    "contracts": House.contracts,
    "hr": House.hr,
    "procurement": House.procurement,
}


def _writes(interface: type) -> set[str]:
    """Return the methods that take a key, but for those that look one up."""
    return {
        name
        for name, method in inspect.getmembers(interface, inspect.isfunction)
        if "key" in inspect.signature(method).parameters and not name.endswith("_by_key")
    }


@pytest.mark.parametrize("kind", sorted(INTERFACES))
async def test_each_write_of_the_sandbox_declares_its_mode(house: House, kind: str) -> None:
    """Neither a write without a mode nor a mode without a write."""
    connected = CONNECTED[kind](house)

    assert isinstance(connected, INTERFACES[kind])
    assert set(connected.writes) == _writes(INTERFACES[kind])


@pytest.mark.parametrize("kind", sorted(INTERFACES))
async def test_each_write_that_is_looked_up_first_names_what_finds_it(
    house: House, kind: str
) -> None:
    """The finder is a method that takes the key."""
    connected = CONNECTED[kind](house)
    finders = {mode.find for mode in connected.writes.values() if isinstance(mode, LookUpFirst)}

    assert all(inspect.iscoroutinefunction(getattr(connected, name)) for name in finders)


@pytest.mark.parametrize("kind", sorted(INTERFACES))
def test_each_kind_has_a_connector_for_the_sandbox(kind: str) -> None:
    """The setting's value is the module's name."""
    assert "sandbox" in connectors(kind)
    assert import_module(f"system_apis.{kind}.sandbox").Config


async def test_the_list_of_what_can_be_half_names_every_write(house: House) -> None:
    """Of each write it is decided whether it can be half, and what is done then."""
    rows = [line for line in GUIDE.read_text().splitlines() if line.startswith("| `")]
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}

    assert listed == set.union(*(_writes(each) for each in INTERFACES.values()))
