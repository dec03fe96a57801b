"""Through the whole gateway: a command sent again is answered again, and done once."""

from collections.abc import AsyncIterator, Mapping

import msgspec
import pytest
import pytest_asyncio

from tests.gateway.every_command import ERP, PSA, Commands, Done
from tests.security.routes.attacked import Attacked
from tests.security.routes.bodies import GOOD
from tests.security.routes.opening import attacked
from tests.security.routes.oracle import complaints
from tests.security.routes.table import WITH_KEY

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("composed")]
NAMES = [str(route) for route in WITH_KEY]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Attacked]:
    """The whole gateway."""
    async with attacked(tmp_path_factory.mktemp("composed")) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def done(site: Attacked) -> Mapping[str, Done]:
    """Every command that comes under a key, done once."""
    return await Commands(site).all()


@pytest.mark.parametrize("name", NAMES)
async def test_id_09_a_command_that_died_before_its_answer_was_kept_is_answered_the_same(
    done: Mapping[str, Done], name: str
) -> None:
    """Sent again at once it is answered as if nothing had happened, and nothing is done twice."""
    died = done[name]

    assert (died.after.status, died.after.body) == (died.answer.status, died.answer.body)
    assert died.changed == frozenset()
    assert "idempotency-replayed" not in died.after.headers


async def test_every_command_that_comes_under_a_key_is_tried(done: Mapping[str, Done]) -> None:
    """What is good here is what is spoiled elsewhere."""
    assert set(NAMES) <= done.keys()


@pytest.mark.parametrize("name", NAMES)
async def test_the_same_command_again_is_answered_as_before(
    site: Attacked, done: Mapping[str, Done], name: str
) -> None:
    """The answer is the first one, marked as replayed, and nothing is done."""
    first, before = done[name], await site.holdings.summed()

    again = await first.again()

    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status, again.body) == (first.answer.status, first.answer.body)
    assert await site.holdings.summed() == before


@pytest.mark.parametrize("name", [name for name in NAMES if name in GOOD])
async def test_the_order_of_keys_makes_no_other_command(
    done: Mapping[str, Done], name: str
) -> None:
    """The same command in another spelling is the same command."""
    tree = msgspec.json.decode(done[name].body or b"")
    turned = msgspec.json.format(msgspec.json.encode(dict(reversed(tree.items()))), indent=4)

    again = await done[name].again(body=turned, key=f'"{done[name].key}"')

    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("name", NAMES)
async def test_a_key_cannot_be_used_for_another_command(
    site: Attacked, done: Mapping[str, Done], name: str
) -> None:
    """Another body, or another record, under a key that was used is refused with a remedy."""
    first, before = done[name], await site.holdings.summed()
    record, _, verb = first.path.rpartition("/")
    other = msgspec.structs.replace(first, path=first.path if first.body else f"{record}0/{verb}")
    body = first.body and _other(first.body)

    answer = await other.again(body=body)

    assert complaints(answer, site.secrets) == []
    assert (answer.status, answer.problem.type) == (
        422,
        "/docs/problems#idempotency-other-request",
    )
    assert await site.holdings.summed() == before


def _other(body: bytes) -> bytes:
    """Return a body that asks for something else."""
    changes = ((b"9", b"8"), (b"10.00", b"11.00"), (b"1", b"2"), (b"hour", b"day"))
    return next(body.replace(*each) for each in changes if each[0] in body)


@pytest.mark.parametrize("name", NAMES)
async def test_the_key_of_one_person_is_nothing_to_another(
    site: Attacked, done: Mapping[str, Done], name: str
) -> None:
    """Who sends another's command under the other's key is not given the other's answer."""
    other = msgspec.structs.replace(site.callers.anybody(), subject="U-OTHER")

    answer = await done[name].again(holder=other)

    assert "idempotency-replayed" not in answer.headers


@pytest.mark.parametrize("name", [f"POST {PSA}", f"POST {ERP}/clients", f"POST {ERP}/invoices"])
async def test_what_one_person_made_is_not_given_to_another_for_the_key(
    site: Attacked, done: Mapping[str, Done], name: str
) -> None:
    """The key of one person finds no record of another's, through the same application."""
    other = msgspec.structs.replace(site.callers.anybody(), subject="U-OTHER")

    answer = await done[name].again(holder=other)

    found = msgspec.json.decode(answer.body).get("id")
    assert found != msgspec.json.decode(done[name].answer.body)["id"]


@pytest.mark.parametrize("name", NAMES)
async def test_who_lost_sight_of_a_company_is_not_given_its_answer(
    site: Attacked, done: Mapping[str, Done], name: str
) -> None:
    """A kept answer is not given to the same person when they act for another company only."""
    elsewhere = site.callers.anybody("HAL-UK")

    answer = await done[name].again(holder=elsewhere)

    assert complaints(answer, site.secrets) == []
    assert answer.status == 403


@pytest.mark.parametrize("name", NAMES)
async def test_who_lost_the_scope_is_not_given_the_answer(
    site: Attacked, done: Mapping[str, Done], name: str
) -> None:
    """A kept answer is not given to the same person without the scope."""
    answer = await done[name].again(holder=site.callers.anybody_with(frozenset()))

    assert complaints(answer, site.secrets) == []
    assert answer.status == 403
