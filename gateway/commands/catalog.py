"""`strata catalog`: what the APIs declare of themselves."""

import sys
from pathlib import Path

import click
import msgspec

from gateway.apis import APIS
from gateway.commands.contracts import diff_contracts, write_snapshot
from gateway.commands.usage import write_usage
from gateway.published.canonical_model import publish
from gateway.published.catalog_lint import lacks_of
from gateway.published.model_page import page


@click.group()
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


@catalog.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print what is lacking as JSON.")
def check_catalog(*, as_json: bool) -> None:
    """Look up what the APIs do not say of themselves; exit 1 when something is lacking."""
    lacks = lacks_of(APIS)
    if as_json:
        click.echo(msgspec.json.encode(lacks))
    elif lacks:
        for lack in lacks:
            click.echo(f"{lack.where}: {lack.what}", err=True)
    else:
        click.echo(f"The catalog is complete: {len(APIS)} API versions.")
    sys.exit(1 if lacks else 0)


for command in (write_snapshot, diff_contracts, write_usage):
    catalog.add_command(command)
