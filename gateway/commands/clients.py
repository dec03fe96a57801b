"""`strata clients`: the client applications that may ask for tokens."""

from pathlib import Path

import click
import msgspec
from msgspec import Struct

from gateway.commands.registering import Register, open_register
from gateway.people import CONSOLE, INTEGRATOR
from gateway.settings import Settings
from governance.authorization_server.client_records import (
    ClientWish,
    KeptClients,
    Registration,
    UnfitClient,
)
from governance.authorization_server.clients import RegisteredClient
from governance.authorization_server.redirects import UnsafeRedirect
from governance.issuers import UnsafeKeySet

UNFIT = (UnfitClient, UnsafeRedirect, UnsafeKeySet, msgspec.ValidationError)
_OWN = frozenset({INTEGRATOR, CONSOLE})


class ClientShown(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A client as it may be shown: a secret is there once, when it was just made."""

    client_id: str
    proof: str
    scopes: list[str]
    roles: list[str]
    entities: list[str]
    units: list[str] | None
    redirect_uris: tuple[str, ...]
    client_secret: str | None = None


class ClientList(Struct, frozen=True):
    """The clients that were registered."""

    clients: list[ClientShown]


@click.group()
def clients() -> None:
    """Register the client applications that may ask for tokens."""


@clients.command("add")
@click.argument("client_id")
@click.option("--role", "roles", multiple=True, help="A role it has; may be said again.")
@click.option("--scope", "scopes", default="", help="Only these scopes, with blanks between.")
@click.option("--entity", "entities", multiple=True, help="A legal entity whose records it sees.")
@click.option("--unit", "units", multiple=True, help="Of those only a business unit's, if any.")
@click.option(
    "--public-keys",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Its public keys (JWKS), in place of a secret.",
)
@click.option("--redirect-uri", "redirects", multiple=True, help="Where people come back to.")
@click.option("--public", is_flag=True, help="It runs in people's hands and keeps no secret.")
@click.option("--json", "as_json", is_flag=True, help="Print the client as JSON.")
@click.pass_obj
def add_client(
    settings: Settings,
    /,
    *,
    as_json: bool,
    client_id: str,
    scopes: str,
    key_file: Path | None,
    **more: object,
) -> None:
    """Register a client; its secret is shown this once, unless it has keys of its own."""
    wish: dict[str, object] = {
        "client_id": client_id,
        "roles": more["roles"],
        "scopes": scopes.split(),
        "entities": more["entities"],
        "units": more["units"] or None,
        "key_set": key_file.read_text() if key_file else None,
        "redirect_uris": more["redirects"],
        "public": more["public"],
    }
    with open_register(settings) as register:
        try:
            read = msgspec.convert(wish, ClientWish)
            if read.client_id in _OWN:
                raise UnfitClient(f"{read.client_id} is the sandbox's own: take another id")
            made = _kept(register).add(read, register.entry("clients.add", client_id))
        except UNFIT as error:
            raise click.ClickException(str(error)) from error
    _tell(made, as_json=as_json)


@clients.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the clients as JSON.")
@click.pass_obj
def list_clients(settings: Settings, *, as_json: bool) -> None:
    """Print the clients that were registered, and nothing that is secret."""
    with open_register(settings) as register:
        shown = [_shown(client) for client in _kept(register).listed()]
    if as_json:
        click.echo(msgspec.json.encode(ClientList(shown)))
        return
    for each in shown:
        click.echo(f"{each.client_id}  {each.proof}  {' '.join(each.scopes)}")


@clients.command("rotate")
@click.argument("client_id")
@click.option(
    "--public-keys",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Its new public keys (JWKS), if it has keys.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the client as JSON.")
@click.pass_obj
def rotate_client(
    settings: Settings, client_id: str, key_file: Path | None, *, as_json: bool
) -> None:
    """Give a client another secret, shown this once, or other keys; the old ones end at once."""
    key_set = key_file.read_text() if key_file else None
    with open_register(settings) as register:
        entry = register.entry("clients.rotate", client_id)
        try:
            made = _kept(register).rotate(client_id, key_set, entry)
        except UNFIT as error:
            raise click.ClickException(str(error)) from error
    _tell(made, as_json=as_json)


@clients.command("remove")
@click.argument("client_id")
@click.option("--reason", required=True, help="Why: it stands in the audit.")
@click.option("--json", "as_json", is_flag=True, help="Print what was removed as JSON.")
@click.pass_obj
def remove_client(settings: Settings, client_id: str, reason: str, *, as_json: bool) -> None:
    """Forget a client; withdraw its access too if its tokens must end now."""
    with open_register(settings) as register:
        try:
            _kept(register).remove(client_id, register.entry("clients.remove", client_id, reason))
        except UNFIT as error:
            raise click.ClickException(str(error)) from error
    removed = {"removed": client_id}
    click.echo(msgspec.json.encode(removed) if as_json else f"{client_id} is removed")


def _kept(register: Register) -> KeptClients:
    return KeptClients(register.store, register.audit)


def _tell(made: Registration, *, as_json: bool) -> None:
    shown = _shown(made.client, made.secret)
    if as_json:
        click.echo(msgspec.json.encode(shown))
        return
    click.echo(f"{shown.client_id}  {shown.proof}  {' '.join(shown.scopes)}")
    if made.secret:
        click.echo(f"Its secret, shown this once: {made.secret}")


def _shown(client: RegisteredClient, secret: str | None = None) -> ClientShown:
    return ClientShown(
        client_id=client.client_id,
        proof=_proof(client),
        scopes=sorted(client.scopes),
        roles=sorted(client.roles),
        entities=sorted(client.entities),
        units=None if client.units is None else sorted(client.units),
        redirect_uris=client.redirect_uris,
        client_secret=secret,
    )


def _proof(client: RegisteredClient) -> str:
    if client.is_public:
        return "none"
    return "private_key_jwt" if client.key_set is not None else "client_secret"
