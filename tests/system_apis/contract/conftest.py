"""Every connector that there is, connected to a system that behaves, found by its name."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import pytest

from system_apis.contracts.interface import Contracts
from system_apis.crm.interface import Crm
from system_apis.erp.interface import Erp
from system_apis.hr.interface import Hr
from system_apis.procurement.interface import Procurement
from system_apis.psa.interface import Psa
from tests.installed import had
from tests.real.tryton.connected import tryton_erp
from tests.real.tryton.installation import snapshot
from tests.real.tryton.server import Tryton, running_tryton
from tests.system_apis.sandbox.house import MONTH_END, NORTHWIND, House, house_of

ROOMS = Path(__file__).parents[3] / "system_apis"
REAL = {"tryton"}


def connectors(kind: str) -> list[str]:
    """Return the connectors of a kind: its modules that have `Config` and `connect`."""
    names = sorted(path.stem for path in (ROOMS / kind).glob("[a-z]*.py"))
    modules = {name: import_module(f"system_apis.{kind}.{name}") for name in names}
    return [
        name for name, it in modules.items() if hasattr(it, "Config") and hasattr(it, "connect")
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test of a kind's promises once per connector of the kind."""
    for kind in ("crm", "psa", "erp", "contracts", "hr", "procurement"):
        if kind in metafunc.fixturenames:
            marked = [
                pytest.param(name, marks=pytest.mark.real) if name in REAL else name
                for name in connectors(kind)
            ]
            metafunc.parametrize(kind, marked, indirect=True)


@pytest.fixture
def mark() -> str:
    """Return a word that no other test uses, for numbers and keys in books that are shared."""
    return uuid4().hex[:10]


@asynccontextmanager
async def northwind(directory: Path, timeout_ms: int = 400) -> AsyncIterator[House]:
    """Run the sandbox at the month's end; pages of two, so that there is more than one."""
    async with house_of(NORTHWIND, directory, page_size=2, timeout_ms=timeout_ms) as opened:
        await opened.at(MONTH_END)
        yield opened


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Run the sandbox for one test alone."""
    async with northwind(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="session")
def tryton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tryton]:
    """Run a real Tryton for the whole session; without one, skip loudly, and fail in CI."""
    had(snapshot)
    with running_tryton(tmp_path_factory.mktemp("tryton")) as server:
        yield server


@pytest.fixture
async def erp(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Erp]:
    """Connect to an ERP whose books have the company NWA-DE."""
    if request.param == "tryton":
        async with tryton_erp(request.getfixturevalue("tryton"), tmp_path) as connected:
            yield connected
        return
    async with _staged(request, tmp_path) as sandbox:
        yield sandbox.erp()


@pytest.fixture
async def crm(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Crm]:
    """Connect to a CRM."""
    async with _staged(request, tmp_path) as sandbox:
        yield sandbox.crm()


@pytest.fixture
async def psa(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Psa]:
    """Connect to a PSA."""
    async with _staged(request, tmp_path) as sandbox:
        yield sandbox.psa()


@pytest.fixture
async def contracts(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Contracts]:
    """Connect to a contract system."""
    async with _staged(request, tmp_path) as sandbox:
        yield sandbox.contracts()


@pytest.fixture
async def hr(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Hr]:
    """Connect to an HR system."""
    async with _staged(request, tmp_path) as sandbox:
        yield sandbox.hr()


@pytest.fixture
async def procurement(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Procurement]:
    """Connect to a procurement system."""
    async with _staged(request, tmp_path) as sandbox:
        yield sandbox.procurement()


def _staged(request: pytest.FixtureRequest, directory: Path) -> AbstractAsyncContextManager[House]:
    assert request.param == "sandbox", f"no stage for the connector {request.param}"
    return northwind(directory, timeout_ms=10_000)  # nothing is late on purpose there
