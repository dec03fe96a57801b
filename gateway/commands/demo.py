"""`strata demo`: a firm's month, played and compared."""

import sys
from pathlib import Path

import click
import msgspec
import uvloop
from msgspec.structs import replace
from rich.console import Console

from gateway.demo.firm_files import check_firm, why_not
from gateway.demo.play import PortBusy, Verdict, look_next, play, set_stage
from gateway.demo.visitor import Unexpected
from gateway.firm import UnreadableFirm
from gateway.sandbox import SandboxUnavailable
from gateway.settings import Settings


@click.command()
@click.option("--firm", help="Another firm's directory, with its fixture.json and expected.json.")
@click.option("--port", type=click.IntRange(0, 65535), help="Where to listen; 8000 unless set.")
@click.option("--once", is_flag=True, help="End after the story instead of serving on.")
@click.option("--json", "as_json", is_flag=True, help="Print the computed figures as JSON.")
@click.pass_obj
def demo(
    settings: Settings, firm: str | None, port: int | None, *, once: bool, as_json: bool
) -> None:
    """Play the firm's month through the public APIs, from won deal to paid invoice.

    Exits 1, naming the differences, when an amount is not as expected.
    """
    settings = replace(settings, port=port or settings.port, firm=firm or settings.firm)
    console = Console(stderr=as_json, highlight=False)
    if not console.is_terminal:
        console.width = 110
    try:
        check_firm(Path(settings.firm))
        verdict = uvloop.run(_play(settings, console, once=once, as_json=as_json))
    except (UnreadableFirm, PortBusy, Unexpected, SandboxUnavailable) as error:
        if as_json:
            click.echo(msgspec.json.encode({"error": why_not(error)}))
        raise click.ClickException(str(error)) from error
    sys.exit(1 if verdict.differences else 0)


async def _play(settings: Settings, console: Console, *, once: bool, as_json: bool) -> Verdict:
    async with set_stage(settings) as stage:
        verdict = await play(stage, console)
        if as_json:
            figures = {**verdict.computed, "not_computed": verdict.not_computed}
            click.echo(msgspec.json.format(msgspec.json.encode(figures), indent=1))
        if not once:
            console.print(look_next(stage.settings), soft_wrap=True)
            console.print("Serving on; end with Ctrl-C.")
            await stage.serving
        return verdict
