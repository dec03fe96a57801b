"""`strata serve` and `strata sandbox`: the gateway, and the sandbox firm beside it."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import click
import uvloop
from msgspec.structs import replace
from sqlalchemy.exc import DatabaseError

from gateway.app import WHOLE, WayIn
from gateway.composition import open_gateway
from gateway.doctor import check_place, check_start
from gateway.firm import load_firm
from gateway.people import sandbox_word
from gateway.remedies import of_database
from gateway.running import write_running
from gateway.sandbox import sandbox_process
from gateway.server import Config as ServerConfig
from gateway.server import http_server
from gateway.settings import Profile, Settings
from process_apis.durable.journal_file import JournalTaken
from system_apis.sandbox.server import serve as serve_sandbox


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Where to listen; 8000 unless set.")
@click.option("--firm", help="The sandbox firm's directory; northwind unless set.")
@click.pass_obj
def serve(settings: Settings, port: int | None, firm: str | None) -> None:
    """Start the gateway, with the sandbox firm's systems as a child process."""
    settings = replace(settings, port=port or settings.port, firm=firm or settings.firm)
    check_start(settings)
    check_place(settings)
    try:
        uvloop.run(run_gateway(settings))
    except JournalTaken as error:
        raise click.ClickException(str(error)) from error
    except DatabaseError as error:
        told = f"a database in {settings.data_dir} cannot be used: {error.orig}"
        raise click.ClickException(f"data_dir: {told}; {of_database(error)}") from error


async def run_gateway(settings: Settings, way_in: WayIn = WHOLE) -> None:
    """Serve until the process is told to stop."""
    async with AsyncExitStack() as parts:
        if settings.profile is Profile.SANDBOX and settings.sandbox_url is None:
            address = await parts.enter_async_context(
                sandbox_process(Path(settings.firm), Path(settings.data_dir) / "sandbox")
            )
            settings = replace(
                settings,
                sandbox_url=address.base_url,
                sandbox_secret=address.control_secret,
            )
        gateway = await parts.enter_async_context(open_gateway(settings, way_in=way_in))
        server = http_server(
            gateway.app,
            ServerConfig(
                host=settings.host,
                port=settings.port,
                unready_seconds=settings.unready_seconds,
                drain_seconds=settings.drain_seconds,
            ),
            gateway.base.health,
        )
        write_running(settings)
        if settings.profile is Profile.SANDBOX:
            word = sandbox_word(gateway.base.keys)
            click.echo(f"People log in to the sandbox with the word {word}", err=True)
        await server.serve()


@click.command()
@click.option("--firm", help="The firm's directory; northwind unless set.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Where to listen; a free port unless set.",
)
@click.pass_obj
def sandbox(settings: Settings, firm: str | None, port: int) -> None:
    """Run the sandbox firm's systems as a process of their own.

    One line of JSON says where they are; give it to a gateway as STRATA_SANDBOX_URL and
    STRATA_SANDBOX_SECRET.
    """
    data_dir, firm_dir = Path(settings.data_dir) / "sandbox", Path(firm or settings.firm)
    load_firm(firm_dir)
    asyncio.run(serve_sandbox(firm_dir, data_dir, port, secret=settings.sandbox_secret))
