"""The program that the guide for senders prints: what it sends is taken, once."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError

import pytest

from store.clock import wall_clock
from tests.documentation.pages import ROOT, blocks
from tests.security.webhooks_in.office import NEW, OTHER, office

EVENT = {
    "specversion": "1.0",
    "id": "deal-38-won",
    "source": "/firm/sales",
    "type": "com.example.deal.won",
    "subject": "OPP-38",
}


def _printed() -> Callable[..., int]:
    page = ROOT / "docs" / "send-webhooks.md"
    [example] = [each for each in blocks(page) if "sender" in each.marks]
    names: dict[str, Callable[..., int]] = {}
    exec(compile(example.text, str(page), "exec"), names)  # noqa: S102  # the guide's own example
    return names["tell"]


async def test_what_the_guide_sends_is_taken_once(tmp_path: Path) -> None:
    """Sent again it is well too; signed with another secret it is refused."""
    tell = _printed()
    async with office(tmp_path) as found:
        found.set_clock(wall_clock())
        gateway = f"http://127.0.0.1:{found.caller.port}"
        first = await asyncio.to_thread(tell, gateway, "crm", NEW, EVENT)
        again = await asyncio.to_thread(tell, gateway, "crm", NEW, EVENT)
        kept = await found.kept()
        with pytest.raises(HTTPError) as refused:
            await asyncio.to_thread(tell, gateway, "crm", OTHER, EVENT)
        refused.value.close()

    assert (first, again, kept) == (202, 202, 1)
    assert refused.value.code == 401
