"""SD: in no firm, in no order of asking and deciding, does anybody decide their own case."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from governance.access import Forbidden
from process_apis.approvals.requests import ApprovalRequest, ApprovalStatus, Decision
from process_apis.errors import Conflict, NoSuchRecord
from tests.security.duties.register import ROLES, Register, request, somebody

PEOPLE = ("ana", "ben", "cy", "eva")
QUESTIONS = ("approve_invoice", "accept_difference")
_TURN = count()


class Try(Struct, frozen=True):
    """Somebody tries to decide one of the questions, through some client."""

    person: str
    question: int
    decision: Decision
    client_id: str


people = st.sampled_from(PEOPLE)
charts = st.fixed_dictionaries({name: st.sets(st.sampled_from(ROLES)) for name in PEOPLE})
asked_roles = st.lists(st.sampled_from(ROLES), min_size=1, max_size=3, unique=True)
parties = st.tuples(asked_roles, people, st.none() | people)
tries = st.lists(
    st.builds(
        Try,
        people,
        st.integers(0, 1),
        st.sampled_from([Decision.APPROVE] * 3 + [Decision.REJECT]),
        st.sampled_from(["console", "phone"]),
    ),
    max_size=10,
)


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """One register for every firm: each asks about invoices of its own."""
    path: Path = tmp_path_factory.mktemp("register")
    built = Register(path)
    yield built
    built.store.close()


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """A loop for all of them."""
    with asyncio.Runner() as found:
        yield found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(chart=charts, questions=st.tuples(parties, parties), tried=tries)
def test_nobody_decides_their_own_case_nor_gives_two_of_the_approvals(
    register: Register,
    runner: asyncio.Runner,
    chart: dict[str, set[str]],
    questions: tuple[tuple[list[str], str, str | None], ...],
    tried: list[Try],
) -> None:
    """Two questions about one invoice, whoever asks, gains, holds roles and tries."""
    subject = f"INV-{next(_TURN)}"
    asked = [
        request(
            subject,
            question=question,
            roles=tuple(roles),
            requested_by=requester,
            beneficiary=beneficiary,
        )
        for question, (roles, requester, beneficiary) in zip(QUESTIONS, questions, strict=True)
    ]

    runner.run(_play(register, asked, chart, tried))

    deciders: Counter[str] = Counter()
    for each in asked:
        found = runner.run(register.found(each.id))
        given_by = [consent.person for consent in found.consents]
        said_no = [found.decided_by] if found.status is ApprovalStatus.REJECTED else []
        deciders.update(filter(None, [*given_by, *said_no]))
        assert not {each.requested_by, each.beneficiary} & {*given_by, *said_no}
        assert all(consent.role in chart[consent.person] for consent in found.consents)
        if found.status is ApprovalStatus.APPROVED:
            assert {consent.role for consent in found.consents} == set(found.roles)
    assert all(times == 1 for times in deciders.values())


async def _play(
    register: Register, asked: list[ApprovalRequest], chart: dict[str, set[str]], tried: list[Try]
) -> None:
    for each in asked:
        await register.ask(each)
    for one in tried:
        by = somebody(one.person, *chart[one.person], client_id=one.client_id)
        try:
            await register.decide(asked[one.question].id, by, decision=one.decision)
        except (Forbidden, Conflict, NoSuchRecord):
            continue
