"""The canonical model over HTTP: every record, and its schema."""

import msgspec
import pytest

from governance.canonical_model import CanonicalModel
from tests.security.routes.attacked import Attacked

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
MODEL = "/governance/v1/canonical-model"


async def test_the_model_lists_every_record_with_a_schema_of_its_own(site: Attacked) -> None:
    """Each name leads to a JSON Schema that speaks of nothing outside of itself."""
    listed = await site.send("GET", MODEL)
    model = msgspec.json.decode(listed.body, type=CanonicalModel)
    schemas = {each.name: await site.send("GET", f"{MODEL}/{each.name}") for each in model.entities}

    assert {answer.status for answer in schemas.values()} == {200}
    assert {answer.headers["content-type"] for answer in schemas.values()} == {
        "application/schema+json"
    }
    assert [
        name for name, answer in schemas.items() if b'"$ref":"#/$defs/' not in answer.body
    ] == []
    contract = next(each for each in model.entities if each.name == "contract")
    assert contract.served_by == ("/system/contracts/v1",)


async def test_a_record_that_there_is_not_has_no_schema(site: Attacked) -> None:
    """An unknown name is a 404 problem."""
    answer = await site.send("GET", f"{MODEL}/unicorn")

    assert answer.status == 404
    assert answer.problem.status == 404
