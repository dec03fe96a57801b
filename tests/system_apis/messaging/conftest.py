"""The sandbox's outbox, and our ways out to it."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from observability.metrics import Metrics
from observability.tracing import Tracing
from system_apis.connector import Connection
from system_apis.messaging.channels import ChannelSettings, connect_channels
from system_apis.messaging.interface import Channel
from system_apis.patience import Patience
from system_apis.sandbox.messaging.api import Kept, Outbox
from system_apis.upstream import HttpUpstream
from tests.system_apis.sandbox.house import NORTHWIND, House, house_of

HOOKS = {"slack": "/services/finn", "teams": "/workflows/finn", "sandbox": "finn@firm.example"}


class Outward:
    """The outbox, looked at from behind, and the channels that lead to it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.url = f"{house.address.base_url}/outbox"

    def channel(self, connector: str) -> Channel:
        """Return a channel of a connector."""
        config: dict[str, object] = {
            "connection": {"base_url": self.url, "timeout_ms": 1000},
            "addresses": {"U-FI1": HOOKS[connector]},
        }
        settings = {"way": ChannelSettings(connector, config)}
        return connect_channels(settings, self.reach)["way"]

    def reach(self, connection: Connection, instance: str) -> HttpUpstream:
        patience = Patience(circuit_failures=1_000_000)
        session = self.house.session
        return HttpUpstream(
            connection, "messaging", instance, session, Metrics(), Tracing(), patience
        )

    async def kept(self) -> list[Kept]:
        """Return what was sent."""
        async with self.house.session.get(f"{self.url}/outbox") as reply:
            return msgspec.json.decode(await reply.read(), type=Outbox).messages


@pytest.fixture
async def outward(tmp_path: Path) -> AsyncIterator[Outward]:
    """Run the sandbox."""
    async with house_of(NORTHWIND, tmp_path) as house:
        yield Outward(house)
