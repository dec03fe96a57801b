"""A subscriber is known by its certificate: for the name that we call, from whom we trust."""

from datetime import timedelta
from pathlib import Path

import pytest

from store.clock import wall_clock
from system_apis.egress import Guard, NoAnswer, open_way_out
from tests.security.ssrf.authority import HOUR, Authority, Named, named
from tests.security.ssrf.test_ssrf import Names

HOOKS, OTHER = "hooks.example", "other.example"
HERE = Guard(internal_hosts=frozenset({HOOKS, OTHER}), loopback=True)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Return an authority that we trust."""
    return Authority(_folder(tmp_path, "ours"))


def _folder(tmp_path: Path, name: str) -> Path:
    found = tmp_path / name
    found.mkdir()
    return found


async def _told(host: str, there: Named, authority: Authority) -> int:
    """Tell a host something, whose name leads to this machine, and return what it answered."""
    leads = Names(["127.0.0.1"])
    async with open_way_out(HERE, wall_clock, resolver=leads, trust=authority.trusted()) as way_out:
        answered = await way_out.post(f"https://{host}:{there.port}/in", {}, b"it is paid")
    return answered.status


async def test_of_two_hosts_at_one_address_each_is_told_under_its_own_name(
    authority: Authority,
) -> None:
    """The name goes ahead of the certificate (SNI), though an address is connected to."""
    hosts = [(each, authority.certified(each)) for each in (OTHER, HOOKS)]
    async with named(*hosts) as there:
        statuses = [await _told(each, there, authority) for each in (HOOKS, OTHER)]

    assert statuses == [204, 204]
    assert there.asked_by == [HOOKS, OTHER]
    assert there.came == [
        (f"{HOOKS}:{there.port}", b"it is paid"),
        (f"{OTHER}:{there.port}", b"it is paid"),
    ]


async def test_who_has_a_certificate_of_another_name_is_told_nothing(
    authority: Authority,
) -> None:
    """Whoever took the address over does not read what was meant for the subscriber."""
    async with named((OTHER, authority.certified(OTHER))) as there:
        with pytest.raises(NoAnswer, match="Certificate"):
            await _told(HOOKS, there, authority)

    assert there.asked_by == [HOOKS]
    assert there.came == []


async def test_who_is_certified_by_a_stranger_is_told_nothing(
    authority: Authority, tmp_path: Path
) -> None:
    """The name is right; nobody whom we trust says so."""
    stranger = Authority(_folder(tmp_path, "stranger"))
    async with named((HOOKS, stranger.certified(HOOKS))) as there:
        with pytest.raises(NoAnswer, match="Certificate"):
            await _told(HOOKS, there, authority)

    assert there.came == []


@pytest.mark.parametrize("over_since", [HOUR, timedelta(minutes=1)])
async def test_who_shows_a_certificate_that_is_over_is_told_nothing(
    authority: Authority, over_since: timedelta
) -> None:
    """Even one that was over a minute ago."""
    async with named((HOOKS, authority.certified(HOOKS, -over_since))) as there:
        with pytest.raises(NoAnswer, match="Certificate"):
            await _told(HOOKS, there, authority)

    assert there.came == []


async def test_the_machines_own_trust_takes_no_authority_of_somebody_else(
    authority: Authority,
) -> None:
    """What the program trusts when nothing is said."""
    async with named((HOOKS, authority.certified(HOOKS))) as there:
        with pytest.raises(NoAnswer, match="Certificate"):
            async with open_way_out(HERE, wall_clock, resolver=Names(["127.0.0.1"])) as out:
                await out.post(f"https://{HOOKS}:{there.port}/in", {}, b"it is paid")

    assert there.came == []
