"""`strata keys`: the keys that sign our tokens, changed while the gateway runs."""

from pathlib import Path

import click
import msgspec
from msgspec import Struct

from gateway.commands.registering import open_register
from gateway.identity import signing_keys
from gateway.settings import Settings
from governance.authorization_server.keys import KeyListed, SigningKeys
from governance.key_file import UnsafeKeyFile


class KeyList(Struct, frozen=True):
    """The keys that are good now."""

    keys: list[KeyListed]


@click.group()
def keys() -> None:
    """Look after the keys that sign access tokens."""


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the keys as JSON.")
@click.pass_obj
def list_keys(settings: Settings, *, as_json: bool) -> None:
    """Print the keys that are good now, and which of them signs."""
    with open_register(settings) as register:
        _tell(_signing(register.keys), as_json=as_json)


@keys.command("rotate")
@click.option("--json", "as_json", is_flag=True, help="Print the keys as JSON.")
@click.pass_obj
def rotate_keys(settings: Settings, *, as_json: bool) -> None:
    """Sign with a new key from now on; the old one's tokens stay good until they expire."""
    with open_register(settings) as register:
        signing = _signing(register.keys)
        kid = signing.rotate()
        register.record(register.entry("keys.rotate", kid))
        _tell(signing, as_json=as_json)


# A key's id may begin with a hyphen.
@keys.command("remove", context_settings={"ignore_unknown_options": True})
@click.argument("kid")
@click.option("--reason", required=True, help="Why: it stands in the audit.")
@click.option("--json", "as_json", is_flag=True, help="Print the keys as JSON.")
@click.pass_obj
def remove_key(settings: Settings, kid: str, reason: str, *, as_json: bool) -> None:
    """Trust a key no more at once, and none of the tokens that it signed."""
    with open_register(settings) as register:
        signing = _signing(register.keys)
        if not signing.remove(kid):
            raise click.ClickException(f"there is no key {kid}: see `strata keys list`")
        register.record(register.entry("keys.remove", kid, reason))
        _tell(signing, as_json=as_json)


def _signing(folder: Path) -> SigningKeys:
    try:
        return signing_keys(folder)
    except UnsafeKeyFile as error:
        raise click.ClickException(str(error)) from error


def _tell(signing: SigningKeys, *, as_json: bool) -> None:
    listed = signing.listed()
    if as_json:
        click.echo(msgspec.json.encode(KeyList(listed)))
        return
    for key in listed:
        until = f"good until {key.good_until:%Y-%m-%d %H:%M:%S} UTC" if key.good_until else "signs"
        click.echo(f"{key.kid}  {until}")
