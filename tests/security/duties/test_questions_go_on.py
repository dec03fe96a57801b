"""A question that nobody answers goes on to others; the list of who must agree gets no shorter."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from governance.access import Forbidden, acting_as
from governance.audit import Audit
from process_apis.approvals.escalating import Escalations, GoneOn
from process_apis.approvals.requests import ApprovalRequest, ApprovalStatus
from process_apis.events.set_up import ProjectActivated
from tests.security.duties.register import ENTITY, NOW, Register, somebody

ROUND = somebody("round", client_id="process:time-and-expense")
TO_FINANCE = GoneOn(level=3, told="to_finance", role="finance")


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    """A register of approvals."""
    made = Register(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def escalations(register: Register, tmp_path: Path) -> Escalations:
    """The register of questions that went on."""
    audit = Audit(register.store, lambda: NOW, tmp_path / "heads.jsonl")
    return Escalations(register.store, audit, register.approvals)


async def asked(register: Register, *roles: str) -> str:
    """Ask about an expense of E1, that E1 handed in."""
    first, *others = roles
    request = ApprovalRequest(
        question="expense_line",
        subject_type="expense_line",
        subject_id="hi_1",
        subject_version=1,
        process="time-and-expense",
        legal_entity=ENTITY,
        title="X-1",
        role=first,
        further_roles=tuple(others),
        assignee="LM",
        requested_by="E1",
        beneficiary="E1",
        requested_at=NOW,
        due_at=NOW + timedelta(days=1),
        if_approved=ProjectActivated(project_number="P-1"),
    )
    return await register.ask(request)


async def go_on(escalations: Escalations, register: Register, approval_id: str, to: GoneOn) -> bool:
    """Let a question go on."""
    with acting_as(ROUND):
        return await escalations.go_on(await register.found(approval_id), to, at=NOW)


async def test_a_reminder_changes_nothing_of_who_is_asked(
    register: Register, escalations: Escalations
) -> None:
    """It is said once."""
    approval = await asked(register, "line_manager", "project_manager")
    before = await register.found(approval)
    said = [
        await go_on(escalations, register, approval, GoneOn(level=1, told="reminded"))
        for _ in range(2)
    ]

    assert said == [True, False]
    assert await register.found(approval) == before
    assert [level for _, level in await escalations.pending("time-and-expense")] == [1]


async def test_another_is_asked_in_the_place_of_who_did_not_answer(
    register: Register, escalations: Escalations
) -> None:
    """Who agreed already stays among those who did, and as many must agree as before."""
    approval = await asked(register, "line_manager", "project_manager")
    await register.decide(approval, somebody("LM", "line_manager"))
    await go_on(escalations, register, approval, TO_FINANCE)
    now = await register.found(approval)
    with pytest.raises(Forbidden):
        await register.decide(approval, somebody("LM", "line_manager", "finance"))
    decided = await register.decide(approval, somebody("FI", "finance"))

    assert now.roles == ("line_manager", "finance")
    assert now.status is ApprovalStatus.PENDING
    assert decided.status is ApprovalStatus.APPROVED


async def test_who_is_asked_already_is_not_put_in_anothers_place(
    register: Register, escalations: Escalations
) -> None:
    """One person of finance would stand for two of the list."""
    approval = await asked(register, "line_manager", "finance")
    await go_on(escalations, register, approval, TO_FINANCE)

    assert (await register.found(approval)).roles == ("line_manager", "finance")


async def test_nobody_decides_about_their_own_however_far_it_goes_on(
    register: Register, escalations: Escalations
) -> None:
    """Neither as finance, to whom it went on, nor in every role of the firm."""
    approval = await asked(register, "line_manager")
    await go_on(escalations, register, approval, TO_FINANCE)
    with pytest.raises(Forbidden):
        await register.decide(approval, somebody("E1", "finance", "line_manager"))

    assert (await register.found(approval)).assignee is None


async def test_what_was_answered_neither_goes_on_nor_approves_itself(
    register: Register, escalations: Escalations
) -> None:
    """The answer of a person stands."""
    approval = await asked(register, "line_manager")
    seen = await register.found(approval)
    await register.decide(approval, somebody("LM", "line_manager"))
    with acting_as(ROUND):
        settled = await escalations.settle(seen, "clean", at=NOW)
        gone = await escalations.go_on(seen, TO_FINANCE, at=NOW)
    now = await register.found(approval)

    assert (settled, gone) == (False, False)
    assert (now.decided_by, now.role) == ("LM", "line_manager")


async def test_clean_time_approves_itself_by_a_policy_that_is_named(
    register: Register, escalations: Escalations
) -> None:
    """Once, and what follows from it follows."""
    approval = await asked(register, "line_manager")
    seen = await register.found(approval)
    with acting_as(ROUND):
        settled = [await escalations.settle(seen, "clean time", at=NOW) for _ in range(2)]
    now = await register.found(approval)

    assert settled == [True, False]
    assert (now.status, now.decided_by) == (ApprovalStatus.APPROVED, "round")
    assert now.comment == "clean time"
    assert [each.approval_id for each in await register.approvals.continuations()] == [approval]
