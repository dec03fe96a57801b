"""The audit over HTTP: found by what it tells, a page at a time, with its place in the chains."""

import msgspec
import pytest

from governance.audit_face import AuditPage
from tests.security.routes.attacked import Attacked

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
AUDIT = "/governance/v1/audit"


async def _page(site: Attacked, query: str) -> AuditPage:
    answer = await site.send("GET", f"{AUDIT}?{query}")
    assert answer.status == 200, answer.body
    return msgspec.json.decode(answer.body, type=AuditPage)


async def test_a_streams_entries_follow_each_other_from_page_to_page(site: Attacked) -> None:
    """Each entry shows the hash of the one before it in its stream."""
    first = await _page(site, "stream=configuration")
    entries, cursor = list(first.items), first.next_cursor
    while cursor is not None:
        page = await _page(site, f"stream=configuration&cursor={cursor}")
        entries, cursor = entries + page.items, page.next_cursor

    assert [each.stream_sequence for each in entries] == list(range(1, len(entries) + 1))
    assert [each.previous_hash for each in entries[1:]] == [each.hash for each in entries[:-1]]


async def test_a_page_is_a_hundred_entries_and_says_where_the_next_begins(site: Attacked) -> None:
    """No entry is told twice or left out between two pages."""
    first = await _page(site, "")
    second = await _page(site, f"cursor={first.next_cursor}")

    assert len(first.items) == 100
    assert second.items[0].sequence == first.items[-1].sequence + 1 == 101


@pytest.mark.parametrize("name", ["subject", "actor", "action", "stream"])
async def test_entries_are_found_by_what_they_tell(site: Attacked, name: str) -> None:
    """Each filter lets through what has its value, and nothing else."""
    *_, one = (await _page(site, "stream=decisions")).items
    wanted = getattr(one, name)

    found = await _page(site, f"{name}={wanted}")

    assert found.items
    assert {getattr(each, name) for each in found.items} == {wanted}


async def test_entries_are_found_by_their_day(site: Attacked) -> None:
    """Both days are included."""
    day = (await _page(site, "")).items[0].at[:10]

    on_it = await _page(site, f"since={day}&until={day}")
    before = await _page(site, f"until={int(day[:4]) - 1}-12-31")

    assert on_it.items
    assert {each.at[:10] for each in on_it.items} == {day}
    assert before.items == []
