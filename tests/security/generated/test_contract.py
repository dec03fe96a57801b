"""Whatever the OpenAPI document allows or forbids, the gateway answers as the document says."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count

import pytest
import pytest_asyncio
import requests
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway.firm import load_firm
from tests.security.routes.callers import Callers
from tests.stories.programs import NORTHWIND, GatewayProgram, sandbox_program

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("generated")]
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
EXAMPLES = 4
PATIENT = {"STRATA_RATE_LIMITS__STRANGERS": "1000000/minute"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[GatewayProgram]:
    """The whole gateway before anything has happened."""
    folder = tmp_path_factory.mktemp("generated")
    async with sandbox_program(NORTHWIND, folder / "sandbox") as address:
        found = GatewayProgram(folder, NORTHWIND, address, PATIENT)
        try:
            await found.start()
            yield found
        finally:
            await found.stop()


def wrong(gateway: GatewayProgram, mode: GenerationMode) -> tuple[int, list[str]]:
    """Call every operation with generated requests; return how many, and what went wrong."""
    callers = Callers(gateway.base_url, gateway.data_dir / "keys", NORTHWIND, load_firm(NORTHWIND))
    schema = schemathesis.openapi.from_url(f"{gateway.base_url}/schema/openapi.json")
    sent, faults = count(), []
    with requests.Session() as session:
        for result in schema.get_all_operations():
            operation = result.ok()

            @seed(20261128)
            @settings(
                max_examples=EXAMPLES,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def attack(case: schemathesis.Case) -> None:
                next(sent)
                token = callers.token(callers.anybody())
                reply = case.call(session=session, headers={"authorization": f"Bearer {token}"})
                case.validate_response(reply, checks=CHECKS)

            try:
                attack()
            except FailureGroup as group:
                faults += [f"{operation.label}: {each}" for each in group.exceptions]
            except Unsatisfiable:
                continue  # there is no wrong request of this kind
    return next(sent), faults


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
async def test_every_answer_is_one_that_the_document_promises(
    gateway: GatewayProgram, mode: GenerationMode
) -> None:
    """No failure of ours, no status, type or body that is not written there."""
    sent, faults = await asyncio.to_thread(wrong, gateway, mode)

    assert faults == []
    assert sent > 150
