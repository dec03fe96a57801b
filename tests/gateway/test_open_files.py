"""A gateway holds as many connections as the system lets it, whatever a log-in starts with."""

import asyncio
import sys
from asyncio.subprocess import PIPE

from tests.forked import ROOT

ASKED = """
import resource
from gateway.server import hold_many_files

resource.setrlimit(resource.RLIMIT_NOFILE, (256, 2_048))
hold_many_files()
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


async def test_few_files_to_begin_with_become_as_many_as_it_may_ask_for() -> None:
    """An ordinary user's log-in lets a program open 1,024 files, which is no limit of ours."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ASKED, cwd=ROOT, stdout=PIPE
    )

    said, _ = await program.communicate()

    assert said.split() == [b"2048"]
