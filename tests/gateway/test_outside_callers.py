"""People of the firm's own identity provider, at the gateway's door."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct
from msgspec.structs import replace

from governance.access import Caller as Known
from governance.access import acting_as
from governance.identity_providers.providers import IdentityProviders
from governance.revocations import RevokedTokens
from governance.tokens import TokenVerifier
from process_apis.approvals import v1 as approvals_api
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import Approval, ApprovalRequest, ApprovalStatus
from process_apis.engagements import Engagements
from process_apis.events.set_up import SetUpGivenUp
from process_apis.lists import Lists
from process_apis.rounds import Rounds
from tests.gateway.house import Caller, House, running
from tests.governance.identity.provider import Provider, declared

MAPPED = declared(
    scopes={"strata": ["*"]},
    grants=[
        {"claim": "groups", "value": "finance", "roles": ["finance"], "entities": ["NWA-US"]},
        {"claim": "groups", "value": "sales", "roles": ["sales_operations"]},
    ],
)


class Gate(Struct, frozen=True):
    """A gateway with the approvals API, the provider that it trusts, and a clock of keys."""

    caller: Caller
    house: House
    provider: Provider
    approvals: Approvals
    seconds: list[float]

    def token(self, group: str, *, subject: str = "fay", kid: str | None = None) -> str:
        """Return a token of somebody in a group of the provider."""
        now = int(self.house.wall.now().timestamp())
        claims = {
            "sub": subject,
            "client_id": "console",
            "jti": f"{subject}-{group}",
            "scope": "strata",
            "groups": [group],
            "iat": now,
            "nbf": now,
            "exp": now + 300,
        }
        return self.provider.token(claims, kid=kid, typ="at+jwt")


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gate]:
    """Serve the approvals to the people of an identity provider."""
    house, provider, seconds = House(tmp_path), Provider(), [1_000.0]
    providers = IdentityProviders([MAPPED], provider.fetch, lambda: seconds[0], lambda _: None)
    await providers.refresh()
    verifier = TokenVerifier(
        [house.oauth.as_issuer(), *providers.issuers],
        RevokedTokens(house.wall.now),
        house.wall.now,
    )
    house.verifier = verifier
    house.governance = replace(
        house.governance, recognizes=verifier.recognizes, ask_for_keys=providers.ask_again
    )
    approvals = Approvals(house.store, house.audit, house.governance.metrics)
    rounds = Rounds({"answers": []}, house.governance.metrics, house.wall.now)
    engagements = Engagements(house.store, house.audit)
    house.more = {
        "approvals": approvals,
        "engagements": engagements,
        "lists": Lists(house.store, engagements),
        "rounds": rounds,
        "business_clock": house.wall,
    }
    async with running(house.app(approvals_api), house) as caller:
        yield Gate(caller, house, provider, approvals, seconds)
    await house.close()


async def asked(gate: Gate, requested_by: str = "process:billing") -> str:
    """Ask finance of one company something, and return where it is decided."""
    now = gate.house.wall.now()
    request = ApprovalRequest(
        question="nte_adjustment",
        subject_type="billing_event",
        subject_id="be-1",
        subject_version=1,
        process="project-to-cash",
        legal_entity="NWA-US",
        title="leave work over the cap unbilled",
        role="finance",
        requested_by=requested_by,
        requested_at=now,
        due_at=now + timedelta(days=2),
        if_approved=SetUpGivenUp(opportunity_id="opp-1", contract_id="c-1", legal_entity="NWA-US"),
    )
    process = Known(subject="process:billing", client_id="process:billing", scopes=frozenset())
    with acting_as(process):
        return f"/process/approvals/v1/{await gate.approvals.ask(request)}"


YES = msgspec.json.encode({"decision": "approve", "version": 1, "comment": "as agreed"})


async def test_somebody_in_the_mapped_finance_group_decides_an_approval(gate: Gate) -> None:
    """The role comes from the table, and the decision is under the person's own name."""
    where = await asked(gate)

    answer = await gate.caller.send(
        "POST",
        f"{where}/decision",
        body=YES,
        headers={"idempotency-key": "d-1"},
        token=gate.token("finance"),
    )

    decided = msgspec.json.decode(answer.body, type=Approval)
    assert answer.status == 200
    assert (decided.status, decided.decided_by) == (ApprovalStatus.APPROVED, "firm:fay")


@pytest.mark.parametrize(("group", "status"), [("sales", 404), ("strangers", 403)])
async def test_somebody_in_another_group_decides_nothing(
    group: str, status: int, gate: Gate
) -> None:
    """Another role does not see it, and no role may not ask."""
    where = await asked(gate)

    answer = await gate.caller.send(
        "POST",
        f"{where}/decision",
        body=YES,
        headers={"idempotency-key": "d-1"},
        token=gate.token(group),
    )

    assert answer.status == status


async def test_who_asked_does_not_decide_though_they_come_from_outside(gate: Gate) -> None:
    """Requester and approver differ, whoever issued their tokens."""
    where = await asked(gate, requested_by="firm:fay")

    answer = await gate.caller.send(
        "POST",
        f"{where}/decision",
        body=YES,
        headers={"idempotency-key": "d-1"},
        token=gate.token("finance"),
    )

    assert answer.status == 403


async def test_no_call_fails_when_the_provider_signs_with_a_new_key(gate: Gate) -> None:
    """The first token with the new key waits for it (JWT-29)."""
    gate.provider.rotate()

    answer = await gate.caller.send(
        "GET", "/process/approvals/v1/?status=pending", token=gate.token("finance")
    )

    assert answer.status == 200


async def test_a_flood_of_unknown_keys_asks_the_provider_once(gate: Gate) -> None:
    """A hundred calls are a hundred refusals and one fetch (JWT-09)."""
    before = gate.provider.asked

    answers = [
        await gate.caller.send(
            "GET", "/process/approvals/v1/", token=gate.token("finance", kid=f"made-up-{number}")
        )
        for number in range(100)
    ]

    assert {each.status for each in answers} == {401}
    assert gate.provider.asked - before == 1


async def test_a_provider_that_is_away_too_long_is_neither_a_yes_nor_a_no(gate: Gate) -> None:
    """Its callers are told to come back; those of another issuer do not notice (JWT-31)."""
    token = gate.token("finance")
    first = await gate.caller.send("GET", "/process/approvals/v1/", token=token)
    gate.provider.away = True
    gate.seconds[0] += 3_601

    later = await gate.caller.send("GET", "/process/approvals/v1/", token=token)
    ours = gate.house.token(scopes=frozenset({"process:approvals:read"}))
    other = await gate.caller.send("GET", "/process/approvals/v1/", token=ours)

    assert (first.status, later.status, other.status) == (200, 503, 200)
    assert (later.slug, later.headers["retry-after"]) == ("try-again", "30")
