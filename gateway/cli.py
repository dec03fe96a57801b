"""`strata`: the program's commands."""

import asyncio
import sys
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

import click
import msgspec
import uvloop
from msgspec.structs import replace
from rich.console import Console

from gateway.calling import Caller, NotDone, issue
from gateway.canonical_model import publish
from gateway.composition import APIS, open_gateway
from gateway.demo.play import PortBusy, Verdict, play, set_stage
from gateway.demo.visitor import Unexpected
from gateway.model_page import page
from gateway.opening_file import UnreadableFile, read_opening
from gateway.people import UnknownIdentity, Wish
from gateway.running import read_running, write_running
from gateway.sandbox import SandboxUnavailable, sandbox_process
from gateway.server import Config as ServerConfig
from gateway.server import http_server
from gateway.settings import Profile, Settings, UnreadableSettings, load_settings
from governance.audit_chain import verify
from process_apis.adoption.balances import ImportReport, OpeningBook, OpeningProject, ProjectReport
from process_apis.journal_file import JournalTaken
from process_apis.shadow.records import Shadowed, ShadowReport
from store.database import Store
from system_apis.sandbox.server import serve as serve_sandbox


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(context: click.Context) -> None:
    """Strata, the API gateway for professional-services firms."""
    try:
        context.obj = load_settings()
    except UnreadableSettings as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option("--port", type=int, help="Where to listen; 8000 unless set.")
@click.option("--firm", help="The sandbox firm's directory; northwind unless set.")
@click.pass_obj
def serve(settings: Settings, port: int | None, firm: str | None) -> None:
    """Start the gateway, with the sandbox firm's systems as a child process."""
    settings = replace(settings, port=port or settings.port, firm=firm or settings.firm)
    try:
        uvloop.run(run_gateway(settings))
    except JournalTaken as error:
        raise click.ClickException(str(error)) from error


async def run_gateway(settings: Settings) -> None:
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
        gateway = await parts.enter_async_context(open_gateway(settings))
        server = http_server(
            gateway.app,
            ServerConfig(host=settings.host, port=settings.port),
            gateway.base.health,
        )
        write_running(settings)
        await server.serve()


@main.command()
@click.option("--firm", help="The firm's directory; northwind unless set.")
@click.option("--port", type=int, default=0, help="Where to listen; a free port unless set.")
@click.pass_obj
def sandbox(settings: Settings, firm: str | None, port: int) -> None:
    """Run the sandbox firm's systems as a process of their own.

    One line of JSON says where they are; give it to a gateway as STRATA_SANDBOX_URL and
    STRATA_SANDBOX_SECRET.
    """
    data_dir = Path(settings.data_dir) / "sandbox"
    asyncio.run(
        serve_sandbox(Path(firm or settings.firm), data_dir, port, secret=settings.sandbox_secret)
    )


@main.command()
@click.option("--firm", help="Another firm's directory, with its fixture.json and expected.json.")
@click.option("--port", type=int, help="Where to listen; 8000 unless set.")
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
    if not (Path(settings.firm) / "fixture.json").exists():
        raise click.ClickException(f"{settings.firm} has no fixture.json: name another by --firm")
    console = Console(stderr=as_json, highlight=False)
    if not console.is_terminal:
        console.width = 110
    try:
        verdict = uvloop.run(_play(settings, console, once=once, as_json=as_json))
    except (PortBusy, Unexpected, SandboxUnavailable) as error:
        raise click.ClickException(str(error)) from error
    sys.exit(1 if verdict.differences else 0)


async def _play(settings: Settings, console: Console, *, once: bool, as_json: bool) -> Verdict:
    async with set_stage(settings) as stage:
        verdict = await play(stage, console)
        if as_json:
            figures = {**verdict.computed, "not_computed": verdict.not_computed}
            click.echo(msgspec.json.format(msgspec.json.encode(figures), indent=1))
        if not once:
            console.print("Serving on; end with Ctrl-C.")
            await stage.serving
        return verdict


@main.command()
@click.option("--as", "who", required=True, help="A role, a person's id, or integrator.")
@click.option("--entity", help="Only this legal entity's records.")
@click.option("--scope", "scopes", default="", help="Only these scopes, with blanks between.")
@click.option("--json", "as_json", is_flag=True, help="Print the token with whom it is for.")
@click.pass_obj
def token(settings: Settings, who: str, entity: str | None, scopes: str, *, as_json: bool) -> None:
    """Print a short-lived access token of one of the sandbox's people or clients."""
    if settings.profile is not Profile.SANDBOX:
        raise click.ClickException("tokens are the identity provider's outside the sandbox")
    try:
        issued = issue(settings, Wish(who=who, entity=entity, scopes=tuple(scopes.split())))
    except UnknownIdentity as error:
        raise click.ClickException(str(error)) from error
    click.echo(msgspec.json.encode(issued) if as_json else issued.access_token)


@main.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--apply", "apply", is_flag=True, help="Take over what agrees; else nothing is.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--as", "who", default="finance", help="Who imports, in the sandbox.")
@click.option("--token-file", type=click.Path(path_type=Path), help="A file with your token.")
@click.pass_obj
def import_file(
    settings: Settings,
    file: Path,
    who: str,
    token_file: Path | None,
    *,
    apply: bool,
    as_json: bool,
) -> None:
    """Compare a FILE of opening balances with the systems, and take over what agrees.

    A dry run unless --apply is given. Exits 1 when anything stands against a project, and 2
    when the file or the gateway cannot be read.
    """
    try:
        book = read_opening(file)
        caller = _caller(settings, who, token_file)
        reports = [
            _imported(caller, project, f"{count}/{len(book.projects)}", apply=apply)
            for count, project in enumerate(book.projects, start=1)
        ]
    except (UnreadableFile, NotDone, UnknownIdentity) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    if as_json:
        click.echo(msgspec.json.encode(ImportReport(not apply, tuple(reports))))
    elif not apply:
        click.echo("This was a dry run: nothing is written. Add --apply to take it over.")
    sys.exit(1 if any(each.obstacles for each in reports) else 0)


def _imported(caller: Caller, project: OpeningProject, place: str, *, apply: bool) -> ProjectReport:
    """Have one project imported, and say on the way how that went."""
    path = f"/process/adoption/v1/imports?dry_run={str(not apply).lower()}"
    body = caller.send("POST", path, OpeningBook((project,)))
    [report] = msgspec.json.decode(body, type=ImportReport).projects
    click.echo(f"{place} {report.project_number}: {report.outcome}", err=True)
    for each in report.writes:
        click.echo(f"  + {each}", err=True)
    for wrong in report.obstacles:
        where = f"{wrong.at}: " if wrong.at else ""
        click.echo(f"  ! {where}{wrong.reason} ({wrong.code}); {wrong.remedy}", err=True)
    return report


@main.command()
@click.option(
    "--process",
    "process",
    required=True,
    type=click.Choice([each.value for each in Shadowed]),
    help="Which process to run beside people.",
)
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), required=True)
@click.option("--to", "end", type=click.DateTime(["%Y-%m-%d"]), required=True)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--as", "who", default="finance", help="Who asks, in the sandbox.")
@click.option("--token-file", type=click.Path(path_type=Path), help="A file with your token.")
@click.pass_obj
def shadow(
    settings: Settings,
    process: str,
    start: datetime,
    end: datetime,
    who: str,
    token_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Run a process beside the people who do it by hand, and say where it would differ.

    Nothing is written. Exits 1 when anything differs, and 2 when the gateway cannot be asked.
    """
    asked = f"process={process}&start={start.date()}&end={end.date()}"
    try:
        body = _caller(settings, who, token_file).send("GET", f"/process/shadow/v1/reports?{asked}")
    except (NotDone, UnknownIdentity) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
    report = msgspec.json.decode(body, type=ShadowReport)
    if as_json:
        click.echo(body)
    else:
        _tell(report)
    sys.exit(1 if report.differing else 0)


def _tell(report: ShadowReport) -> None:
    """Print a shadow report for people."""
    for case in report.cases:
        documents = f" ({', '.join(case.documents)})" if case.documents else ""
        click.echo(f"{case.project_number} {case.subject}: {case.verdict}{documents}")
        if case.ours != case.theirs:
            click.echo(f"  ours {case.ours or 'nothing'}, theirs {case.theirs or 'nothing'}")
        for each in case.differences:
            amount = f" [{each.amount}]" if each.amount else ""
            theirs, ours = each.theirs or "nothing", each.ours or "nothing"
            click.echo(f"  {each.field}: {theirs}, ours {ours}{amount}: {each.reason}")
        if case.waits_for:
            click.echo(f"  would have waited for {', '.join(case.waits_for)}")
    click.echo(f"{report.agreeing} agree, {report.differing} differ; nothing was written.")


def _caller(settings: Settings, who: str, token_file: Path | None) -> Caller:
    """Return somebody with a token: the one of a file, else one of the sandbox's people."""
    url = read_running(settings).public_url
    if token_file is not None:
        try:
            return Caller(url, token_file.read_text().strip())
        except OSError as error:
            raise NotDone(f"{token_file}: {error.strerror}") from error
    if settings.profile is not Profile.SANDBOX:
        raise NotDone("outside the sandbox, name a file with your token by --token-file")
    return Caller(url, issue(settings, Wish(who=who)).access_token)


@main.group()
def catalog() -> None:
    """Show what the APIs declare of themselves."""


@catalog.command("model")
@click.option("--write", "file", type=click.Path(dir_okay=False, path_type=Path), help="Where to.")
@click.option("--json", "as_json", is_flag=True, help="Print the model as JSON.")
def show_model(file: Path | None, *, as_json: bool) -> None:
    """Print the canonical model as a page in Markdown, or write it to a file."""
    model = publish(APIS).model
    if file is not None:
        file.write_text(page(model))
    if as_json:
        click.echo(msgspec.json.encode(model))
    elif file is None:
        click.echo(page(model), nl=False)


@main.group()
def audit() -> None:
    """Look after the audit."""


@audit.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
@click.pass_obj
def verify_audit(settings: Settings, *, as_json: bool) -> None:
    """Check the audit's chain of hashes; exit 1 at the first entry that was touched."""
    data_dir = Path(settings.data_dir).resolve()
    path = data_dir / "strata.sqlite"
    if not path.exists():
        raise click.ClickException(f"there is no audit in {data_dir}; set STRATA_DATA_DIR")
    store = Store(path)
    with store.engine.connect() as connection:
        verdict = verify(connection, data_dir / "audit-heads.jsonl")
    store.close()
    if as_json:
        click.echo(msgspec.json.encode(verdict))
    elif verdict.whole:
        click.echo(f"The audit is whole: {verdict.entries} entries.")
    else:
        click.echo(f"Entry {verdict.first_bad_sequence}: {verdict.reason}", err=True)
    sys.exit(0 if verdict.whole else 1)
