"""SD: who asks, who gains and who decides are different people, whatever way they come."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from governance.access import Caller, Forbidden
from process_apis.approvals.requests import ApprovalStatus, Decision
from process_apis.errors import Conflict, NoSuchRecord
from tests.security.duties.register import Register, request, somebody

FINANCE, CFO = "finance", "cfo"
PARTIES = {
    "SD-01 the requester": somebody("ana", FINANCE),
    "SD-02 the requester through another client": somebody("ana", FINANCE, client_id="phone"),
    "SD-02 the requester in every role": somebody("ana", FINANCE, CFO, "project_manager"),
    "SD-04 the one who is paid": somebody("eva", FINANCE),
    "SD-14 one whose role was taken since": somebody("ben", "sales_director"),
    "AZ-14 one of another company": somebody("ben", FINANCE, entity="NWA-DE"),
}


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    """A register with nothing in it."""
    built = Register(tmp_path)
    yield built
    built.store.close()


@pytest.mark.parametrize("decision", Decision)
@pytest.mark.parametrize("who", PARTIES)
async def test_no_party_decides_its_own_case(
    register: Register, who: str, decision: Decision
) -> None:
    """Neither yes nor no is taken from them, and the request waits as before."""
    asked = await register.ask(request(beneficiary="eva"))
    before = await register.found(asked)

    with pytest.raises((Forbidden, NoSuchRecord)):
        await register.decide(asked, PARTIES[who], decision=decision)

    assert await register.found(asked) == before


async def test_sd_05_a_decision_is_about_the_version_that_was_read(register: Register) -> None:
    """Of one that changed since, nothing is decided."""
    asked = await register.ask(request(version=2))

    with pytest.raises(Conflict, match="about version 2, not 1"):
        await register.decide(asked, somebody("ben", FINANCE), version=1)

    assert (await register.found(asked)).status is ApprovalStatus.PENDING


async def test_sd_06_an_earlier_version_cannot_be_approved_any_more(register: Register) -> None:
    """The question about the new version takes its place."""
    first = await register.ask(request(version=1))
    await register.ask(request(version=2))

    with pytest.raises(Conflict, match="cancelled already"):
        await register.decide(first, somebody("ben", FINANCE), version=1)


async def test_sd_07_nobody_gives_two_of_the_approvals_that_are_needed(register: Register) -> None:
    """Not to one question in two roles, and not to two questions about the same version."""
    asked = await register.ask(request(roles=(FINANCE, CFO)))
    other = await register.ask(request(question="accept_difference", roles=(CFO,)))
    both = somebody("ben", FINANCE, CFO)
    await register.decide(asked, both)

    for approval_id in (asked, other):
        with pytest.raises(Forbidden, match="another person"):
            await register.decide(approval_id, both)

    assert (await register.found(asked)).status is ApprovalStatus.PENDING


async def test_sd_08_of_a_yes_and_a_no_at_once_one_holds(register: Register) -> None:
    """The other is told that it is decided."""
    asked = await register.ask(request())

    outcomes = await asyncio.gather(
        register.decide(asked, somebody("ben", FINANCE), decision=Decision.APPROVE),
        register.decide(asked, somebody("cy", FINANCE), decision=Decision.REJECT),
        return_exceptions=True,
    )

    [lost] = [each for each in outcomes if isinstance(each, Exception)]
    [held] = [each for each in outcomes if not isinstance(each, BaseException)]
    assert isinstance(lost, Conflict)
    assert await register.found(asked) == held


@pytest.mark.parametrize("first", Decision)
async def test_sd_09_what_is_decided_stays_so(register: Register, first: Decision) -> None:
    """Neither the same person nor another decides it again."""
    asked = await register.ask(request())
    decided = await register.decide(asked, somebody("ben", FINANCE), decision=first)
    later: list[Caller] = [somebody("ben", FINANCE), somebody("cy", FINANCE)]

    for by in later:
        for decision in Decision:
            with pytest.raises((Conflict, Forbidden)):
                await register.decide(asked, by, decision=decision)

    assert await register.found(asked) == decided
