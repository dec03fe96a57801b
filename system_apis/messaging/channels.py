"""From settings to channels: each connector by its name, with what its `Config` takes."""

from collections.abc import Mapping
from importlib import import_module
from typing import Protocol, cast

import msgspec
from msgspec import Struct

from governance.wrong_field import WrongField
from system_apis.messaging.interface import Channel
from system_apis.messaging.webhook import Reach

CONNECTORS = frozenset({"sandbox", "slack", "smtp", "teams"})


class ChannelSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Which connector is behind a channel, and what it takes."""

    connector: str
    config: dict[str, object] = {}


class Connector(Protocol):
    """What the module of a connector has."""

    Config: type[Struct]

    def connect(self, instance: str, config: Struct, reach: Reach) -> Channel:
        """Return a channel."""


def connect_channels(settings: Mapping[str, ChannelSettings], reach: Reach) -> dict[str, Channel]:
    """Return the firm's channels by name, or raise `ValueError` for what is none."""
    return {name: _connected(name, one, reach) for name, one in settings.items()}


def _connected(name: str, settings: ChannelSettings, reach: Reach) -> Channel:
    if settings.connector not in CONNECTORS:
        known = ", ".join(sorted(CONNECTORS))
        raise ValueError(f"channels.{name}.connector is none of {known}")
    module = cast(Connector, import_module(f"system_apis.messaging.{settings.connector}"))
    try:
        config = msgspec.convert(settings.config, module.Config)
    except msgspec.ValidationError as error:
        raise WrongField(f"channels.{name}.config", str(error)) from error
    return module.connect(name, config, reach)
