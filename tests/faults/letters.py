"""A firm whose letters to clients leave by mail, and what its mail took."""

from collections.abc import Mapping
from pathlib import Path

import aiohttp
import msgspec

from process_apis.exceptions.v1 import ExceptionList
from system_apis.sandbox.messaging.api import Kept, Outbox
from tests.stories.engagement import Scene
from tests.stories.owing_firm import subscription, write_firm

PROJECT, CLIENT = "W-A", "ap@client.example"
SYSTEMS = [
    {"id": "sales", "kind": "crm"},
    {"id": "work", "kind": "psa"},
    {"id": "books", "kind": "erp", "rounding": "half_even"},
    {"id": "paper", "kind": "contracts"},
    {"id": "outbox", "kind": "messaging"},
]


def firm_of(path: Path) -> Path:
    """Write a firm down that has mail."""
    sold = [subscription(PROJECT, "10000", "JPY")]
    return write_firm(path / "firm", sold, currency="JPY", systems=SYSTEMS)


def with_mail(path: Path, outbox: str, addresses: Mapping[str, str]) -> None:
    """Let mail go to the outbox."""
    told = "\n".join(f"{who} = '{to}'" for who, to in addresses.items())
    (path / "strata.toml").write_text(
        "letters = 'mail'\n[channels.mail]\nconnector = 'sandbox'\n"
        f"[channels.mail.config]\nconnection = {{ base_url = '{outbox}' }}\n"
        f"[channels.mail.config.addresses]\n{told}\n"
    )


async def outbox(stage: Scene) -> list[Kept]:
    """Return what mail took."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{stage.operator.address_of('outbox')}/outbox") as reply,
    ):
        return msgspec.json.decode(await reply.read(), type=Outbox).messages


async def give_up(stage: Scene, case_id: str) -> None:
    """Have finance give a case up."""
    found = await stage.people.read("finance", "/process/exceptions/v1", ExceptionList)
    assert case_id in {each.id for each in found.items}
    path = f"/process/exceptions/v1/{case_id}/resolution"
    said = {"resolution": "cancel", "note": "it came: we asked"}
    assert (await stage.people.call("finance", "POST", path, said)).status == 200
