"""`strata read-models`: how fresh the read models are, and having them built anew."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click
import msgspec

from gateway.calling import Caller, NotDone
from gateway.commands.asking import caller_of
from gateway.people import UnknownIdentity
from gateway.settings import Settings
from process_apis.read_models.views import ModelList, ModelView, RebuildWish
from store.clock import wall_clock

_ADDRESS = "/process/read-models/v1"
_LOOK_EVERY_SECONDS = 0.5


@click.group("read-models")
def read_models() -> None:
    """Look at the read models of a running gateway, or have them built anew."""


@read_models.command()
@click.option("--json", "as_json", is_flag=True, help="Print the models as JSON.")
@click.option("--as", "who", default="operator", help="Who asks, in the sandbox.")
@click.option("--token-file", type=click.Path(path_type=Path), help="A file with your token.")
@click.pass_obj
def show(settings: Settings, who: str, token_file: Path | None, *, as_json: bool) -> None:
    """Print how fresh and how complete the model of each system is.

    Exits 2 when the gateway cannot be asked.
    """
    try:
        found = _models(caller_of(settings, who, token_file))
    except (NotDone, UnknownIdentity) as error:
        _end(error)
    click.echo(msgspec.json.encode(found) if as_json else "\n".join(told(e) for e in found))


@read_models.command()
@click.option("--model", "name", help="Of this system only; of every one unless it is named.")
@click.option("--json", "as_json", is_flag=True, help="Print the models as JSON at the end.")
@click.option("--as", "who", default="operator", help="Who asks, in the sandbox.")
@click.option("--token-file", type=click.Path(path_type=Path), help="A file with your token.")
@click.pass_obj
def rebuild(
    settings: Settings, name: str | None, who: str, token_file: Path | None, *, as_json: bool
) -> None:
    """Have read models built anew from their systems, and wait until they are.

    The old ones answer meanwhile. It may be broken off and said again at any time: the gateway
    goes on by itself. Exits 2 when the gateway cannot be asked.
    """
    request = f"strata read-models rebuild at {wall_clock().isoformat(timespec='seconds')}"
    try:
        caller = caller_of(settings, who, token_file)
        wanted = [name] if name else [each.system for each in _models(caller)]
        for each in wanted:
            caller.send("POST", f"{_ADDRESS}/rebuilds", RebuildWish(each, request))
        built = _built(caller, wanted)
    except (NotDone, UnknownIdentity) as error:
        _end(error)
    click.echo(msgspec.json.encode(built) if as_json else "\n".join(told(e) for e in built))


def _built(caller: Caller, systems: Sequence[str]) -> list[ModelView]:
    """Return some models when they are built, and say until then how far each has come."""
    said = ""
    while True:
        found = [each for each in _models(caller) if each.system in systems]
        going = [each for each in found if each.is_building]
        if not going:
            return found
        saying = ", ".join(f"{each.system}: {each.built} records" for each in going)
        if saying != said:
            click.echo(f"building {saying}", err=True)
        said = saying
        time.sleep(_LOOK_EVERY_SECONDS)


def told(model: ModelView) -> str:
    """Return what is held of a system, in a line."""
    age = "never read" if model.age_seconds is None else f"{model.age_seconds} s old"
    share = "" if model.completeness is None else f", {model.completeness:.2%} complete"
    how = "answers" if model.answers else "does not answer yet"
    doubts = f", {model.in_doubt} in doubt" if model.in_doubt else ""
    differed = f", {model.differed} differed at the last building" if model.differed else ""
    return (
        f"{model.model} of {model.system}: {how}, {age}, {model.records} records"
        f"{share}{doubts}{differed}"
    )


def _models(caller: Caller) -> list[ModelView]:
    return msgspec.json.decode(caller.send("GET", f"{_ADDRESS}/models"), type=ModelList).items


def _end(error: Exception) -> NoReturn:
    click.echo(f"Error: {error}", err=True)
    sys.exit(2)
