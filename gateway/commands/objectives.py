"""`strata objectives`: what watches over the objectives, made from the APIs' own declarations."""

from pathlib import Path

import click
import msgspec
from msgspec import Struct

from gateway.apis import APIS
from gateway.firm import load_firm
from gateway.objectives.rules import Clockwork
from gateway.objectives.written import written
from gateway.settings import Settings
from store.clock import wall_clock


class WrittenFiles(Struct, frozen=True):
    """Where files were written, and which."""

    folder: str
    files: list[str]


@click.group()
def objectives() -> None:
    """Watch over what the APIs and the firm aim for."""


@objectives.command("rules")
@click.option("--out", "folder", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--faster",
    default=1,
    type=click.IntRange(1, 10_000),
    help="Make every while so many times shorter, to try the rules out.",
)
@click.option("--json", "as_json", is_flag=True, help="Print which files were written as JSON.")
@click.pass_obj
def write_rules(settings: Settings, folder: Path, faster: int, *, as_json: bool) -> None:
    """Write Prometheus rules and alerts, runbooks, dashboards and examples of settings.

    What the firm aims for are its own terms of today, under `terms.objectives`.
    """
    terms = load_firm(Path(settings.firm)).objectives_on(wall_clock().date())
    files = written([module.POLICY for module in APIS], terms, Clockwork(faster))
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text)
    if as_json:
        click.echo(msgspec.json.encode(WrittenFiles(str(folder), sorted(files))))
    else:
        click.echo(f"Wrote {', '.join(sorted(files))} to {folder}.")
