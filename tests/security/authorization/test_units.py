"""AZ-01 to AZ-08 in process: a caller who is bound to business units sees theirs and those below.

The PSA here has one project of each unit of a company, and one of none; whatever else it keeps
names its project.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import cast

import pytest
from msgspec import Struct
from msgspec.structs import replace

from governance.access import Caller, Forbidden, acting_as
from system_apis.canonical.contracts import BillingModel
from system_apis.canonical.delivery import ProjectDraft
from system_apis.canonical.organisation import BusinessUnit, BusinessUnits
from system_apis.canonical.record import Page
from system_apis.canonical.team import TaskDraft
from system_apis.dedupe import DedupeMode, NativeKey
from system_apis.door import Warden, governed
from system_apis.errors import NotFound
from system_apis.psa import v1
from system_apis.psa.interface import Psa
from tests.security.authorization.payroll import warden_of

UNITS = BusinessUnits(
    tuple(
        BusinessUnit(code=code, name=code, legal_entity="NWA-US", parent_code=parent)
        for code, parent in {"US": None, "DATA": "US", "AI": "DATA", "TAX": "US"}.items()
    )
)
SEEN = {"US": "US DATA AI TAX", "DATA": "DATA AI", "AI": "AI", "TAX": "TAX", "OTHER": ""}


class Row(Struct, frozen=True):
    """A project, or what names one."""

    id: str
    number: str
    project_number: str | None = None
    business_unit: str | None = None
    legal_entity: str = "NWA-US"


PROJECTS = {
    f"pr-{unit}": Row(f"pr-{unit}", f"P-{unit}", business_unit=unit)
    for unit in ("US", "DATA", "AI", "TAX")
} | {"pr-none": Row("pr-none", "P-none")}


class Office:
    """A PSA of a few projects, which counts how often they are looked up."""

    def __init__(self) -> None:
        self.instance, self.lookups, self.written = "psa", 0, list[str]()
        self.writes: Mapping[str, DedupeMode] = {
            name: NativeKey() for name, each in v1.POLICY.operations.items() if each.writes
        }

    def __getattr__(self, name: str) -> Callable[..., Awaitable[object]]:
        if name not in v1.POLICY.operations:
            raise AttributeError(name)

        async def answer(*args: object, **kwargs: object) -> object:
            self.written.append(name)
            number = kwargs.get("project_number") or getattr(args[0], "project_number", "P-TAX")
            return Page([Row("x-1", "X-1", str(number))]) if name.endswith("s") else self._part()

        return answer

    async def project(self, project_id: str) -> Row:
        """Return one project."""
        if project_id not in PROJECTS:
            raise NotFound("psa", "no such project")
        return PROJECTS[project_id]

    async def projects(self, *, number: str | None = None, cursor: str | None = None) -> Page[Row]:
        """Return projects."""
        self.lookups += 1
        return Page([each for each in PROJECTS.values() if number in {None, each.number}])

    def _part(self) -> Row:
        """Return a record of the project of the tax practice."""
        return Row("x-1", "X-1", "P-TAX")


@pytest.fixture(scope="module")
def warden(tmp_path_factory: pytest.TempPathFactory) -> Warden:
    """What a door needs."""
    return warden_of(tmp_path_factory.mktemp("door"))


@pytest.fixture
def office() -> Office:
    """A PSA."""
    return Office()


@pytest.fixture
def psa(office: Office, warden: Warden) -> Psa:
    """The PSA behind its door."""
    return governed(
        cast(Psa, office), Psa, v1.POLICY, warden, entities=frozenset({"NWA-US", "NWA-DE"})
    )


def _of(*units: str) -> Caller:
    scopes = {each.scope for each in v1.POLICY.operations.values()}
    return Caller(
        subject="u",
        client_id="x",
        scopes=frozenset(scopes),
        entities=frozenset({"NWA-US", "NWA-DE"}),
        units=UNITS.with_those_below(frozenset(units)),
    )


@pytest.mark.parametrize("unit", SEEN)
async def test_az_01_a_unit_sees_its_projects_those_below_and_those_of_none(
    psa: Psa, unit: str
) -> None:
    """By id and in the list alike; another's is as if there were none."""
    own = [f"P-{each}" for each in SEEN[unit].split()] + ["P-none"]
    with acting_as(_of(unit)):
        listed = (await psa.projects()).items
        found = [await _found(psa.project(each)) for each in PROJECTS]

    assert [each.number for each in listed] == own
    assert [each.number for each in found if each is not None] == own


@pytest.mark.parametrize("what", ["time_entries", "expense_lines", "tasks", "bookings"])
async def test_az_05_what_is_of_a_project_is_seen_by_who_sees_the_project(
    psa: Psa, what: str
) -> None:
    """Asking for another unit's project is like asking for one that there is not."""
    days = {"start": date(2026, 10, 1), "end": date(2026, 10, 31)}
    asked = days if what in {"time_entries", "expense_lines"} else {}
    with acting_as(_of("DATA")):
        own = await getattr(psa, what)(project_number="P-AI", **asked)
        for number in ("P-TAX", "P-9"):
            with pytest.raises(NotFound):
                await getattr(psa, what)(project_number=number, **asked)

    assert [each.project_number for each in own.items] == ["P-AI"]


@pytest.mark.parametrize("what", ["task", "booking"])
async def test_az_01_a_part_of_a_project_is_hidden_with_it(psa: Psa, what: str) -> None:
    """It names no unit itself."""
    with acting_as(_of("TAX")):
        seen = await getattr(psa, what)("x-1")
    with acting_as(_of("DATA")), pytest.raises(NotFound):
        await getattr(psa, what)("x-1")

    assert seen.project_number == "P-TAX"


async def test_az_03_nothing_is_written_about_another_units_project(
    psa: Psa, office: Office
) -> None:
    """Neither by its id nor by its number in the body; one's own is written about."""
    draft = TaskDraft(
        project_number="P-TAX",
        legal_entity="NWA-US",
        name="Close",
        owner="U-1",
        due=date(2026, 10, 31),
    )
    with acting_as(_of("DATA")):
        with pytest.raises(NotFound):
            await psa.create_task(draft, key="k-1")
        with pytest.raises(NotFound):
            await psa.activate_project("pr-TAX", key="k-2")
        with pytest.raises(NotFound):
            await psa.complete_task("x-1", key="k-3")
        refused = list(office.written)
    with acting_as(_of("TAX")):
        await psa.create_task(draft, key="k-4")

    assert {"create_task", "activate_project", "complete_task"}.isdisjoint(refused)
    assert office.written[-1] == "create_task"


async def test_az_03_nothing_is_written_under_another_units_name(psa: Psa, office: Office) -> None:
    """Naming the unit itself is refused as naming another company is."""
    draft = ProjectDraft(
        number="P-new",
        name="New",
        client_number="CL-1",
        client_name="Client",
        contract_number="CT-1",
        legal_entity="NWA-US",
        billing_model=BillingModel.FIXED_FEE,
        currency="USD",
        project_manager="U-1",
        business_unit="TAX",
        template_code="T",
        template_version=1,
        start=date(2026, 10, 1),
        end=date(2026, 10, 31),
    )
    with acting_as(_of("DATA")), pytest.raises(Forbidden, match="TAX"):
        await psa.create_project(draft, key="k-5")

    assert office.written == []


async def test_a_company_is_asked_for_first(psa: Psa) -> None:
    """The unit opens nothing of a company that is not the caller's."""
    with acting_as(replace(_of("US"), entities=frozenset({"NWA-DE"}))):
        listed = (await psa.projects()).items

    assert listed == []


async def test_who_is_bound_to_no_unit_costs_no_look(psa: Psa, office: Office) -> None:
    """A list is one call of the system's, whatever it holds; of a bound caller's, two."""
    looks = []
    for caller in (replace(_of(), units=None), _of("DATA")):
        before = office.lookups
        with acting_as(caller):
            await psa.tasks(project_number="P-AI")
        looks.append(office.lookups - before)

    assert looks == [0, 2]


async def _found(asked: Awaitable[object]) -> Row | None:
    try:
        return cast(Row, await asked)
    except NotFound:
        return None
