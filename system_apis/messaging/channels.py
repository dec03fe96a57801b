"""From settings to channels: each connector by its name, with what its `Config` takes."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Protocol, cast

import msgspec
from msgspec import Struct

from system_apis.connector import Connection, Reply, Request, Upstream
from system_apis.errors import TryAgain
from system_apis.messaging.interface import Channel
from system_apis.messaging.webhook import Reach
from system_apis.misfit import Misfit, Misfitting, misread, one_of
from system_apis.wire import address

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
    """Return the firm's channels by name, or raise `Misfitting` for what is none."""
    return {name: _connected(name, one, reach) for name, one in settings.items()}


def channel_misfits(
    settings: Mapping[str, ChannelSettings], letters: str | None
) -> Iterator[Misfit]:
    """Return what would keep channels from being connected, and letters from being sent."""
    private = set[str]()
    for name, one in settings.items():
        try:
            if _connected(name, one, _not_reached).private:
                private.add(name)
        except Misfitting as error:
            private.add(name)
            yield error.misfit
    if letters is not None and letters not in private:
        named = f"name one of {', '.join(sorted(private))}" if private else "name one"
        what = f"{letters} is no channel of mail"
        yield Misfit("letters", what, f"{named} of `channels`, or take it out")


def strangers(settings: ChannelSettings) -> list[str]:
    """Return to whom nothing can be sent, since their address is not where the channel is."""
    module = _module(settings)
    config = msgspec.convert(settings.config, module.Config, strict=False)
    told = getattr(module, "strangers", None)
    return told(config) if told else []


def _connected(name: str, settings: ChannelSettings, reach: Reach) -> Channel:
    at = f"channels.{name}"
    if settings.connector not in CONNECTORS:
        what = f"there is no connector {settings.connector!r} of a channel"
        raise Misfitting(Misfit(f"{at}.connector", what, one_of(CONNECTORS, settings.connector)))
    module = _module(settings)
    try:
        config = msgspec.convert(settings.config, module.Config, strict=False)
        return module.connect(name, config, reach)
    except msgspec.ValidationError as error:
        raise Misfitting(misread(f"{at}.config", error)) from error
    except ValueError as error:
        remedy = "write the address that it is reached at"
        raise Misfitting(Misfit(f"{at}.config.connection.base_url", str(error), remedy)) from error
    except OSError as error:
        what = f"a file that it names cannot be read: {error.strerror}"
        raise Misfitting(Misfit(f"{at}.config", what, "let our user read it")) from error


def _module(settings: ChannelSettings) -> Connector:
    return cast(Connector, import_module(f"system_apis.messaging.{settings.connector}"))


def _not_reached(connection: Connection, instance: str) -> Upstream:
    """Return a way that nobody goes, or raise `ValueError` for an address that is none."""
    address(connection.base_url)
    return _NoWay(instance)


class _NoWay(Struct):
    instance: str

    async def send(self, request: Request) -> Reply:
        """Send nothing."""
        raise TryAgain(self.instance, "it is looked at only")
