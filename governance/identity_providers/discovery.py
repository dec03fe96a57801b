"""Where an issuer's keys are: by its discovery document, which must be its own, or by settings."""

from collections.abc import Awaitable, Callable

import msgspec
from msgspec import Struct

from governance.identity_providers.config import Config
from governance.issuers import UnsafeKeySet

# Takes an address and the hosts that may lie in the firm's own network.
Fetch = Callable[[str, tuple[str, ...]], Awaitable[bytes]]


class Unreachable(Exception):
    """A document could not be had now; the text says why."""


async def nothing_fetched(address: str, internal_hosts: tuple[str, ...]) -> bytes:
    """Fetch nothing: for whoever stands beside the gateway and takes nobody's tokens."""
    raise Unreachable(f"{address} is fetched by the gateway only")


class _Discovery(Struct, frozen=True):
    issuer: str
    jwks_uri: str


class KeyDocuments:
    """The key set of one issuer, wherever its discovery document says that it is."""

    def __init__(self, config: Config, fetch: Fetch) -> None:
        self._config, self._fetch = config, fetch
        self._found: str | None = config.jwks_url

    async def key_set(self) -> bytes:
        """Return the key set, or raise `Unreachable`, or `UnsafeKeySet` for a false document."""
        address = self._found or await self._discovered()
        # When the keys have moved, the next time asks where to.
        self._found = self._config.jwks_url
        document = await self._fetch(address, self._config.internal_hosts)
        self._found = address
        return document

    async def _discovered(self) -> str:
        config = self._config
        document = await self._fetch(config.described_at, config.internal_hosts)
        try:
            found = msgspec.json.decode(document, type=_Discovery)
        except (ValueError, RecursionError) as error:
            raise UnsafeKeySet("the discovery document cannot be read") from error
        if found.issuer != config.url:
            raise UnsafeKeySet(f"the discovery document is of another issuer: {found.issuer!r}")
        return found.jwks_uri
