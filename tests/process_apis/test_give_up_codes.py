"""Whatever gives up does so to somebody: every code of every stream has an owner who can act."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from governance.access import Caller, Forbidden, acting_as
from governance.roles import Role
from process_apis.durable.overriding import despite
from process_apis.engine import Process, step
from process_apis.errors import Conflict, NeedsPerson
from process_apis.events.set_up import ProjectActivated
from process_apis.exceptions.owners import OPERATORS, OWNERS
from process_apis.exceptions.queue import (
    DUE_WITHIN,
    MAY_PASS,
    ExceptionStatus,
    OpenException,
    Resolution,
)
from process_apis.intake.inbox import Trouble
from process_apis.procure_to_pay.ordering.requests import Obstacle
from process_apis.procure_to_pay.records import Finding
from store.clock import wall_clock
from system_apis.canonical.money import Money
from system_apis.errors import Refused, SystemFailure
from tests.process_apis.workshop import Workshop
from tests.stories.people import until

ROOMS = ("process_apis", "system_apis")
RAISED = {"Refused", "NeedsPerson"}


def _raised() -> Iterator[str]:
    """Yield every code that a step's refusal names in so many words."""
    for path in (each for room in ROOMS for each in Path(room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                named = (each.value for each in node.keywords if each.arg == "code")
                if node.func.id in RAISED:
                    yield from (c.value for c in named if isinstance(c, ast.Constant))


def _by_their_kind(kind: type[SystemFailure] = SystemFailure) -> Iterator[str]:
    """Yield the codes of the failures that name none when they rise."""
    for each in kind.__subclasses__():
        if "code" in vars(each):
            yield each.code
        yield from _by_their_kind(each)


def _named() -> set[str]:
    """Return every word that the code uses, but for the lists of owners themselves."""
    paths = (each for room in ROOMS for each in Path(room).rglob("*.py"))
    trees = [ast.parse(each.read_text()) for each in paths if each.name != "owners.py"]
    nodes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {each.value for each in nodes if isinstance(each.value, str)}


WITHOUT_NAME = {Refused("erp", "no").code, "PROCESS_FAILED"}
RISEN = {*_raised(), *_by_their_kind(), *WITHOUT_NAME, *Obstacle, *Finding, *Trouble}
CODES = sorted({*_raised(), *Obstacle, *Finding} - OPERATORS)
OWNER = Caller(
    subject="U-1",
    client_id="console",
    scopes=frozenset(),
    roles=frozenset({"finance", "procurement", "project_manager"}),
)


@pytest.mark.parametrize("code", CODES)
def test_every_code_that_a_step_gives_up_with_has_an_owner(code: str) -> None:
    """A role of the firm, who is not left to find out from the operators."""
    assert OWNERS[code] in set(Role)


def test_every_code_that_can_rise_is_somebodys_and_of_one_list() -> None:
    """Either a role's or the operators'; so each is counted under its own name."""
    assert sorted(RISEN - OWNERS.keys() - OPERATORS) == []
    assert sorted(OPERATORS & OWNERS.keys()) == []


def test_nobody_owns_a_code_that_no_longer_rises() -> None:
    """A word that the code does not know is struck from the lists, not kept for ever."""
    assert sorted({*OWNERS, *OPERATORS} - _named() - RISEN) == []
    assert sorted(OPERATORS - RISEN) == []


def test_only_what_has_an_owner_may_pass() -> None:
    """And every stream's codes were looked at."""
    assert set(MAY_PASS) <= set(OWNERS)
    assert len(CODES) > 40


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("resolution", list(Resolution))
async def test_a_case_is_resolved_as_its_code_allows(
    workshop: Workshop, code: str, resolution: Resolution
) -> None:
    """Tried again, put right or given up always; gone on despite it where the table says so."""
    with acting_as(OWNER):
        case = await workshop.exceptions.open(_case(code))
        allowed = resolution not in {Resolution.OVERRIDE, Resolution.WAIVE} or (
            MAY_PASS.get(code) is resolution
        )
        boss = replace(OWNER, roles=frozenset({OWNERS[code]}))
        if not allowed:
            with pytest.raises(Conflict, match="nobody may"):
                await _resolve(workshop, case, resolution, boss)
            return
        if resolution in {Resolution.OVERRIDE, Resolution.WAIVE}:
            operator = replace(OWNER, roles=frozenset({"operator"}))
            with pytest.raises(Forbidden):
                await _resolve(workshop, case, resolution, operator)
        resolved = await _resolve(workshop, case, resolution, boss)

    assert (resolved.status, resolved.resolution) == (ExceptionStatus.RESOLVED, resolution)
    assert (resolved.amount_at_risk, resolved.evidence) == (case.amount_at_risk, case.evidence)
    assert resolved.note == "because"


async def test_what_is_overridden_goes_on_at_its_step_and_tells_what_was_at_stake(
    workshop: Workshop,
) -> None:
    """The step itself sees what it may go on despite, and the process is still its own self."""
    seen: list[frozenset[str]] = []

    async def checked() -> str:
        seen.append(despite())
        if "PRICE" not in despite():
            raise NeedsPerson(
                "too dear", code="PRICE", amount=Money("140.00", "EUR"), evidence=["bill: B-1"]
            )
        return "so be it"

    async def run(event: ProjectActivated) -> None:
        await step(checked)

    process = Process(name="price", on=ProjectActivated, run=run, scopes=frozenset())
    event = ProjectActivated(project_number="P-7", legal_entity="US")
    async with workshop.engine(process) as engine:
        await engine.start(event, by="U-2")

        async def stopped() -> OpenException | None:
            return next(iter(await workshop.exceptions.all_open()), None)

        case = await until(stopped, "the case")
        resolved = await _resolve(workshop, case, Resolution.OVERRIDE, OWNER)

        async def resumed() -> bool:
            return await engine.resume(resolved)

        await until(resumed, "the run going on")

        async def done() -> bool:
            return len(seen) == 2

        await until(done, "the step's second try")

    assert (case.code, case.owner_role) == ("PRICE", "procurement")
    assert case.amount_at_risk == Money("140.00", "EUR")
    assert case.evidence == ("bill: B-1", "project_number: P-7")
    assert case.due_at - case.opened_at == DUE_WITHIN
    assert seen == [frozenset(), frozenset({"PRICE"})]


async def _resolve(
    workshop: Workshop, case: OpenException, resolution: Resolution, by: Caller
) -> OpenException:
    at = wall_clock()
    return await workshop.exceptions.resolve(case, resolution, note="because", by=by, at=at)


def _case(code: str) -> OpenException:
    now = wall_clock()
    return OpenException(
        id=f"exc_{code}",
        process="some",
        command_key="some:1",
        step=1,
        step_name="check",
        code=code,
        reason="it is so",
        owner_role=OWNERS[code],
        on_behalf_of="U-2",
        opened_at=now,
        due_at=now + timedelta(days=1),
        status=ExceptionStatus.OPEN,
        amount_at_risk=Money("1.00", "EUR"),
        evidence=("bill: B-1",),
    )
