"""`strata demo`: a firm of its own on an empty data directory, played and compared."""

import asyncio
import shlex
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
from msgspec import Struct
from msgspec.structs import replace
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gateway.composition import Gateway, open_gateway
from gateway.demo.comparison import Comparison, Figure
from gateway.demo.firm_files import EXPECTED
from gateway.demo.story import Chapter, Story
from gateway.demo.telling import hear_at_once, tell_what_was_heard
from gateway.demo.visitor import Visitor
from gateway.firm import load_firm
from gateway.identity import authorization_server
from gateway.parts.notices import sandbox_channels
from gateway.people import Wish, holder_of
from gateway.running import write_running
from gateway.sandbox import SandboxControl, sandbox_process
from gateway.server import Config as ServerConfig
from gateway.server import GatewayServer, http_server
from gateway.settings import Settings
from system_apis.sandbox.server import SandboxAddress

ROUNDS_SECONDS = 0.25


class PortBusy(Exception):
    """Something listens on the demo's port already."""


class Verdict(Struct, frozen=True):
    """What the demo computed, and how that compares with what was expected."""

    computed: dict[str, Figure]
    differences: list[str]
    not_computed: list[str]


class Stage(Struct, frozen=True):
    """A gateway that serves the demo, and the sandbox beside it."""

    settings: Settings
    gateway: Gateway
    sandbox: SandboxAddress
    serving: "asyncio.Task[None]"


@asynccontextmanager
async def set_stage(settings: Settings) -> AsyncIterator[Stage]:
    """Serve a firm from an empty data directory for as long as the block runs."""
    _check_free(settings.host, settings.port)
    data_dir = Path(settings.data_dir) / "demo"
    shutil.rmtree(data_dir, ignore_errors=True)
    data_dir.mkdir(parents=True)
    settings = replace(
        settings,
        data_dir=str(data_dir),
        log_file=str(data_dir / "gateway.log"),
        rounds_seconds=min(settings.rounds_seconds, ROUNDS_SECONDS),
    )
    async with sandbox_process(Path(settings.firm), data_dir / "sandbox") as sandbox:
        settings = replace(
            settings,
            sandbox_url=sandbox.base_url,
            sandbox_secret=sandbox.control_secret,
            channels=sandbox_channels(load_firm(Path(settings.firm)), sandbox.base_url),
        )
        async with open_gateway(settings) as gateway:
            server = http_server(
                gateway.app,
                ServerConfig(host=settings.host, port=settings.port),
                gateway.base.health,
            )
            serving = asyncio.create_task(server.serve())
            write_running(settings)
            await _started(server, serving)
            try:
                yield Stage(settings, gateway, sandbox, serving)
            finally:
                server.should_exit = True
                await serving


def look_next(settings: Settings) -> str:
    """Return where to look while the demo serves on, and the command that prints a token for it."""
    where = f"STRATA_DATA_DIR={shlex.quote(settings.data_dir)} STRATA_PORT={settings.port}"
    token = f"{where} strata token --as finance"
    return f"Look next: http://{settings.host}:{settings.port}/docs, and `{token}` to try any API."


async def play(stage: Stage, console: Console) -> Verdict:
    """Play the story, tell it, and compare its figures with the firm's expected ones."""
    settings, firm_dir = stage.settings, Path(stage.settings.firm)
    server = authorization_server(settings, stage.gateway.firm, stage.gateway.base.keys)

    def token_of(who: str) -> str:
        return server.issue(holder_of(Wish(who=who), stage.gateway.firm))

    async with aiohttp.ClientSession() as session:
        address = f"http://{settings.host}:{settings.port}"
        control = SandboxControl(stage.sandbox.base_url, stage.sandbox.control_secret, session)
        visitor = Visitor(address, session, token_of)
        story = Story(
            visitor, control, stage.gateway.firm, firm_dir, lambda line: _say(console, line)
        )
        await hear_at_once(visitor, stage.gateway.firm)
        chapter = await story.play()
        await tell_what_was_heard(visitor, stage.gateway.firm, lambda line: _say(console, line))
    audit = await stage.gateway.base.audit.verdict()
    verdict = _compare(chapter, firm_dir)
    _tell_end(console, chapter, verdict)
    _say(console, f"The audit has {audit.entries} entries and is {_wholeness(audit.whole)}.")
    return verdict


def _compare(chapter: Chapter, firm_dir: Path) -> Verdict:
    """Compare with the expected figures, and expected with posted totals whatever they are."""
    wrong = [
        f"{each.number}: posted {each.posted}, expected {each.expected}"
        for each in chapter.invoices
        if each.posted != each.expected
    ]
    wrong += chapter.broken
    expected = msgspec.json.decode((firm_dir / EXPECTED).read_bytes())
    comparison = Comparison(chapter.computed, expected)
    differences = [*comparison.differences, *wrong]
    return Verdict(chapter.computed, differences, comparison.not_computed)


def _tell_end(console: Console, chapter: Chapter, verdict: Verdict) -> None:
    console.print(_table(chapter))
    _say(
        console,
        f"{chapter.touches} human decisions. {chapter.lost_answers} answer(s) of the ERP were "
        "lost on the way.",
    )
    for item in chapter.stopped:
        _say(console, f"Waits for {item.role}: {item.title}")
    for line in verdict.differences:
        _say(console, f"[bold red]Differs[/] {escape(line)}")
    if verdict.not_computed:
        _say(console, f"Not computed yet: {', '.join(verdict.not_computed)}")


def _table(chapter: Chapter) -> Table:
    table = Table(
        title="Expected and posted", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for column in ("Invoice", "Project", "Issued", "", "Expected", "Posted", "Differs", "Paid"):
        table.add_column(column, justify="right" if column in _AMOUNTS else "left", no_wrap=True)
    for each in chapter.invoices:
        amounts = (each.expected, each.posted, each.difference, each.paid)
        table.add_row(
            each.number or "-",
            each.project_number,
            str(each.issue_date),
            each.net.currency,
            *(f"{one.value:,}" if one is not None else "-" for one in amounts),
        )
    return table


def _say(console: Console, line: str) -> None:
    console.print(line, soft_wrap=True)


_AMOUNTS = {"Expected", "Posted", "Differs", "Paid"}


def _wholeness(whole: bool) -> str:
    return "whole" if whole else "[bold red]broken[/]"


def _check_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortBusy(
                f"port {port} is busy: say another one with PORT=, like PORT=8001"
            ) from error


async def _started(server: GatewayServer, serving: "asyncio.Task[None]") -> None:
    while not server.started:
        if serving.done():
            await serving
            raise PortBusy("the gateway's server ended before it began")
        await asyncio.sleep(0.02)
