"""The way to a webhook: its address is a setting, and its answer says only whether it was taken."""

from collections.abc import Callable, Mapping

from system_apis.connector import Connection, Request, Upstream
from system_apis.errors import Refused
from system_apis.wire import address, target

# Returns the way out to where a channel is, under its name.
Reach = Callable[[Connection, str], Upstream]


def elsewhere(connection: Connection, addresses: Mapping[str, str]) -> list[str]:
    """Return whose webhook is not under the channel's own address, so that it is not called."""
    return sorted(to for to, path in addresses.items() if not _is_under(connection, path))


async def post(upstream: Upstream, addresses: Mapping[str, str], to: str, body: bytes) -> None:
    """Post a body to somebody's webhook; see `interface.Channel`."""
    if to not in addresses:
        raise Refused(upstream.instance, f"no address of {to}", code="NO_ADDRESS")
    request = Request(operation="send", method="POST", path=addresses[to], body=body, writes=True)
    reply = await upstream.send(request)
    if reply.status >= 400:
        # The answer's words may repeat the address, which is a secret.
        raise Refused(upstream.instance, f"HTTP {reply.status}")


def _is_under(connection: Connection, path: str) -> bool:
    try:
        target(address(connection.base_url), Request(operation="send", method="POST", path=path))
    except ValueError:
        return False
    return True
