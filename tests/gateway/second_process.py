"""A process beside the gateway, on the same data directory, that issues and verifies tokens.

It answers each line that it reads by one line.
"""

import asyncio
import os
import sys

from gateway.firm import load_firm
from gateway.foundation import lay_foundation
from gateway.identity import Identity, make_identity
from gateway.people import Wish, holder_of
from gateway.settings import Settings
from governance.tokens import InvalidToken
from tests.stories.programs import NORTHWIND


async def main(data_dir: str, public_url: str) -> None:
    """Answer until nothing more comes."""
    firm = load_firm(NORTHWIND)
    base = lay_foundation(Settings(data_dir=data_dir, public_url=public_url, log_file=os.devnull))
    identity = make_identity(Settings(public_url=public_url), firm, base)
    await identity.following.once()
    following = asyncio.create_task(identity.following.run())
    print("ready", flush=True)
    while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
        if line == "issue":
            print(identity.server.issue(holder_of(Wish(who="operator"), firm)), flush=True)
        else:
            print(_verdict(identity, line), flush=True)
    identity.following.stop()
    await following
    base.close()


def _verdict(identity: Identity, token: str) -> str:
    try:
        return f"taken {identity.verifier.verify(token).subject}"
    except InvalidToken as error:
        return f"refused: {error.reason}"


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
