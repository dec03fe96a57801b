"""`strata`: the program, and the table of its commands."""

import click

from gateway.commands.audit import audit
from gateway.commands.backup import backup
from gateway.commands.catalog import catalog
from gateway.commands.clients import clients
from gateway.commands.demo import demo
from gateway.commands.doctor import doctor
from gateway.commands.importing import import_file
from gateway.commands.keys import keys
from gateway.commands.objectives import objectives
from gateway.commands.quality import quality
from gateway.commands.read_models import read_models
from gateway.commands.restore import restore
from gateway.commands.serving import sandbox, serve
from gateway.commands.shadow import shadow
from gateway.commands.token import token
from gateway.commands.verify import verify
from gateway.commands.why import why
from gateway.doctor import NotFit
from gateway.firm import UnreadableFirm
from gateway.sandbox import SandboxUnavailable
from gateway.settings import UnreadableSettings, load_settings

COMMANDS: list[click.Command] = [
    serve,
    doctor,
    sandbox,
    demo,
    token,
    clients,
    keys,
    import_file,
    shadow,
    catalog,
    audit,
    backup,
    restore,
    verify,
    why,
    quality,
    read_models,
    objectives,
]


class _Program(click.Group):
    """Tells what is wrong with the settings, the firm or a file in a line, whatever the command."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except (UnreadableSettings, UnreadableFirm, SandboxUnavailable, NotFit) as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.filename is None:
                raise
            where = f"{error.filename}: {error.strerror}"
            raise click.ClickException(f"{where}; name a place that can be written") from error


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="strata", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """Strata, the API gateway for professional-services firms."""
    try:
        context.obj = load_settings()
    except UnreadableSettings as error:
        if context.invoked_subcommand != doctor.name:
            raise
        context.obj = error


for command in COMMANDS:
    main.add_command(command)
