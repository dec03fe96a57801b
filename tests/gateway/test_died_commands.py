"""A command that its process did not outlive is answered the same by the next one."""

from collections.abc import AsyncIterator, Mapping

import msgspec
import pytest
import pytest_asyncio

from tests.gateway.every_command import Done
from tests.gateway.own_commands import OwnCommands
from tests.security.routes.attacked import Attacked
from tests.security.routes.lists import settled
from tests.security.routes.opening import attacked
from tests.security.routes.table import ROUTES

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("died")]
OWN = [str(each) for each in ROUTES if each.mounted.operation.writes and not each.needs_key]
# How far a run has come by now, and what time it is, are told as they are when they are told.
GOES_ON = frozenset({"status", "steps", "finished_at", "outcome", "now"})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Attacked]:
    """The whole gateway."""
    async with attacked(tmp_path_factory.mktemp("died")) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def done(site: Attacked) -> Mapping[str, Done]:
    """Every command of our own books, done once by a process that is gone now."""
    commands = OwnCommands(site)
    await commands.all()
    await site.gateway.kill()
    await site.gateway.start()
    await settled(site)
    site.before = await site.holdings.summed()
    found = await commands.sent_again()
    await settled(site)
    return found


async def test_every_command_of_our_own_books_is_tried(done: Mapping[str, Done]) -> None:
    """A new one must be tried here."""
    assert set(OWN) <= done.keys()


@pytest.mark.parametrize("name", OWN)
async def test_id_09_a_killed_command_is_answered_as_it_was(
    done: Mapping[str, Done], name: str
) -> None:
    """By another process, whatever came after it."""
    first, after = (_told(each.body) for each in (done[name].answer, done[name].after))

    assert done[name].after.status == done[name].answer.status
    assert after == first
    assert "idempotency-replayed" not in done[name].after.headers


async def test_id_09_nothing_is_done_twice_over_it(
    site: Attacked, done: Mapping[str, Done]
) -> None:
    """Our books and the systems hold what they held."""
    assert done

    assert await site.holdings.summed() == site.before


def _told(body: bytes) -> object:
    return {k: v for k, v in msgspec.json.decode(body).items() if k not in GOES_ON}
